"""The two ends of the predictor: from a picture and boxes to canvases, and from canvas pixels back to the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.data.canvas import Canvas, cut
from deeppose.inference.found import Found
from deeppose.inference.turning import looks, surest, turned, turned_boxes
from deeppose.types import Floats

OUTSIDE = 0.1
"""The most a joint outside the picture may score: nobody can see it there, whatever the network believes."""


@dataclass(frozen=True, eq=False)
class Placed:
    """The N people of one picture, each on L canvases, one a way up: look after look, people in order within one.

    Attributes:
        size: (H, W) of the picture.
        found: the people.
        quarters: (L,) the quarter turns of each look.
        canvases: L x N of them.
        boxes: (L x N, 4) float32 cx, cy, w, h in canvas pixels.
    """

    size: tuple[int, int]
    found: Found
    quarters: tuple[int, ...]
    canvases: list[Canvas]
    boxes: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.canvases)


def place(picture: NDArray[np.uint8], found: Found, turns: int, context: float, side: int) -> Placed:
    """Every person on canvases of `side` pixels, with `context` times their box around them.

    Raises:
        ConfigError: `turns` is none of `TURNS`.
    """
    size, quarters = (picture.shape[0], picture.shape[1]), looks(turns)
    grow = np.array([1.0, 1.0, context, context])
    canvases: list[Canvas] = []
    boxes = []
    for quarter in quarters:
        seen = np.rot90(picture, quarter)
        people = turned_boxes(found.boxes, size, quarter)
        canvases += [cut(seen, box * grow, side) for box in people]
        boxes += [
            canvas.box_to_canvas(box) for canvas, box in zip(canvases[-len(people) :], people, strict=True)
        ]
    return Placed(size, found, quarters, canvases, np.array(boxes, np.float32).reshape(-1, 4))


def lift(placed: Placed, joints: NDArray[np.float32], scores: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Each person's surest look: joints (N, S, K, 2) in pixels of the picture, and scores (N, S, K).

    Args:
        joints: (L x N, S, K, 2) canvas pixels; scores (L x N, S, K).
    """
    people = len(placed.found)
    seen = []
    for look, quarter in enumerate(placed.quarters):
        part = slice(look * people, (look + 1) * people)
        size = placed.size if quarter % 2 == 0 else placed.size[::-1]
        points = _to_picture(placed.canvases[part], joints[part].astype(np.float64))
        sure = scores[part].astype(np.float64)
        sure = np.where(_inside(points, size), sure, np.minimum(sure, OUTSIDE))
        seen.append((turned(points, size, -quarter), sure))
    return surest(seen)


def _to_picture(canvases: list[Canvas], joints: Floats) -> Floats:
    """(n, ..., 2) canvas pixels to picture pixels, each person with their own canvas."""
    lifted = [canvas.to_picture(j) for canvas, j in zip(canvases, joints, strict=True)]
    return np.stack(lifted) if lifted else joints


def _inside(joints: Floats, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """(...,) whether x and y lie within a picture of `size` (H, W)."""
    high = np.array([size[1], size[0]])
    return np.asarray(((joints >= 0) & (joints <= high)).all(axis=-1))
