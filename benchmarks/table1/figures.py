"""The measurements of a run as pictures and as one page of tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from train import CURVE

from deeppose import plots
from deeppose.evaluation.published import FOUR_KINDS, TABLE_1
from deeppose.training import recipes

ORACLE = ("mean_error_before", "mean_error_after", "moved_closer")
FULL = recipes.get("lsp-paper").stages[0].samples


def draw(out: Path) -> None:
    """Write figures/*.svg and summary.md from the JSON that a run left."""
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    result = _json(out / "lsp.json")
    joints = list(result["stages"][0]["pdj_curve"]["joints"])
    pairs = plots.joint_pairs(joints)
    plots.pdj_by_joint(result["stages"][-1], pairs).savefig(folder / "figure4.svg")
    for name in plots.shown_pairs(pairs):
        plots.pdj_by_stage(result, pairs[name]).savefig(folder / f"figure5-{name}.svg")
    points = curve(out)
    if points:
        learning(points, result["mean_pose"]).savefig(folder / "learning-curve.svg")
    (out / "summary.md").write_text("\n\n".join(_sections(out, points)) + "\n")


def curve(out: Path) -> list[dict[str, float]]:
    """Stage 1's scores on LSP test by samples seen; a resumed run may have told a point twice."""
    path = out / CURVE
    lines = path.read_text().splitlines() if path.exists() else []
    points = {point["samples"]: point for point in map(json.loads, lines)}
    return [points[samples] for samples in sorted(points)]


def forecast(points: list[dict[str, float]], measure: str, samples: float) -> tuple[float, float] | None:
    """What a power law of the misses, 1 - score = a n^-b, says of `samples`: fitted to the last half and third.

    None with fewer than six points.
    """
    if len(points) < 6:
        return None
    said = []
    for share in (2, 3):
        late = points[-max(3, len(points) // share) :]
        n = np.log([p["samples"] for p in late])
        slope, offset = np.polyfit(n, np.log([1 - p[measure] for p in late]), 1)
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


def _sections(out: Path, points: list[dict[str, float]]) -> list[str]:
    parts = [_pcp(out), _pdj(_json(out / "lsp.json")), _joints(_json(out / "lsp.json")), _time(out)]
    for measure in ("pcp", "pdj02") if points else ():
        said = forecast(points, measure, FULL)
        if said:
            parts.append(f"Power law of `{measure}` at {FULL:,} samples: {said[0]:.3f} to {said[1]:.3f}.")
    return [*parts, _oracle(_json(out / "oracle.json")), _displacements(out), _ablations(out)]


def _pcp(out: Path) -> str:
    rows = []
    for name, labels in (("lsp", "PC"), ("lsp-oc", "OC")):
        result = _json(out / f"{name}.json") if (out / f"{name}.json").exists() else {"stages": []}
        for stage in result["stages"]:
            for rule in ("strict", "loose"):
                rates = stage["pcp"][rule]
                row = [rates["kinds"][kind] for kind in FOUR_KINDS] + [rates["mean"]]
                rows.append([f"stage {stage['stage']}, {rule}, {labels}", *map(_rate, row)])
    printed = [[row.name, *map(_rate, (*row.kinds.values(), row.mean))] for row in TABLE_1[:3]]
    return _table(["PCP@0.5", *FOUR_KINDS, "mean"], [*printed, *rows])


def _pdj(result: dict[str, Any]) -> str:
    thresholds = [f"{t:.2f}".rstrip("0") for t in np.arange(0.05, 0.501, 0.05)]
    rows = []
    for stage in result["stages"]:
        lines = np.array(list(stage["pdj_curve"]["joints"].values()), float)[:, 5::5]
        rows.append([f"stage {stage['stage']}", *map(_rate, lines.mean(0))])
    return _table(["PDJ, mean of joints", *thresholds], rows)


def _joints(result: dict[str, Any]) -> str:
    joints = list(result["stages"][0]["pdj_curve"]["joints"])
    rows = [
        [joint.replace("_", " "), *(_rate(s["pdj"]["0.2"]["joints"][joint]) for s in result["stages"])]
        for joint in joints
    ]
    return _table(["PDJ@0.2", *(f"stage {s['stage']}" for s in result["stages"])], rows)


def _time(out: Path) -> str:
    seen: dict[str, int] = {}
    with (out / "log.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            seen[row["stage"]] = max(seen.get(row["stage"], 0), int(row["samples"]))
    spent = ", ".join(f"stage {stage}: {count:,}" for stage, count in seen.items())
    return f"Samples seen: {spent}. {json.dumps(_json(out / 'time.json'))}"


def _oracle(oracle: dict[str, Any]) -> str:
    rows = [
        [f"stage {r['stage']}, {who}", *(_rate(r[key]) for key in ORACLE)]
        for who, results in oracle.items()
        for r in results
    ]
    return _table(
        ["truth displaced by N_i, refined once", "error before", "after (diam)", "joints moved closer"], rows
    )


def _displacements(out: Path) -> str:
    found = _json(out / "displacements.json")
    rows = [[who, *(_rate(stage["mean_length"]) for stage in stages)] for who, stages in found.items()]
    stages = next(iter(found.values()))
    return _table(["mean displacement (diam)", *(f"after stage {s['stage']}" for s in stages)], rows)


def _ablations(out: Path) -> str:
    rows = []
    for path in sorted((out / "ablations").glob("*.json")):
        result = _json(path)
        last = result["stages"][-1]
        shown = [
            f"{v['value']:.3f} ({v['low']:.3f} to {v['high']:.3f})"
            for v in (last["pdj_0.2_mean"], last["pcp_strict_mean"])
        ]
        rows.append(
            [
                f"{result['question']}: {result['answer']}",
                str(last["stage"]),
                f"{result['samples']:,}",
                *shown,
            ]
        )
    return _table(["change", "stage", "samples", "PDJ@0.2, held out", "strict PCP"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _json(path: Path) -> Any:
    return json.loads(path.read_text())
