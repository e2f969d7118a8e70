"""An evaluation as plain text: PCP as the paper's Table 1, PDJ by threshold and by joint, the protocol above."""

from __future__ import annotations

import math
from collections.abc import Sequence

from deeppose.evaluation import published
from deeppose.evaluation.limbs import FOUR_KINDS, Rule
from deeppose.evaluation.measures import PCP_THRESHOLD
from deeppose.evaluation.outcome import Compared, Evaluation, LimbRates, Outcome, Rates

Cells = list[str]
RULES: tuple[Rule, ...] = ("strict", "loose")


def caption(outcome: Outcome, box: str = "", notes: bool = True) -> str:
    """The protocol in words: data, box (or the words given for it), labels, diagonal, what was counted."""
    p = outcome.protocol
    labels = {"PC": "person-centric (PC)", "OC": "observer-centric (OC)"}.get(p.labels, p.labels)
    return (
        f"{p.dataset} {p.split}, {len(outcome.people.joints)} people, {labels} labels; box: {box or p.box}; "
        f"predictions: {p.predictions}\n"
        f"PCP at {PCP_THRESHOLD:g} of the limb, Ave. = mean of the limb kinds below; "
        f"PDJ by {outcome.people.skeleton.measure} {outcome.diagonal}; labelled joints only"
        + "".join(f"\n{note}" for note in p.notes if notes)
    )


def render(evaluation: Evaluation) -> str:
    """The whole text."""
    outcome = evaluation.outcome
    parts = [
        caption(outcome),
        pcp_table(outcome),
        pdj_table(outcome),
        joint_table(outcome),
        extras(evaluation),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def limb_kinds(outcome: Outcome) -> list[str]:
    """The columns of PCP: those of the paper's table for the data set, else of the four kinds those counted."""
    _, rows = published.table(outcome.protocol.dataset)
    strict = outcome.stages[0].pcp.strict.kinds
    return list(rows[0].kinds) if rows else [k for k in FOUR_KINDS if not math.isnan(strict.get(k, math.nan))]


def pcp_table(outcome: Outcome) -> str:
    """Strict and loose PCP of every stage, the mean-pose floor, then the paper's rows for this data set."""
    dataset = outcome.protocol.dataset
    table, rows = published.table(dataset)
    kinds = limb_kinds(outcome)
    if not kinds:
        return ""
    body = [
        [f"{name}, {rule}", *_limbs(measured.pcp.by(rule), kinds)]
        for rule in RULES
        for name, measured in outcome.named()
    ]
    body += [[f"paper: {row.name}", *map(number, (*row.kinds.values(), row.mean))] for row in rows]
    title = "PCP" + (f", beside the paper's Table {table}" if table else "")
    notes = [f"  {note}" for note in published.notes(dataset)]
    return "\n".join([title, grid([["", *kinds, "Ave."], *body]), *notes])


def pdj_table(outcome: Outcome) -> str:
    """PDJ, mean over joints, by threshold, and the mean and median end-point error in pixels."""
    thresholds = outcome.protocol.thresholds if outcome.people.skeleton.torso else ()
    head = ["", *(f"@{t:g}" for t in thresholds), "area", "EPE px", "median"]
    body = []
    for name, measured in outcome.named():
        pdj, away = measured.pdj, measured.endpoint_error
        rates = [] if pdj is None else [number(pdj.at[t].mean) for t in thresholds]
        area = number(None if pdj is None else pdj.area)
        body.append([name, *rates, area, number(away.mean, 1), number(away.median, 1)])
    return "\n".join(["PDJ, mean over joints, and end-point error", grid([head, *body])])


def joint_table(outcome: Outcome) -> str:
    """PDJ of every joint at 0.2, or at the first threshold there is."""
    found = [(name, measured.pdj) for name, measured in outcome.named() if measured.pdj is not None]
    if not found or not found[0][1].at:
        return ""
    at = 0.2 if 0.2 in found[0][1].at else next(iter(found[0][1].at))
    body = [
        [joint.replace("_", " "), *(number(pdj.at[at].joints[joint]) for _, pdj in found)]
        for joint in outcome.people.skeleton.joints
    ]
    return "\n".join([f"PDJ@{at:g} by joint", grid([["", *(name for name, _ in found)], *body])])


def extras(evaluation: Evaluation) -> str:
    """The share of OKS, COCO's average precision and the paired comparison, where they were measured."""
    lines = _shares(evaluation.outcome)
    if evaluation.average_precision:
        lines.append("COCO " + ", ".join(f"{k} {number(v)}" for k, v in evaluation.average_precision.items()))
    return "\n".join(lines + (_comparison(evaluation.comparison) if evaluation.comparison else []))


def _shares(outcome: Outcome) -> list[str]:
    found = [(name, m.oks_share) for name, m in outcome.named() if m.oks_share is not None]
    if not found:
        return []
    share = found[0][1]
    words = f"{len(share.joints)} joints from shoulders to ankles, {share.people} people with {share.least}"
    values = ", ".join(f"{name} {number(share.value)} (PDJ@0.2 {number(share.pdj)})" for name, share in found)
    return [f"share of OKS .50-.95 by {words} labelled joints or more: {values}"]


def _comparison(compared: Compared) -> list[str]:
    lines = []
    for name, c in compared.of.items():
        if math.isnan(c.p_value):
            continue
        bounds = f"[{c.difference.low:+.3f}, {c.difference.high:+.3f}]"
        change = f"{c.first:.3f} to {c.second:.3f}, difference {c.difference.value:+.3f} {bounds}"
        lines.append(f"{name}: {change} (95 % paired bootstrap), p = {c.p_value:.3g}")
    return lines


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


def number(value: float | None, digits: int = 3, nothing: str = "-") -> str:
    """A number in a table; `nothing` where it is undefined.

    >>> number(0.5), number(12.34, 1), number(float("nan")), number(None, nothing="–")
    ('0.500', '12.3', '-', '–')
    """
    return nothing if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _limbs(rates: LimbRates, kinds: Sequence[str]) -> Cells:
    return [number(v) for v in (*(_rate(rates.kinds, kind) for kind in kinds), rates.mean)]


def _rate(rates: Rates, name: str) -> float | None:
    return rates.get(name)
