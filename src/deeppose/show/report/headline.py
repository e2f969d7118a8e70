"""The cards at the top of the page: the few numbers one looks for first, each with what to compare it to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Numbers = dict[str, Any]


@dataclass(frozen=True)
class Card:
    """A number, its 95 % interval in words, and lines beside it."""

    label: str
    value: str
    range: str
    lines: list[str]


def cards(numbers: Numbers) -> list[Card]:
    """Of the last stage: PCP by both rules, PDJ at 0.2, the median error; what the skeleton cannot have is left out."""
    report = numbers["report"]
    found = [_pcp(numbers, rule) for rule in ("strict", "loose")] if report["pcp_table"] else []
    if report["pdj_table"]:
        found.append(_pdj(numbers))
    return [*found, _error(numbers)]


def _pcp(numbers: Numbers, rule: str) -> Card:
    table = numbers["report"]["pcp_table"]
    rows = [row for row in table["rows"] if row["rule"] == rule]
    ours = [row["cells"][-1] for row in rows if row["who"] == "ours"]
    paper = [row for row in rows if row["who"] == "paper"]
    lines = [f"stage 1: {_rate(ours[0]['value'])}"] if len(ours) > 1 else []
    lines += [f"mean pose: {_rate(row['cells'][-1]['value'])}" for row in rows if row["who"] == "floor"]
    lines += [f"{r['name']}: {r['cells'][-1]['value']:.2f} ({r['labels']})" for r in paper[-1:]]
    return Card(f"{rule} PCP@0.5, Ave.", _rate(ours[-1]["value"]), _interval(ours[-1]), lines)


def _pdj(numbers: Numbers) -> Card:
    rows, hit = numbers["report"]["pdj_table"]["rows"], numbers["report"]["hit"]["threshold"]
    first, last = numbers["stages"][0], numbers["stages"][-1]
    value = last["interval"].get(f"pdj_{hit:g}_mean") or {"value": None, "low": None, "high": None}
    start = first["interval"].get(f"pdj_{hit:g}_mean") or value
    lines = [f"stage 1: {_rate(start['value'])}"] if len(numbers["stages"]) > 1 else []
    lines += [f"area to 0.5: {_rate(row['area'])}" for row in rows if row["name"] == f"stage {last['stage']}"]
    return Card(f"PDJ@{hit:g}, mean over joints", _rate(value["value"]), _interval(value), lines)


def _error(numbers: Numbers) -> Card:
    first, last = (numbers["stages"][s]["endpoint_error"] for s in (0, -1))
    lines = [f"stage 1: {_rate(first['median'], 1)} px"] if len(numbers["stages"]) > 1 else []
    return Card(
        "median error",
        f"{_rate(last['median'], 1)} px",
        f"mean {_rate(last['mean'], 1)} px",
        lines,
    )


def _interval(cell: Numbers) -> str:
    return "" if cell["low"] is None else f"{cell['low']:.3f} to {cell['high']:.3f} (95 %)"


def _rate(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
