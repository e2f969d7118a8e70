"""The box stage 1 starts from, and the mean pose in it: the floor under every evaluation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from deeppose.data.annotation import Annotation
from deeppose.data.images import upright_size
from deeppose.skeleton import AIR, DIAMETER_FLOOR, Skeleton
from deeppose.types import Floats, Mask

BoxRule = Callable[[Annotation, tuple[int, int]], Floats]
"""(annotation, (width, height) of its picture) to the person's box (4,) in picture pixels."""


def tight_box(joints: Floats, labelled: Mask, margin: float = AIR) -> Floats:
    """The ground-truth box: the labelled joints' extent, enlarged on every side by `margin` of its longer side.

    Args:
        joints: (..., K, 2) pixels.
        labelled: (..., K); a pose with none gets a box of zeros.
        margin: what LSP's whole pictures leave, 0.16, unless a protocol says otherwise.

    Returns:
        (..., 4) cx, cy, w, h in pixels. It knows where the joints are: no detector does, so say that it was used.

    >>> tight_box(np.array([[0.0, 0.0], [100.0, 50.0]]), np.ones(2, bool))
    array([ 50.,  25., 132.,  82.])
    """
    seen = labelled[..., None]
    known = np.any(labelled, axis=-1)[..., None]
    low = np.where(known, np.where(seen, joints, np.inf).min(-2), 0.0)
    high = np.where(known, np.where(seen, joints, -np.inf).max(-2), 0.0)
    size = high - low
    return np.concatenate([(low + high) / 2, size + 2 * margin * size.max(-1, keepdims=True)], axis=-1)


def diameters(joints: Floats, labelled: Mask, skeleton: Skeleton) -> Floats:
    """(N,) diam(y) in pixels of poses (N, K, 2), at least 1: `model.geometry.diameter` without torch."""
    side = tight_box(joints, labelled, margin=0.0)[..., 2:].max(-1)
    diam = skeleton.share * side
    for a, b in reversed(skeleton.torso):
        length = np.linalg.norm(joints[..., a, :] - joints[..., b, :], axis=-1)
        diam = np.where(labelled[..., a] & labelled[..., b], length, diam)
    return np.asarray(np.maximum(np.maximum(diam, DIAMETER_FLOOR * side), 1.0))


def full_image_boxes(files: list[Path]) -> Floats:
    """(N, 4) cx, cy, w, h of whole pictures, upright; the headers alone are read.

    Raises:
        ImageError: a picture is missing or unreadable.
    """
    sizes = np.array([upright_size(file) for file in files], np.float64).reshape(-1, 2)
    return np.concatenate([sizes / 2, sizes], axis=1)


def mean_pose(joints: Floats, labelled: Mask, boxes: Floats) -> Floats:
    """(K, 2) mean of N(y; b) (eq. 1) over the people who have the joint labelled; 0, the box's centre, if nobody has.

    Args:
        joints: (N, K, 2) pixels.
        labelled: (N, K).
        boxes: (N, 4) cx, cy, w, h.
    """
    normal = (joints - boxes[:, None, :2]) / boxes[:, None, 2:]
    total = np.where(labelled[..., None], normal, 0.0).sum(0)
    return np.asarray(total / np.maximum(labelled.sum(0), 1)[:, None])


def placed(pose: Floats, boxes: Floats) -> Floats:
    """(N, K, 2) pixels: one normalised pose (K, 2) laid into every box (N, 4), the inverse of eq. 1."""
    return np.asarray(pose * boxes[:, None, 2:] + boxes[:, None, :2])
