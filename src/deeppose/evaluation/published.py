"""The paper's tables as data: PCP at 0.5, as fractions, beside which ours are printed.

What the tables leave unsaid matters as much as their numbers:
- Rows marked * in Table 1 use the loose rule (mean of both ends); the others the strict one.
- The row marked o uses person-centric labels. The footnote implies that all others, the paper's own among them, use
  observer-centric ones; the two disagree on left and right in 38 % of LSP's pictures.
- "Ave." is the mean of the four kinds in every row but Tian et al.'s, printed 0.56 where its four give 0.5375.
- Table 2's printed heads (arm upper, lower; leg upper, lower) do not fit its numbers: the other papers' rows are, in
  their own tables, upper leg, lower leg, upper arm, lower arm; as printed, all would find arms better than legs.
  `TABLE_2` is keyed by what the numbers are, `TABLE_2_PRINTED` keeps the printed order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deeppose.evaluation.limbs import FOUR_KINDS, Rule

Labels = Literal["PC", "OC", "unstated"]


@dataclass(frozen=True)
class Row:
    """One published row.

    Attributes:
        name: the method, as printed.
        kinds: PCP by limb kind; their order is the printed one.
        mean: as printed ("Ave."), which may differ from the mean of the rounded kinds by rounding.
        rule: strict or loose PCP.
        labels: "PC" or "OC", where the paper says or implies it, else "unstated".
    """

    name: str
    kinds: dict[str, float]
    mean: float
    rule: Rule = "strict"
    labels: Labels = "OC"


def _row(
    name: str,
    *values: float,
    rule: Rule = "strict",
    labels: Labels = "OC",
    heads: tuple[str, ...] = FOUR_KINDS,
) -> Row:
    return Row(name, dict(zip(heads, values[:4], strict=True)), values[4], rule, labels)


TABLE_1 = (
    _row("DeepPose-st1", 0.5, 0.27, 0.74, 0.65, 0.54),
    _row("DeepPose-st2", 0.56, 0.36, 0.78, 0.70, 0.60),
    _row("DeepPose-st3", 0.56, 0.38, 0.77, 0.71, 0.61),
    _row("Dantone et al. [2]", 0.45, 0.25, 0.65, 0.61, 0.49),
    _row("Tian et al. [25]*", 0.52, 0.33, 0.70, 0.60, 0.56, rule="loose"),
    _row("Johnson et al. [13]", 0.54, 0.38, 0.75, 0.66, 0.58),
    _row("Wang et al. [26]*", 0.565, 0.37, 0.76, 0.68, 0.59, rule="loose"),
    _row("Pishchulin [18]o", 0.49, 0.32, 0.74, 0.70, 0.56, labels="PC"),
)
"""LSP test, paper's Table 1."""

_PRINTED = (
    ("DeepPose", 0.8, 0.75, 0.71, 0.5, 0.69),
    ("Pishchulin [18]", 0.80, 0.70, 0.59, 0.37, 0.62),
    ("Johnson et al. [13]", 0.75, 0.67, 0.67, 0.46, 0.64),
    ("Yang et al. [27]", 0.69, 0.64, 0.55, 0.35, 0.56),
)
_TRUE_HEADS = ("upper leg", "lower leg", "upper arm", "lower arm")

TABLE_2 = tuple(_row(name, *values, labels="unstated", heads=_TRUE_HEADS) for name, *values in _PRINTED)
"""Image Parse test, paper's Table 2, with heads that fit its numbers."""

TABLE_2_PRINTED = tuple(_row(name, *values, labels="unstated") for name, *values in _PRINTED)
"""Table 2 under the heads it is printed with, which do not fit."""

_TABLES = {"lsp": (1, TABLE_1), "lsp-oc": (1, TABLE_1), "parse": (2, TABLE_2)}


def table(dataset: str) -> tuple[int, tuple[Row, ...]]:
    """The number and rows of the paper's table for a data set; (0, ()) where it has none."""
    return _TABLES.get(dataset, (0, ()))


def notes(dataset: str) -> tuple[str, ...]:
    """What must be said beside the paper's rows.

    >>> notes("parse")[0]
    "the heads printed over the paper's Table 2 (arms first) do not fit its numbers; these are those that do"
    """
    return {
        1: (
            "* loose PCP",
            "o person-centric labels; the paper's other rows, its own among them, are observer-centric by implication",
        ),
        2: (
            "the heads printed over the paper's Table 2 (arms first) do not fit its numbers; these are those that do",
        ),
    }.get(table(dataset)[0], ())
