"""Every number of the page: what was measured, and what the page adds to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from deeppose.evaluation.as_json import as_json, plain
from deeppose.evaluation.outcome import Rates
from deeppose.evaluation.reliability import Reliability, reliability
from deeppose.show.report import displacements, people, tables
from deeppose.show.report.displacements import Displacements
from deeppose.show.report.people import Shown
from deeppose.show.report.subject import HIT, Subject


@dataclass(frozen=True)
class Hit:
    """What counts as found: joints within a share of a person's size, and what that is measured by, in words."""

    name: str
    threshold: float
    measure: str


@dataclass(frozen=True)
class Report:
    """What the page adds to an evaluation.

    Attributes:
        sigma: side of a joint box over diam(y), where it is known.
        hit: what counts as found.
        hits: of every stage, the share found by joint.
        labelled: how often each joint counts.
        strips, galleries: whom the page shows, by name.
        displacement: of every stage.
        calibration: of every stage; empty where the predictions have no scores.
    """

    sigma: float | None
    hit: Hit
    hits: list[Rates]
    labelled: dict[str, int]
    pcp_table: tables.PcpTable | None
    pdj_table: tables.PdjTable | None
    strips: dict[str, list[Shown]]
    galleries: dict[str, list[Shown]]
    displacement: list[Displacements]
    calibration: list[Reliability]


def measure(subject: Subject) -> Report:
    """Everything the page adds."""
    names = subject.skeleton.joints
    return Report(
        subject.sigma,
        Hit(subject.hit_name, HIT, subject.skeleton.measure),
        [dict(zip(names, o.counts().rate().tolist(), strict=True)) for o in subject.hits],
        dict(zip(names, subject.counted.sum(0).tolist(), strict=True)),
        tables.pcp_table(subject),
        tables.pdj_table(subject),
        people.strips(subject),
        people.galleries(subject),
        [displacements.observed(subject, s) for s in range(len(subject.stages))],
        _calibration(subject),
    )


def numbers_json(subject: Subject, report: Report) -> dict[str, Any]:
    """The evaluation as JSON, and the report's part under "report"; a fraction with nothing to count is None."""
    return dict(plain({**as_json(subject.evaluation), "report": asdict(report)}))


def _calibration(subject: Subject) -> list[Reliability]:
    scores = subject.predictions.scores
    if scores is None:
        return []
    return [
        reliability(score, hits.correct, hits.counted & subject.compared)
        for score, hits in zip(scores, subject.hits, strict=True)
    ]
