"""Quarter turns: looking at a picture upside down or on its side, for acrobats."""

from __future__ import annotations

import numpy as np

from deeppose.errors import ConfigError
from deeppose.types import Floats

TURNS = {1: (0,), 2: (0, 2), 4: (0, 1, 2, 3)}
"""How many looks at a picture, and the quarter turns of each."""


def looks(turns: int) -> tuple[int, ...]:
    """The quarter turns of each look.

    Raises:
        ConfigError: `turns` is none of `TURNS`.
    """
    if turns not in TURNS:
        raise ConfigError(f"turns must be 1, 2 or 4, not {turns}")
    return TURNS[turns]


def turned(points: Floats, size: tuple[int, ...], quarters: int) -> Floats:
    """Points (..., 2) of a picture of `size` (H, W) after so many quarter turns to the left, as `np.rot90` turns it.

    >>> turned(np.array([[0.5, 0.5]]), (20, 30), 1)
    array([[ 0.5, 29.5]])
    """
    height, width = size
    for _ in range(quarters % 4):
        points = np.stack([points[..., 1], width - points[..., 0]], axis=-1)
        height, width = width, height
    return points


def turned_boxes(boxes: Floats, size: tuple[int, ...], quarters: int) -> Floats:
    """Boxes (N, 4) cx, cy, w, h after so many quarter turns to the left of a picture of `size` (H, W)."""
    sides = boxes[:, [3, 2]] if quarters % 2 else boxes[:, 2:]
    return np.concatenate([turned(boxes[:, :2], size, quarters), sides], axis=1)


def surest(looks: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Of several looks at N people each person's with the highest mean score after the last stage."""
    joints, scores = (np.stack(parts) for parts in zip(*looks, strict=True))
    best = scores[:, :, -1].mean(-1).argmax(0), np.arange(joints.shape[1])
    return joints[best], scores[best]
