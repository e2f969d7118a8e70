"""The same people and model from several kinds of boxes, in one table: how much of a number is the box's."""

from __future__ import annotations

from typing import Any

from deeppose.evaluation.counts import Floats
from deeppose.evaluation.tables import caption, grid
from deeppose.rectangles import iou

Result = dict[str, Any]


def box_facts(boxes: Floats, tight: Floats, fallbacks: int | None) -> Result:
    """What is known of one kind's boxes (N, 4) beside the ground-truth ones: "people", "iou" (mean), "fallbacks"."""
    return {"people": len(boxes), "iou": float(iou(boxes, tight).mean()), "fallbacks": fallbacks}


def combine(results: dict[str, Result], unavailable: dict[str, str]) -> Result:
    """One JSON-able result: "boxes", by kind what `summarise` gives with the kind's "box" facts, and "unavailable"."""
    return {"boxes": results, "unavailable": unavailable}


def render(result: Result) -> str:
    """The protocol, every kind's last stage and mean-pose floor a row each, its notes, and why a kind is missing."""
    first = next(iter(result["boxes"].values()))
    common = {"protocol": {**first["protocol"], "box": "each row's own", "notes": ()}}
    head = ["", "PDJ@0.1", "PDJ@0.2", "strict PCP", "loose PCP", "EPE px", "IoU", "no face"]
    rows = []
    for kind, each in result["boxes"].items():
        facts = each["box"]
        fallbacks = "-" if facts["fallbacks"] is None else f"{facts['fallbacks']} of {facts['people']}"
        last = each["stages"][-1]
        rows.append([f"{kind}, stage {last['stage']}", *_numbers(last), _number(facts["iou"]), fallbacks])
        if each["mean_pose"]:
            rows.append([f"{kind}, mean pose", *_numbers(each["mean_pose"]), "", ""])
    lines = [
        caption(common),
        "",
        "Boxes side by side (IoU: mean, with the ground-truth box)",
        grid([head, *rows]),
    ]
    lines += [f"  {kind}: {n}" for kind, each in result["boxes"].items() for n in each["protocol"]["notes"]]
    lines += [f"  no {kind} box: {why}" for kind, why in result["unavailable"].items()]
    return "\n".join(lines) + "\n"


def _numbers(measured: Result) -> list[str]:
    rates = measured["pdj"] or {}
    pdj = [_number(rates[t]["mean"] if t in rates else None) for t in ("0.1", "0.2")]
    pcp = [_number(measured["pcp"][rule]["mean"]) for rule in ("strict", "loose")]
    return [*pdj, *pcp, _number(measured["endpoint_error"]["mean"], 1)]


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
