"""The tables of the page: PCP as the paper's Tables 1 and 2, PDJ by threshold, with 95 % bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from deeppose.evaluation import limbs, published, uncertainty
from deeppose.evaluation.counts import Counts, Floats
from deeppose.evaluation.limbs import FOUR_KINDS, Rule
from deeppose.evaluation.measures import PCP_THRESHOLD
from deeppose.show.report.subject import Subject

Row = dict[str, Any]
RULES: tuple[Rule, ...] = ("strict", "loose")
PLAIN: dict[str, Any] = {"low": None, "high": None}


def pcp_table(subject: Subject) -> dict[str, Any] | None:
    """PCP by limb kind: under each rule ours by stage, the mean pose, and the published rows of that rule.

    Returns:
        "number" of the paper's table (0 where it has none), "kinds", "notes" and "rows"; a row has "name", "rule",
        "labels", "who" ("ours", "floor", "paper" or "other") and "cells", the kinds and then their mean, each
        "value", "low" and "high". None where the skeleton has none of the four limb kinds.
    """
    number, printed = published.table(subject.dataset.name)
    strict = subject.result["stages"][0]["pcp"]["strict"]["kinds"]
    kinds = list(printed[0].kinds) if printed else [k for k in FOUR_KINDS if strict.get(k) is not None]
    if not kinds:
        return None
    rows = [row for rule in RULES for row in (*_ours(subject, rule, kinds), *_published(printed, rule))]
    return {
        "number": number,
        "kinds": kinds,
        "rows": rows,
        "notes": list(published.notes(subject.dataset.name)),
    }


def _ours(subject: Subject, rule: Rule, kinds: list[str]) -> list[Row]:
    about = {"rule": rule, "labels": subject.result["protocol"]["labels"]}
    rows = [
        {"name": f"stage {s + 1}", "who": "ours", "cells": _limbs(subject, s, rule, kinds), **about}
        for s in range(len(subject.stages))
    ]
    floor = subject.result["mean_pose"]
    if floor:
        rates = floor["pcp"][rule]
        cells = [{"value": v, **PLAIN} for v in (*(rates["kinds"].get(k) for k in kinds), rates["mean"])]
        rows.append({"name": "mean pose", "who": "floor", "cells": cells, **about})
    return rows


def _limbs(subject: Subject, stage: int, rule: Rule, kinds: list[str]) -> list[Row]:
    skeleton = subject.skeleton
    poses = (subject.truth, subject.counted, subject.stages[stage], skeleton)
    outcomes = limbs.pcp_outcomes(*poses, PCP_THRESHOLD, rule)

    def rate(kind: str) -> Callable[[Counts], Floats]:
        return lambda counts: limbs.by_kind(counts, skeleton)[kind].rate()

    statistics = [*map(rate, kinds), lambda counts: limbs.mean_of_kinds(counts, skeleton)]
    return [asdict(uncertainty.interval(outcomes, statistic)) for statistic in statistics]


def _published(printed: tuple[published.Row, ...], rule: Rule) -> list[Row]:
    return [
        {
            "name": row.name,
            "rule": row.rule,
            "labels": row.labels,
            "who": "paper" if row.name.startswith("DeepPose") else "other",
            "cells": [{"value": v, **PLAIN} for v in (*row.kinds.values(), row.mean)],
        }
        for row in printed
        if row.rule == rule
    ]


def pdj_table(subject: Subject) -> dict[str, Any] | None:
    """PDJ, the mean over joints, at every threshold with its interval, by stage and for the mean pose.

    Returns:
        "thresholds" and "rows", each "name", "who", "cells", the "area" under the curve, and the "mean" and "median"
        error in pixels. None without a torso.
    """
    if not subject.skeleton.torso:
        return None
    thresholds = subject.result["protocol"]["thresholds"]
    rows = [
        {**_row(f"stage {s + 1}", "ours", stage), "cells": [_pdj(subject, s, t) for t in thresholds]}
        for s, stage in enumerate(subject.result["stages"])
    ]
    floor = subject.result["mean_pose"]
    if floor:
        cells = [{"value": floor["pdj"][f"{t:g}"]["mean"], **PLAIN} for t in thresholds]
        rows.append({**_row("mean pose", "floor", floor), "cells": cells})
    return {"thresholds": list(thresholds), "rows": rows}


def _row(name: str, who: str, measured: Row) -> Row:
    lengths = {key: measured["endpoint_error"][key] for key in ("mean", "median")}
    return {"name": name, "who": who, "area": measured["pdj_area"], **lengths}


def _pdj(subject: Subject, stage: int, threshold: float) -> Row:
    return asdict(uncertainty.interval(subject.found(stage, threshold)))
