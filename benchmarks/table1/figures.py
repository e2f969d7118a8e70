"""The measurements of a run as pictures, and the learning curve they draw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from train import CURVE

from deeppose.show import plots


def draw(out: Path) -> None:
    """Write figures/*.svg from the JSON that a run left."""
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    result = json_of(out / "lsp.json")
    joints = list(result["stages"][0]["pdj_curve"]["joints"])
    pairs = plots.joint_pairs(joints)
    plots.pdj_by_joint(result["stages"][-1], pairs).savefig(folder / "figure4.svg")
    for name in plots.shown_pairs(pairs):
        plots.pdj_by_stage(result, pairs[name]).savefig(folder / f"figure5-{name}.svg")
    points = curve(out)
    if points:
        learning(points, result["mean_pose"]).savefig(folder / "learning-curve.svg")


def curve(out: Path) -> list[dict[str, float]]:
    """Stage 1's scores on LSP test by samples seen; a resumed run may have told a point twice."""
    path = out / CURVE
    lines = path.read_text().splitlines() if path.exists() else []
    points = {point["samples"]: point for point in map(json.loads, lines)}
    return [points[samples] for samples in sorted(points)]


def forecast(points: list[dict[str, float]], measure: str, samples: float) -> tuple[float, float] | None:
    """What a power law of the misses, 1 - score = a n^-b, says of `samples`: fitted to the last half and two thirds.

    None where either has fewer than three points, or does not rise.
    """
    said = []
    for share in (1 / 2, 2 / 3):
        late = [p for p in points if p["samples"] > points[-1]["samples"] * (1 - share)]
        if len(late) < 3:
            return None
        n, misses = np.log([p["samples"] for p in late]), np.log([1 - p[measure] for p in late])
        slope, offset = np.polyfit(n, misses, 1)
        if slope > -1e-6:  # level, but for rounding
            return None
        said.append(float(1 - np.exp(offset + slope * np.log(samples))))
    return min(said), max(said)


def learning(points: list[dict[str, float]], floor: dict[str, Any] | None) -> Figure:
    """Strict PCP and PDJ@0.2 of stage 1 against samples seen."""
    figure = Figure(figsize=plots.SIZE)
    figure.subplots_adjust(**plots.MARGINS)
    axes = figure.subplots()
    for number, (key, label) in enumerate((("pdj02", "PDJ@0.2"), ("pcp", "strict PCP")), 2):
        axes.plot(
            [p["samples"] for p in points], [p[key] for p in points],
            label=label, color=plots.stage_colour(number), marker="o", markersize=3,
        )  # fmt: skip
    if floor:
        axes.axhline(
            floor["pdj"]["0.2"]["mean"], color=plots.FLOOR, linestyle="--", label="mean pose, PDJ@0.2"
        )
    axes.set(xlabel="people seen by stage 1", ylabel="LSP test", xlim=(0, None), ylim=(0, None))
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.legend(frameon=False, fontsize="small")
    return figure


def json_of(path: Path) -> Any:
    """What a measurement left."""
    return json.loads(path.read_text())
