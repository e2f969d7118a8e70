"""How much boxes overlap."""

from __future__ import annotations

from deeppose.rectangles import iou
from deeppose.types import Floats


def overlaps(a: Floats, b: Floats) -> Floats:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4), all cx, cy, w, h.

    >>> overlaps(np.array([[5.0, 5, 10, 10]]), np.array([[10.0, 5, 10, 10], [30, 30, 2, 2]])).round(3).tolist()
    [[0.333, 0.0]]
    """
    return iou(a[:, None], b[None])
