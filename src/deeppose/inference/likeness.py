"""How alike two people's poses are: OKS, in pixels of one picture or of two that follow each other."""

from __future__ import annotations

import numpy as np

from deeppose.data.boxes import tight_box
from deeppose.errors import ConfigError
from deeppose.evaluation.oks import AREA_OF_BOX, sigmas
from deeppose.poses import Poses
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

SHARE = 0.1
"""Sigma of the joints of a skeleton that has no published ones: about a hip's."""

SAME = 0.7
"""Two poses of one picture that are alike by so much are one person's: so are none of 1340 people in PoseTrack's labels
and one in a hundred found in COCO's pictures, but half of those found twice there."""


def likeness(
    joints: Floats, scores: Floats, others: Floats, their_scores: Floats, sigma: Floats, stray: Floats
) -> Floats:
    """(T, N): OKS of Lin et al.'s form, each joint weighed by the less sure of its two scores.

    Args:
        joints: (T, K, 2), whose sizes count.
        scores: (T, K).
        others: (N, K, 2).
        their_scores: (N, K).
        sigma: (K,) of the joints (`sigmas_of`).
        stray: (T,) how far joints can have strayed meanwhile, in sizes of the person: it widens every sigma.
    """
    size = sizes(joints)[:, None, None]
    variance = size**2 * ((2 * sigma) ** 2 + stray[:, None, None] ** 2)
    gap = ((joints[:, None] - others[None]) ** 2).sum(-1)
    weight = np.minimum(scores[:, None], their_scores[None]) + 1e-3
    each = np.exp(-gap / (2 * variance)) * weight
    return np.asarray(each.sum(-1) / weight.sum(-1))


def distinct(poses: Poses) -> Poses:
    """Everyone once: whoever is alike to someone surer by `SAME` or more is left out."""
    sure = poses.scores.mean(1) if poses.person_scores is None else poses.person_scores
    sigma, still = sigmas_of(poses.skeleton), np.zeros(len(poses))
    alike = likeness(poses.joints, poses.scores, poses.joints, poses.scores, sigma, still) >= SAME
    kept: list[int] = []
    for person in np.argsort(-sure, kind="stable").tolist():
        if not alike[kept, person].any():
            kept.append(person)
    return poses if len(kept) == len(poses) else poses[sorted(kept)]


def boxes(joints: Floats) -> Floats:
    """(N, 4) cx, cy, w, h of the extents of (N, K, 2)."""
    return tight_box(joints, np.ones(joints.shape[:2], bool), margin=0.0)


def sizes(joints: Floats) -> Floats:
    """(N,) roots of people's areas in pixels; someone seen end-on counts as a third as wide as long."""
    sides = np.ptp(joints, axis=1)
    longer = np.maximum(sides.max(1), 1.0)
    return np.asarray(np.sqrt(AREA_OF_BOX * longer * np.maximum(sides.min(1), longer / 3)))


def sigmas_of(skeleton: Skeleton) -> Floats:
    """(K,) published ones, or one for all."""
    try:
        return sigmas(skeleton)
    except ConfigError:
        return np.full(len(skeleton), SHARE)
