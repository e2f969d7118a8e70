"""A `summary` result as plain text: PCP as the paper's Table 1, PDJ by threshold and by joint, the protocol above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deeppose.evaluation import published
from deeppose.evaluation.limbs import FOUR_KINDS

Result = dict[str, Any]
Cells = list[str]


def caption(result: Result) -> str:
    """The protocol in words: data, box, labels, diagonal, what was counted."""
    p = result["protocol"]
    labels = {"PC": "person-centric (PC)", "OC": "observer-centric (OC)"}.get(p["labels"], p["labels"])
    return (
        f"{p['dataset']} {p['split']}, {p['people']} people, {labels} labels; box: {p['box']}; "
        f"predictions: {p['predictions']}\n"
        f"PCP at {p['pcp_threshold']:g} of the limb, Ave. = mean of the limb kinds below; "
        f"PDJ by torso diagonal {p['diagonal_joints']}; labelled joints only"
        + "".join(f"\n{note}" for note in p["notes"])
    )


def render(result: Result) -> str:
    """The whole text."""
    parts = [caption(result), pcp_table(result), pdj_table(result), joint_table(result), extras(result)]
    return "\n\n".join(part for part in parts if part) + "\n"


def counted(result: Result) -> bool:
    """Whether any joint of the last stage was: otherwise the tables are dashes alone."""
    return bool(result["stages"][-1]["pck"]["mean"] is not None)


def pcp_table(result: Result) -> str:
    """Strict and loose PCP of every stage, the mean-pose floor, then the paper's rows for this data set."""
    number, rows = published.table(result["protocol"]["dataset"])
    strict = result["stages"][0]["pcp"]["strict"]["kinds"]
    kinds = list(rows[0].kinds) if rows else [kind for kind in FOUR_KINDS if strict.get(kind) is not None]
    if not kinds:
        return ""
    body = [
        [f"{name}, {rule}", *_limbs(measured["pcp"][rule], kinds)]
        for rule in ("strict", "loose")
        for name, measured in _measured(result)
    ]
    body += [[f"paper: {row.name}", *map(_number, (*row.kinds.values(), row.mean))] for row in rows]
    title = "PCP" + (f", beside the paper's Table {number}" if number else "")
    notes = [f"  {note}" for note in published.notes(result["protocol"]["dataset"])]
    return "\n".join([title, grid([["", *kinds, "Ave."], *body]), *notes])


def pdj_table(result: Result) -> str:
    """PDJ, mean over joints, by threshold, and the mean and median end-point error in pixels."""
    thresholds = list(result["stages"][0]["pdj"] or ())
    head = ["", *(f"@{t}" for t in thresholds), "area", "EPE px", "median"]
    body = []
    for name, measured in _measured(result):
        rates = [_number(measured["pdj"][t]["mean"]) for t in thresholds]
        lengths = [_number(measured["endpoint_error"][k], 1) for k in ("mean", "median")]
        body.append([name, *rates, _number(measured["pdj_area"]), *lengths])
    return "\n".join(["PDJ, mean over joints, and end-point error", grid([head, *body])])


def joint_table(result: Result, threshold: str = "0.2") -> str:
    """PDJ of every joint at one threshold (the first there is, if not this one)."""
    thresholds = list(result["stages"][0]["pdj"] or ())
    if not thresholds:
        return ""
    at = threshold if threshold in thresholds else thresholds[0]
    named = list(_measured(result))
    body = [
        [joint.replace("_", " "), *(_number(measured["pdj"][at]["joints"][joint]) for _, measured in named)]
        for joint in result["stages"][0]["pdj"][at]["joints"]
    ]
    return "\n".join([f"PDJ@{at} by joint", grid([["", *(name for name, _ in named)], *body])])


def extras(result: Result) -> str:
    """COCO average precision and the paired comparison, where they were measured."""
    lines = [
        f"share of OKS .50-.95 by {len(m['oks_share']['joints'])} joints from shoulders to ankles, "
        f"{m['oks_share']['people']} people with {m['oks_share']['least']} labelled joints or more, {name}: "
        f"{_number(m['oks_share']['value'])}"
        for name, m in _measured(result)
        if m["oks_share"]
    ]
    if result.get("coco"):
        lines.append(
            "COCO " + ", ".join(f"{name} {_number(value)}" for name, value in result["coco"].items())
        )
    for name, c in result.get("comparison", {}).items():
        if isinstance(c, dict) and c["p_value"] is not None:
            bounds = "[{low:+.3f}, {high:+.3f}]".format(**c["difference"])
            change = (
                f"{c['first']:.3f} to {c['second']:.3f}, difference {c['difference']['value']:+.3f} {bounds}"
            )
            lines.append(f"{name}: {change} (95 % paired bootstrap), p = {c['p_value']:.3g}")
    return "\n".join(lines)


def grid(rows: Sequence[Cells]) -> str:
    """Rows of cells, the first column to the left and the rest to the right.

    >>> print(grid([["", "a"], ["stage 1", "0.500"]]))
                   a
      stage 1  0.500
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def _measured(result: Result) -> list[tuple[str, Result]]:
    named = [(f"stage {stage['stage']}", stage) for stage in result["stages"]]
    return named + ([("mean pose", result["mean_pose"])] if result["mean_pose"] else [])


def _limbs(rates: Result, kinds: Sequence[str]) -> Cells:
    return [_number(v) for v in (*(rates["kinds"].get(kind) for kind in kinds), rates["mean"])]


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
