"""Finders that do not look: the whole picture is one person, or the user says where people are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeppose.errors import ConfigError
from deeppose.inference.found import Found
from deeppose.rectangles import corners
from deeppose.types import Floats


class FullImage:
    """The whole picture is one person, as on LSP in the paper."""

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """The box of the picture, score 1."""
        height, width = picture.shape[:2]
        return Found(np.array([[width / 2, height / 2, width, height]], np.float64), np.ones(1))


class GivenBoxes:
    """The same boxes in every picture.

    Args:
        boxes: (N, 4) or (4,) cx, cy, w, h in pixels, one person each; N may be 0.

    Raises:
        ConfigError: they are not numbers of that shape.
    """

    def __init__(self, boxes: ArrayLike) -> None:
        self.boxes = as_boxes(boxes)

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """The boxes, each of score 1.

        Raises:
            ConfigError: one lies outside the picture, or has no area.
        """
        for box in self.boxes:
            _check(box, picture.shape[1], picture.shape[0])
        return Found(self.boxes, np.ones(len(self.boxes)))


def as_boxes(boxes: ArrayLike) -> Floats:
    """Boxes (N, 4) of whatever was given.

    Raises:
        ConfigError: it is not numbers of shape (N, 4) or (4,).
    """
    try:
        people = np.array(boxes, np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"boxes must be numbers, (N, 4) cx, cy, w, h in pixels: {error}") from error
    people = people[None] if people.shape == (4,) else people.reshape(0, 4) if people.size == 0 else people
    if people.ndim != 2 or people.shape[1] != 4:
        raise ConfigError(f"boxes must be (N, 4) cx, cy, w, h in pixels, not of shape {people.shape}")
    return people


def _check(box: Floats, width: int, height: int) -> None:
    shown = f"box cx, cy, w, h = {', '.join(f'{v:g}' for v in box)}"
    if not np.isfinite(box).all() or (box[2:] < 1).any():
        raise ConfigError(f"{shown}: needs finite numbers, and a width and height of a pixel at least")
    low, high = corners(box)
    if (high <= 0).any() or low[0] >= width or low[1] >= height:
        raise ConfigError(f"{shown}: lies outside the picture of {width} x {height} pixels")
