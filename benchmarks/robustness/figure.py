"""The curves of `robustness.py` as one figure: levels left to right, PDJ@0.2 full and strict PCP dashed."""

from __future__ import annotations

from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deeppose.show.plots import FLOOR, stage_colour

COLUMNS = 4
NAMES = {"lsp": "LSP test", "parse": "Image Parse test", "lspet": "LSPet's last 1000"}

matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "deeppose", "font.size": 8})


def figure(result: dict[str, Any]) -> Figure:
    """A panel a curve, and one for the scores of joints that were cut off."""
    curves = result["curves"]
    cut = [curve for curve in curves if curve["effect"] == "truncation"]
    panels = len(curves) + len(cut)
    rows = -(-panels // COLUMNS)
    drawn = Figure(figsize=(11, 2.5 * rows + 0.4), layout="constrained")
    grid = drawn.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for axes, curve in zip(grid, curves, strict=False):
        accuracy(axes, curve)
    for axes, curve in zip(grid[len(curves) :], cut, strict=False):
        scores(axes, curve)
    for axes in grid[panels:]:
        axes.set_axis_off()
    drawn.legend(
        handles=key(len(curves[0]["levels"][0]["stages"])), loc="outside lower center", ncols=6, frameon=False
    )
    return drawn


def accuracy(axes: Axes, curve: dict[str, Any]) -> None:
    """Every stage's two numbers; the last stage's with their 95 % intervals."""
    levels = curve["levels"]
    last = len(levels[0]["stages"])
    for number in range(1, last + 1):
        for metric, style in (("pdj", "-"), ("pcp", "--")):
            cells = [level["stages"][number - 1][metric] for level in levels]
            line(axes, [cell["value"] for cell in cells], stage_colour(number), style)
            if number == last:
                bounds = ([cell[end] for cell in cells] for end in ("low", "high"))
                axes.fill_between(
                    range(len(cells)), *bounds, color=stage_colour(number), alpha=0.15, linewidth=0
                )
    named(axes, f"{people(curve)}: {curve['effect']}", curve)


def scores(axes: Axes, curve: dict[str, Any]) -> None:
    """Mean score of the last stage's joints in the picture and of those cut off."""
    stages = [level["stages"][-1] for level in curve["levels"]]
    line(
        axes,
        [stage["score_in_picture"] for stage in stages],
        stage_colour(len(curve["levels"][0]["stages"])),
        ":",
    )
    lost = [stage["cut_off"]["mean_score"] if stage["cut_off"] else float("nan") for stage in stages]
    line(axes, lost, FLOOR, ":")
    named(axes, f"{people(curve)}: mean score", curve)


def people(curve: dict[str, Any]) -> str:
    return NAMES[curve["dataset"]] + (", found" if curve["box"] == "person" else "")


def line(axes: Axes, values: list[float], colour: str, style: str) -> None:
    axes.plot(range(len(values)), values, style, color=colour, linewidth=1.4)


def named(axes: Axes, title: str, curve: dict[str, Any]) -> None:
    labels = [f"{level['level']:g}" for level in curve["levels"]]
    axes.set_title(title, fontsize=9)
    axes.set_xticks(range(len(labels)), labels)
    axes.set(xlabel=curve["unit"], ylim=(0, 1))
    axes.grid(alpha=0.25, linewidth=0.6)


def key(stages: int) -> list[Line2D]:
    coloured = [Line2D([], [], color=stage_colour(n), label=f"stage {n}") for n in range(1, stages + 1)]
    styles = {"-": "PDJ@0.2", "--": "strict PCP@0.5", ":": "score, last stage (grey: of joints cut off)"}
    return coloured + [
        Line2D([], [], color=FLOOR, linestyle=style, label=label) for style, label in styles.items()
    ]
