"""The cards at the top of the page: the few numbers one looks for first, each with what to compare it to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from deeppose.evaluation.limbs import Rule
from deeppose.evaluation.tables import RULES, number
from deeppose.evaluation.uncertainty import Interval
from deeppose.show.report.numbers import Report
from deeppose.show.report.subject import HIT, Subject
from deeppose.show.report.tables import Cell, PcpTable, PdjTable


@dataclass(frozen=True)
class Card:
    """A number, its 95 % interval in words, and lines beside it."""

    label: str
    value: str
    range: str
    lines: list[str]


def cards(subject: Subject, report: Report) -> list[Card]:
    """Of the last stage: PCP by both rules, PDJ at 0.2, the median error; what the skeleton cannot have is left out."""
    found = [_pcp(report.pcp_table, rule) for rule in RULES] if report.pcp_table else []
    if report.pdj_table:
        found.append(_pdj(subject, report.pdj_table))
    return [*found, _error(subject)]


def _pcp(table: PcpTable, rule: Rule) -> Card:
    rows = [row for row in table.rows if row.rule == rule]
    ours = [row.cells[-1] for row in rows if row.who == "ours"]
    paper = [row for row in rows if row.who == "paper"]
    lines = [f"stage 1: {_rate(ours[0].value)}"] if len(ours) > 1 else []
    lines += [f"mean pose: {_rate(row.cells[-1].value)}" for row in rows if row.who == "floor"]
    lines += [f"{r.name}: {r.cells[-1].value:.2f} ({r.labels})" for r in paper[-1:]]
    return Card(f"{rule} PCP@0.5, Ave.", _rate(ours[-1].value), _range(ours[-1]), lines)


def _pdj(subject: Subject, table: PdjTable) -> Card:
    stages = subject.outcome.stages
    found = [stage.intervals.get(f"pdj_{HIT:g}_mean") for stage in stages]
    first, last = found[0], found[-1]
    lines = [f"stage 1: {_rate(None if first is None else first.value)}"] if len(stages) > 1 else []
    lines += [f"area to 0.5: {_rate(row.area)}" for row in table.rows if row.name == f"stage {len(stages)}"]
    value = _rate(None if last is None else last.value)
    return Card(f"PDJ@{HIT:g}, mean over joints", value, "" if last is None else _range(last), lines)


def _error(subject: Subject) -> Card:
    first, last = (subject.outcome.stages[s].endpoint_error for s in (0, -1))
    lines = [f"stage 1: {_rate(first.median, 1)} px"] if len(subject.outcome.stages) > 1 else []
    return Card("median error", f"{_rate(last.median, 1)} px", f"mean {_rate(last.mean, 1)} px", lines)


def _range(cell: Cell | Interval) -> str:
    if cell.low is None or cell.high is None or math.isnan(cell.low):
        return ""
    return f"{cell.low:.3f} to {cell.high:.3f} (95 %)"


def _rate(value: float | None, digits: int = 3) -> str:
    return number(value, digits, "–")
