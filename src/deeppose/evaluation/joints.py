"""PDJ and its relatives: is a joint where it should be, measured by the size of the person?

All count a joint as found when |predicted - true| <= t x size, and differ in the size:

| name | size of a person | source |
|---|---|---|
| PDJ | torso diagonal, shoulder to opposite hip (`Diagonal` says which) | paper, section 4.1 |
| PCK | longer side of the box around the labelled joints | Yang & Ramanan, PAMI 2013 |
| PCKh | length of the head stick, or what the data set gives | Andriluka et al., CVPR 2014 |

Denominator: labelled joints of people whose size is known, that is whose every joint it is measured on is labelled;
nobody else counts. A size of zero is known, and finds only the joints met exactly.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from deeppose.errors import ConfigError
from deeppose.evaluation.counts import Counts, Outcomes, relative, within
from deeppose.evaluation.limbs import sticks, sticks_labelled
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

Diagonal = Literal["first", "other", "mean", "longest", "preferred"]
"""Which of `Skeleton.torso`: the first (left shoulder to right hip), the other, the mean or the longer of these two,
or for each person the first whose joints are labelled."""

Sizes = tuple[Floats, Mask]
"""(N,) size of each person in pixels, (N,) whether it is known."""


def errors(truth: Floats, predicted: Floats) -> Floats:
    """(..., K, 2) twice to (..., K) Euclidean distances in pixels."""
    distances: Floats = np.linalg.norm(predicted - truth, axis=-1)
    return distances


def torso_sizes(truth: Floats, labelled: Mask, skeleton: Skeleton, diagonal: Diagonal = "first") -> Sizes:
    """diam(y) of every person (section 3.2), by the chosen diagonal; mean and longest need both labelled.

    >>> from deeppose.skeleton import LSP
    >>> truth, seen = np.zeros((1, 14, 2)), np.ones((1, 14), bool)
    >>> truth[0, 9] = 3, 4
    >>> [torso_sizes(truth, seen, LSP, d)[0].item() for d in ("first", "other", "mean", "longest")]
    [5.0, 0.0, 2.5, 5.0]
    """
    a, b = _diagonal_ends(skeleton, diagonal)
    lengths = np.linalg.norm(truth[:, a] - truth[:, b], axis=-1)
    known = labelled[:, a] & labelled[:, b]
    if diagonal == "preferred":
        first = known.argmax(-1)[:, None]
        return np.take_along_axis(lengths, first, 1)[:, 0], np.any(known, axis=-1)
    return (lengths.max(-1) if diagonal == "longest" else lengths.mean(-1)), np.all(known, axis=-1)


def diagonal_name(skeleton: Skeleton, diagonal: Diagonal) -> str:
    """For a caption.

    >>> from deeppose.skeleton import LSP
    >>> diagonal_name(LSP, "first")
    'left_shoulder-right_hip'
    """
    a, b = _diagonal_ends(skeleton, diagonal)
    names = [f"{skeleton.joints[i]}-{skeleton.joints[j]}" for i, j in zip(a, b, strict=True)]
    words = {"mean": "mean of", "longest": "longer of", "preferred": "first labelled of"}
    return f"{words[diagonal]} {', '.join(names)}" if diagonal in words else names[0]


def _diagonal_ends(skeleton: Skeleton, diagonal: Diagonal) -> tuple[list[int], list[int]]:
    spans = {"first": slice(0, 1), "other": slice(1, 2), "preferred": slice(None)}
    chosen = skeleton.torso[spans.get(diagonal, slice(0, 2))]
    if not chosen:
        raise ConfigError(
            f"skeleton {skeleton.name!r} has no {diagonal} torso diagonal: PDJ needs one; use PCK"
        )
    return [a for a, _ in chosen], [b for _, b in chosen]


def box_sizes(truth: Floats, labelled: Mask) -> Sizes:
    """Longer side of the axis-parallel box around the labelled joints; unknown for a person with none."""
    known = np.any(labelled, axis=-1)
    low = np.where(labelled[..., None], truth, np.inf).min(-2)
    high = np.where(labelled[..., None], truth, -np.inf).max(-2)
    sides: Floats = np.where(known[:, None], high, 0.0) - np.where(known[:, None], low, 0.0)
    return sides.max(-1), known


def head_sizes(truth: Floats, labelled: Mask, skeleton: Skeleton) -> Sizes:
    """Length of the skeleton's head stick.

    Raises:
        ConfigError: the skeleton has no limb of kind "head".
    """
    heads = [i for i, limb in enumerate(skeleton.limbs) if limb.kind == "head"]
    if not heads:
        raise ConfigError(
            f"skeleton {skeleton.name!r} has no head stick: give PCKh the data set's own head sizes"
        )
    ends = sticks(truth, skeleton)[:, heads[0]]
    return np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1), sticks_labelled(labelled, skeleton)[:, heads[0]]


def found_outcomes(
    truth: Floats, labelled: Mask, predicted: Floats, sizes: Sizes, threshold: float
) -> Outcomes:
    """(N, K) at one threshold, by any size."""
    size, known = sizes
    return within(relative(errors(truth, predicted), size[:, None]), threshold, labelled & known[:, None])


def found(truth: Floats, labelled: Mask, predicted: Floats, sizes: Sizes, thresholds: Floats) -> Counts:
    """Counts (T, K) at T thresholds, by any size: PCK with `box_sizes`, PCKh with `head_sizes`.

    >>> truth = np.array([[[0.0, 0.0], [10.0, 4.0]]])
    >>> both = np.ones((1, 2), bool)
    >>> found(truth, both, truth + [[2.0, 0.0]], box_sizes(truth, both), np.array([0.1, 0.2])).rate()
    array([[0., 0.],
           [1., 1.]])
    """
    size, known = sizes
    counted = labelled & known[:, None]
    ratios = relative(errors(truth, predicted), size[:, None])
    hits = [_at_most(ratios[counted[:, k], k], thresholds) for k in range(truth.shape[1])]
    total = np.broadcast_to(counted.sum(0, dtype=np.int64), (len(thresholds), truth.shape[1]))
    return Counts(np.stack(hits, axis=-1), total)


def _at_most(values: Floats, thresholds: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(T,) how many values are <= each threshold; one sort serves a whole curve."""
    return np.searchsorted(np.sort(values), thresholds, side="right").astype(np.int64)


def pdj(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    thresholds: Floats,
    diagonal: Diagonal = "first",
) -> Counts:
    """Percent of detected joints: counts (T, K); `.mean()` is the (T,) mean over joints.

    Args:
        truth: (N, K, 2) pixels.
        labelled: (N, K).
        predicted: (N, K, 2) pixels.
        skeleton: names the torso diagonals; the first is left shoulder to right hip.
        thresholds: (T,) fractions of the torso diagonal.
        diagonal: which one.

    >>> from deeppose.skeleton import LSP
    >>> truth = np.zeros((1, 14, 2)); truth[0, 9] = 30, 40
    >>> predicted = truth.copy(); predicted[0, 0] = 10, 0
    >>> pdj(truth, np.ones((1, 14), bool), predicted, LSP, np.array([0.1, 0.2]))[:, 0].rate()
    array([0., 1.])
    """
    return found(
        truth, labelled, predicted, torso_sizes(truth, labelled, skeleton, diagonal), np.asarray(thresholds)
    )
