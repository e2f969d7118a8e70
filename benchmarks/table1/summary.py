"""The measurements of a run as one page of tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from figures import curve, forecast, json_of

from deeppose.evaluation.published import FOUR_KINDS, TABLE_1
from deeppose.training import recipes

ORACLE = ("mean_error_before", "mean_error_after", "moved_closer")
DISPLACED = ("mean_length", "simulated_length", "median_diameter_ratio")
ANSWERED = ("PDJ@0.2", "strict PCP")
FULL = recipes.get("lsp-paper").stages[0].samples


def write(out: Path) -> str:
    """Write summary.md from the JSON that a run left, and return it."""
    text = "\n\n".join(part for part in _sections(out, curve(out)) if part) + "\n"
    (out / "summary.md").write_text(text)
    return text


def _sections(out: Path, points: list[dict[str, float]]) -> list[str]:
    parts = [_pcp(out), _pdj(json_of(out / "lsp.json")), _joints(json_of(out / "lsp.json")), _time(out)]
    for measure in ("pcp", "pdj02") if points else ():
        said = forecast(points, measure, FULL)
        if said:
            parts.append(f"Power law of `{measure}` at {FULL:,} samples: {said[0]:.3f} to {said[1]:.3f}.")
    return [*parts, _oracle(json_of(out / "oracle.json")), _displacements(out), _moves(out), _ablations(out)]


def _pcp(out: Path) -> str:
    rows = []
    for name, labels in (("lsp", "PC"), ("lsp-oc", "OC")):
        result = json_of(out / f"{name}.json") if (out / f"{name}.json").exists() else {"stages": []}
        for stage in result["stages"]:
            for rule in ("strict", "loose"):
                rates = stage["pcp"][rule]
                kinds = [_rate(rates["kinds"][kind]) for kind in FOUR_KINDS]
                mean = (
                    _sure(stage["interval"]["pcp_strict_mean"]) if rule == "strict" else _rate(rates["mean"])
                )
                rows.append([f"stage {stage['stage']}, {rule}, {labels}", *kinds, mean])
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
    """Samples and hours of each stage; after an interruption the speed since then stands for all of it."""
    with (out / "log.csv").open(newline="") as file:
        last = {row["stage"]: row for row in csv.DictReader(file) if row["samples_per_second"]}
    spent = [
        f"stage {stage}: {int(row['samples']):,} samples in {_hours(row):.2f} h"
        for stage, row in last.items()
    ]
    hardware = ", ".join(f"{key} {value}" for key, value in json_of(out / "hardware.json").items())
    return f"{'; '.join(spent)}. {hardware}."


def _hours(row: dict[str, str]) -> float:
    return int(row["samples"]) / float(row["samples_per_second"]) / 3600


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
    rows = [
        [f"stage {stage['stage']}, {who}", *(_rate(stage[key]) for key in DISPLACED)]
        for who, stages in json_of(out / "displacements.json").items()
        for stage in stages
    ]
    return _table(["displacements (diam)", "mean", "mean of those simulated", "diam predicted / true"], rows)


def _moves(out: Path) -> str:
    rows = [
        [f"stage {stage['stage']}, {who}", _rate(stage["mean_move"]), _rate(stage["best_factor"])]
        for who, stages in json_of(out / "moves.json").items()
        for stage in stages
    ]
    return _table(["moves (diam)", "mean", "best multiplied by"], rows)


def _ablations(out: Path) -> str:
    path = out / "questions.json"
    rows = json_of(path) if path.exists() else []
    lines = [
        [
            str(row["stage"]),
            f"{row['question']}: {row['answer']}",
            *(_answered(row[name]) for name in ANSWERED),
        ]
        for row in rows
    ]
    return _table(["stage", "change", *(f"{name}, held out" for name in ANSWERED)], lines) if rows else ""


def _answered(compared: dict[str, Any]) -> str:
    """A rate, what the change brought and how surely."""
    said = compared["difference"]
    return f"{compared['second']:.3f}, {said['value']:+.3f} ({said['low']:+.3f} to {said['high']:+.3f})"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _sure(value: dict[str, float]) -> str:
    """With its 95 % interval."""
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
