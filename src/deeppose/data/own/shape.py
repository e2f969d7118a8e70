"""What labels show by themselves: which joints tell the size of a pose, how poses turn, whether mirrored ones occur."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from deeppose.data.boxes import tight_box
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

COMMON = 0.5
"""A pair that tells the size must be labelled in this share of people."""

LIKE = 1.5
"""Mirrored poses occur where the nearest real pose is at most so many times as far as a real pose's nearest other."""


def with_diameter(skeleton: Skeleton, joints: Floats, labelled: Mask) -> Skeleton:
    """The skeleton with a rule for diam(y): its own pairs, else the longest labelled pair on average and its like.

    Args:
        joints: (N, K, 2) pixels.
        labelled: (N, K).
    """
    side = tight_box(joints, labelled, margin=0.0)[:, 2:].max(-1)
    usable = (labelled.sum(-1) >= 2) & (side > 0)
    if skeleton.torso or not usable.any():
        return skeleton
    ratios = _ratios(joints[usable], labelled[usable], side[usable])
    mean = np.array([np.nan if not len(r) else r.mean() for r in ratios.values()])
    often = np.array([len(r) for r in ratios.values()]) >= COMMON * usable.sum()
    mean = np.where(often, mean, np.nan)
    if np.isnan(mean).all() or np.nanmax(mean) == 0:
        return replace(skeleton, share=1.0)
    pairs = list(ratios)
    best = [int(i) for i in np.argsort(-np.nan_to_num(mean))[:3] if mean[i] >= 0.8 * np.nanmax(mean)]
    share = float(np.clip(np.median(ratios[pairs[best[0]]]), 0.05, 1.5))
    return replace(skeleton, torso=tuple(pairs[i] for i in best), share=round(share, 3))


def _ratios(joints: Floats, labelled: Mask, side: Floats) -> dict[tuple[int, int], Floats]:
    """Lengths of every pair over the pose's longer side, for the people who have both labelled."""
    found = {}
    for a in range(joints.shape[1]):
        for b in range(a + 1, joints.shape[1]):
            both = labelled[:, a] & labelled[:, b]
            found[a, b] = np.linalg.norm(joints[both, a] - joints[both, b], axis=-1) / side[both]
    return found


@dataclass(frozen=True)
class Looks:
    """Which changed looks at a picture resemble other pictures of the same data.

    Attributes:
        mirror: mirrored poses occur, or the skeleton knows its pairs.
        rotate: standard deviation in degrees to turn by.
        tumble: share of looks to turn by any angle.
        why: a sentence each.
    """

    mirror: bool
    rotate: float
    tumble: float
    why: tuple[str, str]


def looks(skeleton: Skeleton, joints: Floats, labelled: Mask) -> Looks:
    """What poses (N, K, 2) show of turning and mirroring."""
    poses = _normal(joints, labelled)
    angles = _angles(poses, labelled)
    steady = float(np.abs(np.exp(1j * angles).mean())) if len(angles) else 1.0
    spread = float(np.degrees(np.sqrt(-2 * np.log(max(steady, 1e-6)))))
    turned = steady < 0.6
    rotate, tumble = (20.0, 0.8) if turned else (round(float(np.clip(spread, 8.0, 40.0)), 1), 0.0)
    turning = (
        f"poses are turned every way (angles agree by {steady:.2f} of 1): looks are turned by any angle"
        if turned
        else f"poses are turned by {spread:.0f} degrees: looks are turned by {rotate:.0f}"
    )
    paired = any(i != j for i, j in enumerate(skeleton.mirror))
    mirror, mirroring = (
        (True, "left and right joints are paired: half of the looks are mirrored")
        if paired
        else (_mirrored_occur(poses, labelled))
    )
    return Looks(mirror, rotate, tumble, (turning, mirroring))


def _normal(joints: Floats, labelled: Mask) -> Floats:
    """Poses with their labelled joints' mean at 0 and mean square radius 1; unlabelled joints 0."""
    count = np.maximum(labelled.sum(-1), 1)[:, None, None]
    inside = labelled[..., None]
    centred = np.where(inside, joints - np.where(inside, joints, 0).sum(1, keepdims=True) / count, 0)
    size = np.sqrt((centred**2).sum((1, 2), keepdims=True) / count)
    return np.asarray(centred / np.maximum(size, 1e-9))


def _angles(poses: Floats, labelled: Mask) -> Floats:
    """How far each pose is turned from a typical one: the angle of the best rotation between them."""
    full = labelled.sum(-1) == labelled.sum(-1).max()
    if not full.any():
        return np.zeros(0)
    flat = poses[..., 0] + 1j * poses[..., 1]
    first = flat[int(full.argmax())]
    turned = np.array([np.angle((pose * first.conj()).sum()) for pose in flat])
    mean = (flat * np.exp(-1j * turned)[:, None]).mean(0)
    angles = np.array([np.angle((pose * mean.conj()).sum()) for pose in flat])
    return np.asarray(np.angle(np.exp(1j * (angles - np.angle(np.exp(1j * angles).mean())))))


def _mirrored_occur(poses: Floats, labelled: Mask) -> tuple[bool, str]:
    """Without pairs only what the poses show counts: hands are left and right ones, a camera's mice are not."""
    whole = labelled.all(-1)
    some = poses[whole] if whole.sum() >= 8 else poses
    some = some[:200]
    flipped = some * np.array([-1.0, 1.0])
    own, others = _distances(some, some), _distances(flipped, some)
    np.fill_diagonal(own, np.inf)
    ratio = float(np.median(others.min(1)) / max(float(np.median(own.min(1))), 1e-9))
    if ratio <= LIKE:
        return (
            True,
            f"no joint has a side, and mirrored poses resemble real ones ({ratio:.1f}): looks are mirrored",
        )
    return False, (
        f"no joint has a side, and mirrored poses are {ratio:.1f} times as far from real ones as real ones are: no "
        "look is mirrored; declare pairs with --pairs to change that"
    )


def _distances(a: Floats, b: Floats) -> Floats:
    """(N, M) distances between poses after the best rotation of one onto the other."""
    x, y = a[..., 0] + 1j * a[..., 1], b[..., 0] + 1j * b[..., 1]
    agreement = np.abs(x @ y.conj().T)
    energy = (np.abs(x) ** 2).sum(1)[:, None] + (np.abs(y) ** 2).sum(1)[None]
    return np.asarray(np.sqrt(np.maximum(energy - 2 * agreement, 0)))
