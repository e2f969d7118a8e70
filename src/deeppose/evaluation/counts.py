"""What every hit-or-miss metric returns: how many were correct, of how many that could be.

`Outcomes` keeps the people apart, which a confidence interval needs; `Counts` has summed over them. Both add, so a
data set can be scored in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.types import Floats, Mask


@dataclass(frozen=True, eq=False)
class Counts:
    """Correct and total, of any shape (...), e.g. one cell a joint.

    >>> half = Counts(np.array([1, 0]), np.array([2, 0]))
    >>> (half + half).rate()
    array([0.5, nan])
    """

    correct: NDArray[np.int64]
    total: NDArray[np.int64]

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.correct + other.correct, self.total + other.total)

    def __getitem__(self, cells: Any) -> Counts:
        """The counts of some cells, by any NumPy index."""
        return Counts(np.asarray(self.correct[cells]), np.asarray(self.total[cells]))

    def rate(self) -> Floats:
        """(...) correct / total; NaN, the undefined fraction, where nothing was counted."""
        return _divide(self.correct, self.total)

    def pooled(self) -> Counts:
        """Summed over the last axis: every stick or joint weighs as often as it was counted."""
        return Counts(np.asarray(self.correct.sum(-1)), np.asarray(self.total.sum(-1)))

    def mean(self) -> Floats:
        """(...) the mean of the rates over the last axis; cells that counted nothing are left out."""
        rates, counted = self.rate(), np.asarray(self.total) > 0
        return _divide(np.where(counted, rates, 0.0).sum(-1), counted.sum(-1))


def _divide(part: Any, whole: Any) -> Floats:
    out = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) > 0)
    return out


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Every person's result.

    Attributes:
        correct: (N, ...) a hit; False wherever `counted` is False.
        counted: (N, ...) the cell has the labels its metric needs.
    """

    correct: Mask
    counted: Mask

    def counts(self) -> Counts:
        """Summed over people: (...)."""
        return Counts(self.correct.sum(0, dtype=np.int64), self.counted.sum(0, dtype=np.int64))


def within(ratio: Floats, threshold: float, counted: Mask) -> Outcomes:
    """Outcomes of `ratio <= threshold`, for what is counted."""
    return Outcomes((ratio <= threshold) & counted, counted)


def relative(distance: Floats, size: Floats) -> Floats:
    """Distance / size, where a size of zero forgives nothing: 0 for an exact hit, infinity for any other.

    What is no distance (NaN) is infinitely far: nobody has found a joint whose place is unknown.

    >>> relative(np.array([1.0, 0.0, 1.0, np.nan]), np.array([2.0, 0.0, 0.0, 2.0]))
    array([0.5, 0. , inf, inf])
    """
    ratio = np.where(distance == 0, 0.0, np.inf)
    known = np.broadcast_to(size > 0, ratio.shape) & ~np.isnan(distance)
    np.divide(distance, size, out=ratio, where=known)
    return ratio
