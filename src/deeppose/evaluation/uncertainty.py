"""How sure a rate is, and whether two sets of predictions for the same people truly differ.

| name | formula | source |
|---|---|---|
| interval | percentiles of the statistic over resamples of whole people, drawn with replacement | Efron 1979 |
| p-value | share of random exchanges of the two, person by person, that differ at least as much | Pitman 1937 |

People are the unit: the joints of one person share its fate. Denominators are those of the statistic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.evaluation.counts import Counts, Outcomes
from deeppose.types import Floats

Statistic = Callable[[Counts], Floats]
"""Counts (..., cells) to (...), e.g. `Counts.mean` or `limbs.mean_of_kinds` of a skeleton."""

Weights = NDArray[np.int64]

CHUNK = 64


@dataclass(frozen=True)
class Interval:
    """A value and the bounds that hold it with probability `level`; all NaN where nothing was counted."""

    value: float
    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True)
class Comparison:
    """Two sets of predictions on the same people; `difference` is second minus first.

    `only_first` and `only_second` count the cells (limbs, joints) that one alone got right.
    """

    first: float
    second: float
    difference: Interval
    p_value: float
    only_first: int
    only_second: int


def interval(
    outcomes: Outcomes,
    statistic: Statistic = Counts.mean,
    level: float = 0.95,
    samples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Bootstrap interval of a statistic.

    >>> half = Outcomes(np.arange(100)[:, None] < 50, np.ones((100, 1), bool))
    >>> sure = interval(half)
    >>> sure.value, bool(0.38 < sure.low < 0.42), bool(0.58 < sure.high < 0.62)
    (0.5, True, True)
    """
    drawn = np.concatenate(
        [statistic(_weighted(outcomes, w)) for w in _resamples(len(outcomes.correct), samples, seed)]
    )
    return _interval(float(statistic(outcomes.counts())), drawn, level)


def compare(
    first: Outcomes,
    second: Outcomes,
    statistic: Statistic = Counts.mean,
    level: float = 0.95,
    samples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Paired comparison: row n of both is the same person, and the same cells are counted."""
    if not np.array_equal(first.counted, second.counted):
        raise ValueError("a paired comparison needs the same people, in the same order, with the same labels")
    people = len(first.correct)
    weights = list(_resamples(people, samples, seed))
    drawn = np.concatenate(
        [statistic(_weighted(second, w)) - statistic(_weighted(first, w)) for w in weights]
    )
    a, b = float(statistic(first.counts())), float(statistic(second.counts()))
    chance = np.concatenate(list(_exchanged(first, second, statistic, samples, seed)))
    # The observed pairing is itself one of the exchanges; counting it keeps p above zero. The slack is for rounding.
    extreme = (1 + int((np.abs(chance) >= abs(b - a) - 1e-12).sum())) / (1 + len(chance))
    p_value = float("nan") if np.isnan(b - a) else extreme
    alone = (int((x.correct & ~y.correct).sum()) for x, y in ((first, second), (second, first)))
    return Comparison(a, b, _interval(b - a, drawn, level), p_value, *alone)


def _resamples(people: int, samples: int, seed: int) -> Iterator[Weights]:
    """Chunks (b, people) of how often each person was drawn."""
    rng = np.random.default_rng(seed)
    for start in range(0, samples, CHUNK):
        drawn = rng.integers(people, size=(min(CHUNK, samples - start), people))
        yield np.stack([np.bincount(row, minlength=people) for row in drawn])


def _exchanged(
    first: Outcomes, second: Outcomes, statistic: Statistic, samples: int, seed: int
) -> Iterator[Floats]:
    """Chunks (b,) of differences with first and second exchanged for a random half of the people."""
    rng = np.random.default_rng([seed, 1])
    for start in range(0, samples, CHUNK):
        keep = rng.integers(2, size=(min(CHUNK, samples - start), len(first.correct)))
        a, b = (_weighted(first, k) + _weighted(second, 1 - k) for k in (keep, 1 - keep))
        yield statistic(b) - statistic(a)


def _weighted(outcomes: Outcomes, weights: Weights) -> Counts:
    """Counts (b, ...) of people weighted by (b, N)."""
    shape = (len(weights), *outcomes.correct.shape[1:])
    parts = (outcomes.correct, outcomes.counted)
    # Whole numbers: exact, and no BLAS threads to wait for each other over products this thin.
    correct, counted = (
        (weights @ part.reshape(len(part), -1).astype(np.int64)).reshape(shape) for part in parts
    )
    return Counts(correct, counted)


def _interval(value: float, drawn: Floats, level: float) -> Interval:
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return Interval(value, float("nan"), float("nan"), level)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), level)
