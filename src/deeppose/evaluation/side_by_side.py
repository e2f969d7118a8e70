"""The same people and model from several kinds of boxes, in one table: how much of a number is the box's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deeppose.evaluation.as_json import as_json
from deeppose.evaluation.outcome import Evaluation, Measured
from deeppose.evaluation.tables import caption, grid, number

Evaluations = Mapping[str, Evaluation]
"""By the kind of box."""


def combined_json(evaluations: Evaluations, unavailable: Mapping[str, str]) -> dict[str, Any]:
    """As JSON: "boxes", by kind what `as_json` gives, and "unavailable", why a kind is missing."""
    return {"boxes": {kind: as_json(e) for kind, e in evaluations.items()}, "unavailable": dict(unavailable)}


def render(evaluations: Evaluations, unavailable: Mapping[str, str]) -> str:
    """The protocol, every kind's last stage and mean-pose floor a row each, its notes, and why a kind is missing."""
    first = next(iter(evaluations.values()))
    head = ["", "PDJ@0.1", "PDJ@0.2", "strict PCP", "loose PCP", "EPE px", "IoU", "no face"]
    rows = [row for kind, each in evaluations.items() for row in _rows(kind, each)]
    title = "Boxes side by side (IoU: mean, with the ground-truth box)"
    lines = [caption(first.outcome, "each row's own", notes=False), "", title, grid([head, *rows])]
    lines += [f"  {kind}: {note}" for kind, each in evaluations.items() for note in each.protocol.notes]
    lines += [f"  no {kind} box: {why}" for kind, why in unavailable.items()]
    return "\n".join(lines) + "\n"


def _rows(kind: str, evaluation: Evaluation) -> list[list[str]]:
    outcome, box = evaluation.outcome, evaluation.box
    fallbacks = "-" if box is None or box.fallbacks is None else f"{box.fallbacks} of {box.people}"
    iou = number(None if box is None else box.iou)
    rows = [[f"{kind}, stage {len(outcome.stages)}", *_numbers(outcome.last), iou, fallbacks]]
    floor = outcome.mean_pose
    return rows + ([] if floor is None else [[f"{kind}, mean pose", *_numbers(floor), "", ""]])


def _numbers(measured: Measured) -> list[str]:
    at = {} if measured.pdj is None else measured.pdj.at
    pdj = [number(at[t].mean if t in at else None) for t in (0.1, 0.2)]
    pcp = [number(rates.mean) for rates in (measured.pcp.strict, measured.pcp.loose)]
    return [*pdj, *pcp, number(measured.endpoint_error.mean, 1)]
