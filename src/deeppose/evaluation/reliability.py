"""Do scores mean what they say? A score is the probability that a joint lies within 0.2 torso diagonals (PDJ@0.2).

| name | formula | source |
|---|---|---|
| reliability | joints binned by score: mean score against the share found | DeGroot & Fienberg, 1983 |
| ECE | mean over joints of abs(share found - mean score) of their bin | Naeini et al., AAAI 2015 |
| Brier | mean over joints of (score - found)^2 | Brier, 1950 |
| AUC | chance that a joint found scores above one not found, of equal scores one half | Hanley & McNeil, 1982 |

Denominator: labelled joints of predicted people whose torso diagonal is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeppose.types import Floats, Mask

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Joints that score from `low` to `high`: how many, their mean score and the share found (None for none)."""

    low: float
    high: float
    count: int
    score: float | None
    rate: float | None


@dataclass(frozen=True)
class Reliability:
    """The diagram of one stage and its three summaries, None with nothing to count."""

    joints: int
    ece: float | None
    brier: float | None
    auc: float | None
    bins: list[Bin]


def reliability(scores: Floats, found: Mask, counted: Mask, bins: int = BINS) -> Reliability:
    """The reliability of one stage's scores.

    Args:
        scores: (N, K) in [0, 1].
        found: (N, K) the joint is where it should be.
        counted: (N, K) which joints to look at.
        bins: how many, of equal width; the last holds the score 1.

    >>> stage = reliability(np.array([[0.05, 0.95]]), np.array([[False, True]]), np.ones((1, 2), bool), bins=2)
    >>> stage.bins[1].rate, round(stage.ece, 3), round(stage.brier, 4), stage.auc
    (1.0, 0.05, 0.0025, 1.0)
    """
    score, hit = scores[counted].clip(0, 1), found[counted]
    place = np.minimum((score * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, weights=w, minlength=bins) for w in (score, hit.astype(np.float64))]
    total = len(score)
    return Reliability(
        total,
        float(np.abs(sums[1] - sums[0]).sum() / total) if total else None,
        float(((score - hit) ** 2).mean()) if total else None,
        auc(score, hit),
        [_bin(i, bins, int(count[i]), float(sums[0][i]), float(sums[1][i])) for i in range(bins)],
    )


def auc(score: Floats, hit: Mask) -> float | None:
    """The chance that a hit scores above a miss, of equal scores one half; None without hits or without misses.

    Args:
        score: (M,).
        hit: (M,).

    >>> auc(np.array([0.2, 0.2, 0.9]), np.array([False, True, True]))
    0.75
    """
    _, level, count = np.unique(score, return_inverse=True, return_counts=True)
    hits = np.bincount(level, weights=hit.astype(np.float64), minlength=len(count))
    misses = count - hits
    pairs = hits.sum() * misses.sum()
    outscored = np.cumsum(misses) - misses / 2
    return float(hits @ outscored / pairs) if pairs else None


def _bin(index: int, bins: int, count: int, score: float, hits: float) -> Bin:
    means = (score / count, hits / count) if count else (None, None)
    return Bin(index / bins, (index + 1) / bins, count, *means)
