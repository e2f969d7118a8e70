"""Every number of the page, as one JSON-able dictionary."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from deeppose.evaluation.as_json import as_json, plain
from deeppose.show.report import displacements as displacement
from deeppose.show.report import people, tables
from deeppose.show.report import reliability as calibration
from deeppose.show.report.subject import HIT, Subject

Numbers = dict[str, Any]


def measure(subject: Subject) -> Numbers:
    """The evaluation's result, and under "report" what the page adds; a fraction with nothing to count is None."""
    stages = range(len(subject.stages))
    names = subject.skeleton.joints
    added = {
        "sigma": subject.sigma,
        "hit": {"name": subject.hit_name, "threshold": HIT},
        "hits": [dict(zip(names, o.counts().rate().tolist(), strict=True)) for o in subject.hits],
        "labelled": dict(zip(names, subject.counted.sum(0).tolist(), strict=True)),
        "pcp_table": _table(tables.pcp_table(subject)),
        "pdj_table": _table(tables.pdj_table(subject)),
        "strips": people.strips(subject),
        "galleries": people.galleries(subject),
        "displacement": [displacement.observed(subject, s) for s in stages],
        "calibration": _calibration(subject),
    }
    return dict(plain({**as_json(subject.evaluation), "report": added}))


def _table(table: tables.PcpTable | tables.PdjTable | None) -> Numbers | None:
    return None if table is None else asdict(table)


def _calibration(subject: Subject) -> list[Numbers]:
    """Of every stage; empty where the predictions have no scores."""
    scores = subject.predictions.scores
    if scores is None:
        return []
    return [
        calibration.reliability(score, hits.correct, hits.counted & subject.compared)
        for score, hits in zip(scores, subject.hits, strict=True)
    ]
