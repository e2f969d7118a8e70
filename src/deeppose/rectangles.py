"""Boxes as rectangles: inside the program cx, cy, w, h (the paper's b); files have corners, or a corner and sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from deeppose.types import Floats


def from_corners(corners: ArrayLike) -> Floats:
    """(..., 4) x1, y1, x2, y2 to cx, cy, w, h.

    >>> from_corners([1.0, 2.0, 5.0, 4.0])
    array([3., 3., 4., 2.])
    """
    low, high = np.split(np.asarray(corners, np.float64), 2, axis=-1)
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def corners(boxes: ArrayLike) -> tuple[Floats, Floats]:
    """(..., 4) cx, cy, w, h to (..., 2) x1, y1 and (..., 2) x2, y2.

    >>> [corner.tolist() for corner in corners([3.0, 3.0, 4.0, 2.0])]
    [[1.0, 2.0], [5.0, 4.0]]
    """
    centre, size = np.split(np.asarray(boxes, np.float64), 2, axis=-1)
    return centre - size / 2, centre + size / 2


def from_corner_and_size(rectangles: ArrayLike) -> Floats:
    """(..., 4) x, y of the top left corner, width, height to cx, cy, w, h.

    >>> from_corner_and_size([1.0, 2.0, 4.0, 2.0])
    array([3., 3., 4., 2.])
    """
    low, size = np.split(np.asarray(rectangles, np.float64), 2, axis=-1)
    return np.concatenate([low + size / 2, size], axis=-1)


def corner_and_size(boxes: ArrayLike) -> Floats:
    """(..., 4) cx, cy, w, h to x, y of the top left corner, width, height.

    >>> corner_and_size([3.0, 3.0, 4.0, 2.0])
    array([1., 2., 4., 2.])
    """
    centre, size = np.split(np.asarray(boxes, np.float64), 2, axis=-1)
    return np.concatenate([centre - size / 2, size], axis=-1)


def grown(boxes: Floats, factor: float) -> Floats:
    """(..., 4) boxes with both sides `factor` times as long, about their middles."""
    return np.asarray(boxes * np.array([1.0, 1.0, factor, factor]))


def iou(a: Floats, b: Floats) -> Floats:
    """(...,) intersection over union of boxes (..., 4) cx, cy, w, h; 0 where neither has an area.

    >>> iou(np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 2, 2]))
    array(0.33333333)
    """
    (low_a, high_a), (low_b, high_b) = corners(a), corners(b)
    both = np.clip(np.minimum(high_a, high_b) - np.maximum(low_a, low_b), 0, None).prod(-1)
    either = a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - both
    return np.asarray(both / np.where(either > 0, either, 1.0))


def overlaps(a: Floats, b: Floats) -> Floats:
    """(N, M) the same of every box (N, 4) with every box (M, 4).

    >>> overlaps(np.array([[5.0, 5, 10, 10]]), np.array([[10.0, 5, 10, 10], [30, 30, 2, 2]])).round(3).tolist()
    [[0.333, 0.0]]
    """
    return iou(a[:, None], b[None])
