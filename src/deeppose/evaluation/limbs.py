"""PCP, the percentage of correct parts: is a limb where it should be, measured by its own length?

A limb is a stick between two ends; the torso's ends are the middles of the hips and of the shoulders.

| rule | a limb is correct when | source |
|---|---|---|
| strict | both ends are within t x its true length of their true places | paper, section 4.1 |
| loose | the mean of its two ends' errors is | paper, Table 1, rows marked * |

Denominator: limbs with every joint of both ends labelled; a limb with an unlabelled joint is not counted. A limb of
zero length is counted, and is correct only where it is met exactly. The Buffy kit's PCP is in `stickmen`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from deeppose.evaluation.counts import Counts, Outcomes, relative, within
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

Rule = Literal["strict", "loose"]

FOUR_KINDS = ("upper arm", "lower arm", "upper leg", "lower leg")
"""The limbs of the paper's Tables 1 and 2; "Ave." is the mean of these, not of all sticks."""


def sticks(joints: Floats, skeleton: Skeleton) -> Floats:
    """(..., K, 2) joints to (..., L, 2, 2): limb, end, x y, in the order of `skeleton.limbs`."""
    out = np.empty((*joints.shape[:-2], len(skeleton.limbs), 2, 2))
    for i, limb in enumerate(skeleton.limbs):
        out[..., i, 0, :] = joints[..., list(limb.start), :].mean(-2)
        out[..., i, 1, :] = joints[..., list(limb.end), :].mean(-2)
    return out


def sticks_labelled(labelled: Mask, skeleton: Skeleton) -> Mask:
    """(..., K) joints labelled to (..., L) limbs with every joint of both ends labelled."""
    out = np.empty((*labelled.shape[:-1], len(skeleton.limbs)), bool)
    for i, limb in enumerate(skeleton.limbs):
        out[..., i] = labelled[..., [*limb.start, *limb.end]].all(-1)
    return out


def pcp_outcomes(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    threshold: float = 0.5,
    rule: Rule = "strict",
) -> Outcomes:
    """PCP of every person and limb, (N, L).

    Args:
        truth: (N, K, 2) pixels.
        labelled: (N, K).
        predicted: (N, K, 2) pixels.
        skeleton: of K joints and L limbs.
        threshold: t, a fraction of the true limb's length.
        rule: "strict" max(d1, d2) <= t l; "loose" (d1 + d2) / 2 <= t l.
    """
    true = sticks(truth, skeleton)
    errors = np.linalg.norm(sticks(predicted, skeleton) - true, axis=-1)
    length = np.linalg.norm(true[..., 1, :] - true[..., 0, :], axis=-1)
    error = errors.max(-1) if rule == "strict" else errors.mean(-1)
    return within(relative(error, length), threshold, sticks_labelled(labelled, skeleton))


def pcp(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    threshold: float = 0.5,
    rule: Rule = "strict",
) -> Counts:
    """PCP counts of every limb, (L,); see `pcp_outcomes`.

    >>> from deeppose.skeleton import build
    >>> leg = build("leg", "left_hip left_knee", {"left_hip-left_knee": "upper leg"}, torso=())
    >>> truth = np.array([[[0.0, 0.0], [0.0, 10.0]]])
    >>> predicted = truth + np.array([[0.0, 0.0], [8.0, 0.0]])  # the knee is 8 of 10 away, the hip is right
    >>> pcp(truth, np.ones((1, 2), bool), predicted, leg).rate()
    array([0.])
    >>> pcp(truth, np.ones((1, 2), bool), predicted, leg, rule="loose").rate()
    array([1.])
    """
    return pcp_outcomes(truth, labelled, predicted, skeleton, threshold, rule).counts()


def by_kind(counts: Counts, skeleton: Skeleton) -> dict[str, Counts]:
    """Left and right pooled: counts (..., L) to one Counts (...) a limb kind, in the skeleton's order."""
    kinds = np.array([limb.kind for limb in skeleton.limbs])
    return {str(kind): counts[..., kinds == kind].pooled() for kind in dict.fromkeys(kinds)}


def mean_of_kinds(counts: Counts, skeleton: Skeleton) -> Floats:
    """(...) the paper's "Ave.": the mean over `FOUR_KINDS`, or over those of them the skeleton has; NaN if none."""
    kinds = by_kind(counts, skeleton)
    four = [kinds[kind] for kind in FOUR_KINDS if kind in kinds]
    if not four:
        return np.full(counts.total.shape[:-1], np.nan)
    return Counts(np.stack([c.correct for c in four], -1), np.stack([c.total for c in four], -1)).mean()


def mean_of_sticks(counts: Counts) -> Floats:
    """(...) the mean over all sticks, torso and head included: 10 of them on LSP, as the evaluation kits print."""
    return counts.mean()
