"""What kind of mistake a joint is (Ronchi & Perona, ICCV 2017, section 3.1).

A predicted joint i is compared, by keypoint similarity ks = exp(-d^2 / (2 area (2 sigma_i)^2)), with its true place,
its mirror joint's, and both of every other person in the picture; the nearest (largest ks) decides:

| kind | nearest | ks of it |
|---|---|---|
| good | its true place | >= 0.85 |
| jitter | its true place | 0.5 to 0.85 |
| inversion | its mirror joint, left for right | >= 0.5 |
| swap | the joint or its mirror on another person | >= 0.5 |
| miss | any | < 0.5 |

Denominator: labelled joints. An unlabelled joint is neither judged nor a candidate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeppose.evaluation.counts import Counts
from deeppose.evaluation.oks import similarity
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

KINDS = ("good", "jitter", "inversion", "swap", "miss")
NEAR, EXACT = 0.5, 0.85


def kinds(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    sigma: Floats,
    area: Floats,
    images: Sequence[int] | NDArray[np.int64] | None = None,
) -> Mask:
    """Which of `KINDS` every joint is: (5, N, K), exactly one True for a labelled joint, none for another.

    Args:
        truth: (N, K, 2) pixels.
        labelled: (N, K).
        predicted: (N, K, 2), row n the prediction for person n.
        skeleton: knows the mirror joints.
        sigma: (K,), from `oks.sigmas`.
        area: (N,) square pixels, from `oks.areas` or the data set.
        images: (N,) picture of each person; None if everyone is alone, when nothing can be a swap.
    """
    own = np.where(labelled, similarity(truth, predicted, sigma, area), 0.0)
    mirrored = _mirrored(truth, labelled, predicted, skeleton, sigma, area)
    others = (
        np.zeros_like(own)
        if images is None
        else _others(truth, labelled, predicted, skeleton, sigma, area, images)
    )
    best = np.maximum(np.maximum(own, mirrored), others)
    at_home, near = own >= best, best >= NEAR
    inverted = ~at_home & (mirrored >= others)
    verdicts = [
        at_home & (own >= EXACT), at_home & near & (own < EXACT), inverted & near, ~at_home & ~inverted & near, ~near,
    ]  # fmt: skip
    return np.stack(verdicts) & labelled


def _mirrored(
    truth: Floats, labelled: Mask, predicted: Floats, skeleton: Skeleton, sigma: Floats, area: Floats
) -> Floats:
    """(N, K) similarity to the mirror joint's true place; 0 on the midline and where it is unlabelled."""
    mirror = np.array(skeleton.mirror)
    candidate = labelled[:, mirror] & (mirror != np.arange(len(mirror)))
    return np.where(candidate, similarity(truth[:, mirror], predicted, sigma, area), 0.0)


def _others(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    sigma: Floats,
    area: Floats,
    images: Sequence[int] | NDArray[np.int64],
) -> Floats:
    """(N, K) largest similarity to the joint or its mirror on anyone else in the picture."""
    best, mirror = np.zeros(labelled.shape), np.array(skeleton.mirror)
    ids, group = np.unique(np.asarray(images), return_inverse=True)
    for people in (
        np.flatnonzero(group == g) for g in np.flatnonzero(np.bincount(group, minlength=len(ids)) > 1)
    ):
        for other in people:
            rest = people[people != other]
            for order in (np.arange(len(mirror)), mirror):
                there = np.broadcast_to(truth[other, order], predicted[rest].shape)
                near = similarity(there, predicted[rest], sigma, np.full(len(rest), area[other]))
                best[rest] = np.maximum(best[rest], near * labelled[other, order])
    return best


def counts(verdicts: Mask) -> Counts:
    """Counts (5, K) of (5, N, K) verdicts: of all labelled joints, how many are of each kind.

    >>> verdicts = np.zeros((5, 2, 1), bool); verdicts[0, 0] = verdicts[4, 1] = True
    >>> counts(verdicts).rate()[:, 0]
    array([0.5, 0. , 0. , 0. , 0.5])
    """
    correct = verdicts.sum(1, dtype=np.int64)
    return Counts(correct, np.broadcast_to(correct.sum(0), correct.shape))
