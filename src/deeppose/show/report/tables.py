"""The tables of the page: PCP as the paper's Tables 1 and 2, PDJ by threshold, with 95 % bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deeppose.evaluation import limbs, published, uncertainty
from deeppose.evaluation.counts import Counts
from deeppose.evaluation.limbs import Rule
from deeppose.evaluation.measures import PCP_THRESHOLD
from deeppose.evaluation.outcome import LimbRates, Measured
from deeppose.evaluation.tables import RULES, limb_kinds
from deeppose.show.report.subject import Subject
from deeppose.types import Floats


@dataclass(frozen=True)
class Cell:
    """A rate and the bounds of its interval, where there is one."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PcpRow:
    """One row; `who` is "ours", "floor", "paper" or "other", `cells` are the kinds and then their mean."""

    name: str
    rule: Rule
    labels: str
    who: str
    cells: list[Cell]


@dataclass(frozen=True)
class PcpTable:
    """PCP by limb kind; `number` is that of the paper's table, 0 where it has none."""

    number: int
    kinds: list[str]
    rows: list[PcpRow]
    notes: list[str]


@dataclass(frozen=True)
class PdjRow:
    """One row: a cell a threshold, the area under the curve, and the mean and median error in pixels."""

    name: str
    who: str
    cells: list[Cell]
    area: float
    mean: float
    median: float


@dataclass(frozen=True)
class PdjTable:
    """PDJ, the mean over joints, by threshold."""

    thresholds: list[float]
    rows: list[PdjRow]


def pcp_table(subject: Subject) -> PcpTable | None:
    """Under each rule ours by stage, the mean pose, and the published rows of that rule.

    None where the skeleton has none of the four limb kinds.
    """
    number, printed = published.table(subject.dataset.name)
    kinds = limb_kinds(subject.outcome)
    if not kinds:
        return None
    rows = [row for rule in RULES for row in (*_ours(subject, rule, kinds), *_published(printed, rule))]
    return PcpTable(number, kinds, rows, list(published.notes(subject.dataset.name)))


def _ours(subject: Subject, rule: Rule, kinds: list[str]) -> list[PcpRow]:
    labels = subject.evaluation.protocol.labels
    rows = [
        PcpRow(f"stage {s + 1}", rule, labels, "ours", _limbs(subject, s, rule, kinds))
        for s in range(len(subject.stages))
    ]
    floor = subject.outcome.mean_pose
    return rows + ([] if floor is None else [_floor(floor.pcp.by(rule), rule, labels, kinds)])


def _floor(rates: LimbRates, rule: Rule, labels: str, kinds: list[str]) -> PcpRow:
    cells = [Cell(value) for value in (*(rates.kinds.get(kind) for kind in kinds), rates.mean)]
    return PcpRow("mean pose", rule, labels, "floor", cells)


def _limbs(subject: Subject, stage: int, rule: Rule, kinds: list[str]) -> list[Cell]:
    skeleton = subject.skeleton
    poses = (subject.truth, subject.counted, subject.stages[stage], skeleton)
    outcomes = limbs.pcp_outcomes(*poses, PCP_THRESHOLD, rule)

    def rate(kind: str) -> Callable[[Counts], Floats]:
        return lambda counts: limbs.by_kind(counts, skeleton)[kind].rate()

    statistics = [*map(rate, kinds), lambda counts: limbs.mean_of_kinds(counts, skeleton)]
    return [_bounded(uncertainty.interval(outcomes, statistic)) for statistic in statistics]


def _bounded(interval: uncertainty.Interval) -> Cell:
    return Cell(interval.value, interval.low, interval.high)


def _published(printed: tuple[published.Row, ...], rule: Rule) -> list[PcpRow]:
    return [
        PcpRow(
            row.name,
            row.rule,
            row.labels,
            "paper" if row.name.startswith("DeepPose") else "other",
            [Cell(value) for value in (*row.kinds.values(), row.mean)],
        )
        for row in printed
        if row.rule == rule
    ]


def pdj_table(subject: Subject) -> PdjTable | None:
    """At every threshold with its interval, by stage and for the mean pose; None without a torso."""
    if not subject.skeleton.torso:
        return None
    thresholds = list(subject.evaluation.protocol.thresholds)
    rows = []
    for s, stage in enumerate(subject.outcome.stages):
        cells = [_bounded(uncertainty.interval(subject.found(s, t))) for t in thresholds]
        rows.append(_row(f"stage {s + 1}", "ours", stage, cells))
    floor = subject.outcome.mean_pose
    if floor is not None and floor.pdj is not None:
        cells = [Cell(floor.pdj.at[t].mean) for t in thresholds]
        rows.append(_row("mean pose", "floor", floor, cells))
    return PdjTable(thresholds, rows)


def _row(name: str, who: str, measured: Measured, cells: list[Cell]) -> PdjRow:
    area = float("nan") if measured.pdj is None else measured.pdj.area
    return PdjRow(name, who, cells, area, measured.endpoint_error.mean, measured.endpoint_error.median)
