"""Plots of an evaluation's numbers: each function returns a Matplotlib `Figure` and never shows it.

The input is the result of `deeppose evaluate --json` or a part of the report's JSON. Needs the extra `plot`.
Colours are middle tones that stand on white and on black; text and axes follow Matplotlib's settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deeppose.skeleton import sideless

Result = dict[str, Any]
Pairs = dict[str, list[str]]

STAGES = ("#d99a1c", "#cf5a86", "#3d86d6", "#2f9e75", "#8a63c9")
"""The colour of each stage, everywhere on the page."""

PAIRS = ("#cf4f4f", "#d99a1c", "#2f9e75", "#3d86d6", "#8a63c9", "#b0709a", "#7d8a4a", "#5f9ea0")
FLOOR = "#8b929c"
EXTREMITIES = ("elbow", "wrist", "knee", "ankle")
"""The joints of the paper's Fig. 4; Figs. 3, 5 and 7 show the first two."""

SIZE = (4.6, 3.3)
MARGINS = {"left": 0.125, "right": 0.965, "bottom": 0.15, "top": 0.965}
"""Fixed, because the labels are: a computed layout takes as long again as the drawing."""


def stage_colour(number: int) -> str:
    """Of stage 1, 2, …; the colours come round again after the fifth."""
    return STAGES[(number - 1) % len(STAGES)]


def joint_pairs(joints: Sequence[str]) -> Pairs:
    """Left and right together, by the name without a side, in the order of first appearance.

    >>> joint_pairs(["right_wrist", "left_wrist", "neck"])
    {'wrist': ['right_wrist', 'left_wrist'], 'neck': ['neck']}
    """
    pairs: Pairs = {}
    for joint in joints:
        pairs.setdefault(sideless(joint), []).append(joint)
    return pairs


def shown_pairs(pairs: Pairs) -> list[str]:
    """Those of the paper's four extremities that there are, else all."""
    return [name for name in EXTREMITIES if name in pairs] or list(pairs)


def pdj_by_joint(measured: Result, pairs: Pairs) -> Figure:
    """PDJ curves of one stage, a line for each joint pair: as Figs. 3, 4 and 7."""
    figure, axes = _axes()
    for name, colour in zip(shown_pairs(pairs), PAIRS, strict=False):
        _curve(axes, measured, pairs[name], name, colour)
    _finish(axes)
    return figure


def pdj_by_stage(result: Result, joints: Sequence[str]) -> Figure:
    """PDJ curves of one joint pair, a line for each stage and a dashed one for the mean pose: as Fig. 5."""
    figure, axes = _axes()
    if result["mean_pose"]:
        _curve(axes, result["mean_pose"], joints, "mean pose", FLOOR, linestyle="--")
    for stage in result["stages"]:
        _curve(axes, stage, joints, f"stage {stage['stage']}", stage_colour(stage["stage"]))
    _finish(axes)
    return figure


def reliability(stage: Result, colour: str = STAGES[0]) -> Figure:
    """The share of joints found against their score, bin by bin, over the number of joints in each bin."""
    figure = Figure(figsize=SIZE)
    figure.subplots_adjust(**MARGINS)
    top, bottom = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    full = [b for b in stage["bins"] if b["count"]]
    top.plot([0, 1], [0, 1], linestyle="--", color=FLOOR, linewidth=1)
    top.plot([b["score"] for b in full], [b["rate"] for b in full], marker="o", color=colour, clip_on=False)
    width = stage["bins"][0]["high"] - stage["bins"][0]["low"]
    centres = [(b["low"] + b["high"]) / 2 for b in stage["bins"]]
    bottom.bar(centres, [b["count"] for b in stage["bins"]], 0.9 * width, color=colour, alpha=0.6)
    top.set(ylabel="share found", xlim=(0, 1), ylim=(0, 1))
    bottom.set(xlabel="score", ylabel="joints")
    bottom.yaxis.set_major_formatter(lambda count, _: f"{count / 1000:g}k" if count >= 1000 else f"{count:g}")
    return figure


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE)
    figure.subplots_adjust(**MARGINS)
    axes = figure.subplots()
    axes.set(xlim=(0, 0.5), ylim=(0, 1), xlabel="distance / diam(y)", ylabel="share found")
    return figure, axes


def _curve(
    axes: Axes, measured: Result, joints: Sequence[str], label: str, colour: str, linestyle: str = "-"
) -> None:
    """The mean of the pair's two curves."""
    curve = measured["pdj_curve"]
    lines = [curve["joints"][joint] for joint in joints if curve["joints"][joint][0] is not None]
    if lines:
        rates = [sum(values) / len(lines) for values in zip(*lines, strict=True)]
        axes.plot(curve["thresholds"], rates, label=label, color=colour, linestyle=linestyle, linewidth=1.8)


def _finish(axes: Axes) -> None:
    axes.grid(alpha=0.25, linewidth=0.6)
    if axes.lines:
        axes.legend(frameon=False, loc="best", fontsize="small")
