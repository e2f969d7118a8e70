"""PCP as the Buffy Stickmen evaluation kit counts it (Eichner et al., TR 272, 2010; release 3).

A person is *detected* when the window around head and upper torso, derived from the predicted sticks, overlaps the
one derived from the true sticks by more than half (intersection over union). PCP counts detected people only; the
kit's own advice for the total is to multiply PCP by the detection rate.

A stick is correct when both ends lie less than t x its true length away *along* the true stick and less than that
*across* it: a square around each end where strict PCP has a circle. So for t <= 0.5 kit PCP is never below strict PCP
on the same people, but for ties, which the kit calls misses. Ends may be exchanged: the predicted stick is turned so
that its first end meets the nearer true end. Sticks with an unlabelled joint, and people not detected, do not count.
"""

from __future__ import annotations

import numpy as np

from deeppose.errors import ConfigError
from deeppose.evaluation.counts import Counts, Outcomes, relative
from deeppose.evaluation.limbs import sticks, sticks_labelled
from deeppose.rectangles import from_corners, iou
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

WINDOW_RATIO = 0.9
"""Height over width of the kit's upper-body window."""


def kit_outcomes(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    detected: Mask,
    threshold: float = 0.5,
) -> Outcomes:
    """Kit PCP of every person and limb, (N, L); `detected` is (N,), from `detected_people` or a real detector."""
    true, found = sticks(truth, skeleton), sticks(predicted, skeleton)
    away = _along_and_across(true, _turned(found, true))
    length = np.linalg.norm(true[..., 1, :] - true[..., 0, :], axis=-1)
    inside = (relative(np.abs(away), length[..., None, None]) < threshold).all((-1, -2)) & (length > 0)
    counted = sticks_labelled(labelled, skeleton) & detected[:, None]
    return Outcomes(inside & counted, counted)


def kit_pcp(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    detected: Mask,
    threshold: float = 0.5,
) -> Counts:
    """Kit PCP counts of every limb, (L,).

    >>> from deeppose.skeleton import build
    >>> arm = build("arm", "left_elbow left_wrist", {"left_elbow-left_wrist": "lower arm"}, torso=())
    >>> truth = np.array([[[0.0, 0.0], [0.0, 10.0]]])
    >>> everyone, both = np.ones(1, bool), np.ones((1, 2), bool)
    >>> kit_pcp(truth, both, truth + 4.0, arm, everyone).rate()  # 5.7 away, but 4 along and 4 across
    array([1.])
    >>> kit_pcp(truth, both, truth[:, ::-1], arm, everyone).rate()  # ends exchanged
    array([1.])
    """
    return kit_outcomes(truth, labelled, predicted, skeleton, detected, threshold).counts()


def _turned(found: Floats, true: Floats) -> Floats:
    """Predicted sticks with ends exchanged where the first lies nearer to the true second end."""
    to_ends = np.linalg.norm(found[..., :1, :] - true, axis=-1)
    exchanged = to_ends[..., 1] < to_ends[..., 0]
    return np.where(exchanged[..., None, None], found[..., ::-1, :], found)


def _along_and_across(true: Floats, found: Floats) -> Floats:
    """(..., L, 2, 2) offsets of both ends, in the frame of the true stick."""
    direction = true[..., 1, :] - true[..., 0, :]
    length = np.linalg.norm(direction, axis=-1, keepdims=True)
    unit = np.divide(direction, length, out=np.zeros_like(direction), where=length > 0)
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1)
    return np.asarray(np.einsum("...ed,...ad->...ea", found - true, np.stack([unit, across], axis=-2)))


def detected_people(truth: Floats, labelled: Mask, predicted: Floats, skeleton: Skeleton) -> Mask:
    """(N,) the predicted pose's window overlaps the true one's by more than half.

    A person whose torso or head stick is not labelled has no true window, and is not detected.

    Raises:
        ConfigError: the skeleton has no torso or no head stick to derive a window from.
    """
    seen = sticks_labelled(labelled, skeleton)
    known = seen[:, _index(skeleton, "torso")] & seen[:, _index(skeleton, "head")]
    return known & (iou(_window(truth, skeleton), _window(predicted, skeleton)) > 0.5)


def _window(joints: Floats, skeleton: Skeleton) -> Floats:
    """(N, 4) boxes cx, cy, w, h: from the head down to the middle of the torso, centred between the two."""
    torso, head = (sticks(joints, skeleton)[:, _index(skeleton, kind)] for kind in ("torso", "head"))
    middle, face = torso.mean(-2), head.mean(-2)
    top = np.concatenate([torso[..., 1], head[..., 1]], axis=-1).min(-1)
    bottom = np.maximum(head[..., 1].max(-1), middle[..., 1])
    centre, half = (middle[..., 0] + face[..., 0]) / 2, np.abs(bottom - top) / WINDOW_RATIO / 2
    return from_corners(np.stack([centre - half, top, centre + half, bottom], axis=-1))


def _index(skeleton: Skeleton, kind: str) -> int:
    kinds = [limb.kind for limb in skeleton.limbs]
    if kind not in kinds:
        raise ConfigError(
            f"skeleton {skeleton.name!r} has no {kind} stick: say who counts as detected yourself"
        )
    return kinds.index(kind)
