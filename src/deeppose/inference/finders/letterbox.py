"""Pictures at a detector's size, and its boxes back in the picture's own pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deeppose.types import Floats, Pixels

PAD = 114
"""The grey that YOLOX and RTMDet fill up with."""

STEP = 32
"""Detectors' coarsest stride: sides that are free are filled up to a multiple of it."""


@dataclass(frozen=True, eq=False)
class Letterbox:
    """A picture reduced or enlarged into the upper left corner of a grey rectangle.

    Attributes:
        pixels: (H', W', 3) RGB.
        zoom: (2,) of x and y: its pixels per pixel of the picture.
        size: (W, H) of the picture.
    """

    pixels: Pixels
    zoom: Floats
    size: Floats

    def to_picture(self, corners: Floats) -> Floats:
        """Boxes (N, 4) x1, y1, x2, y2 of the letterbox as cx, cy, w, h in the picture, cut at its edges."""
        points = np.clip(corners.reshape(-1, 2, 2) / self.zoom, 0, self.size)
        low, high = points[:, 0], points[:, 1]
        return np.concatenate([(low + high) / 2, high - low], axis=1)


def letterbox(picture: Pixels, side: int, fixed: tuple[int, int] | None = None) -> Letterbox:
    """Fit a picture to a longer side of `side` pixels, or into a rectangle `fixed` (H', W').

    Args:
        picture: (H, W, 3) RGB.
    """
    height, width = picture.shape[:2]
    zoom = min(fixed[0] / height, fixed[1] / width) if fixed else side / max(height, width)
    w, h = max(1, round(width * zoom)), max(1, round(height * zoom))
    small = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    rows, columns = fixed or (-(-h // STEP) * STEP, -(-w // STEP) * STEP)
    pixels = np.full((rows, columns, 3), PAD, np.uint8)
    pixels[:h, :w] = small
    return Letterbox(pixels, np.array([w / width, h / height]), np.array([width, height], np.float64))
