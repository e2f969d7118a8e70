"""An evaluation as JSON: its numbers under their protocol, whatever is undefined as null."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from deeppose.evaluation.measures import PCP_THRESHOLD
from deeppose.evaluation.outcome import Evaluation, Measured, Outcome, Pdj

Json = dict[str, Any]


def as_json(evaluation: Evaluation) -> Json:
    """What `--json` prints: "protocol", "stages", "mean_pose", and "box", "coco", "comparison" where there are any."""
    content = outcome_json(evaluation.outcome)
    if evaluation.box is not None:
        content["box"] = asdict(evaluation.box)
    if evaluation.average_precision is not None:
        content["coco"] = evaluation.average_precision
    if evaluation.comparison is not None:
        compared = {name: asdict(value) for name, value in evaluation.comparison.of.items()}
        content["comparison"] = {"against": evaluation.comparison.against, **compared}
    return dict(plain(content))


def outcome_json(outcome: Outcome) -> Json:
    """Of `as_json`: "protocol"; "stages", each its number as "stage" and its metrics by name; "mean_pose" or None."""
    protocol = {
        **asdict(outcome.protocol),
        "people": len(outcome.people.joints),
        "pcp_threshold": PCP_THRESHOLD,
        "diagonal_joints": outcome.diagonal,
        "missing": outcome.missing,
    }
    stages = [{"stage": number, **_measured(m)} for number, m in enumerate(outcome.stages, 1)]
    floor = None if outcome.mean_pose is None else _measured(outcome.mean_pose)
    return dict(plain({"protocol": protocol, "stages": stages, "mean_pose": floor}))


def _measured(measured: Measured) -> Json:
    """By metric; the parts of PDJ stand side by side, as they always have."""
    content = asdict(measured)
    intervals = content.pop("intervals")
    content |= _pdj(measured.pdj)
    return content | ({"interval": intervals} if intervals else {})


def _pdj(pdj: Pdj | None) -> Json:
    if pdj is None:
        return {"pdj": None, "pdj_curve": None, "pdj_area": None}
    at = {f"{threshold:g}": asdict(rates) for threshold, rates in pdj.at.items()}
    return {"pdj": at, "pdj_curve": asdict(pdj.curve), "pdj_area": pdj.area}


def plain(value: Any) -> Any:
    """Without NaN and infinity, which JSON has not: an undefined fraction is None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
