"""The canvas: the one way a picture becomes the array a cascade looks at, in training and in prediction alike.

A person's region of the picture is copied, at its native resolution or reduced with anti-aliasing, never enlarged,
onto a square uint8 canvas of fixed size. Everything after that (crops, joint boxes) happens in canvas pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 256
"""Side of the canvas in pixels: LSP's people are about 150 px long, so their context fits unreduced."""

FILL = 128
"""What lies outside the picture: mid-grey, zero after the networks' normalisation x / 127.5 - 1."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """A canvas and the similarity that ties it to its picture: canvas = (picture - origin) * scale.

    Attributes:
        pixels: (size, size, 3) uint8 RGB.
        origin: (2,) the canvas corner in picture pixels.
        scale: at most 1; canvas pixels per picture pixel.
    """

    pixels: NDArray[np.uint8]
    origin: NDArray[np.float64]
    scale: float

    def to_canvas(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) picture pixels to canvas pixels."""
        return (points - self.origin) * self.scale

    def to_picture(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) canvas pixels to picture pixels."""
        return points / self.scale + self.origin

    def box_to_canvas(self, box: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 4) cx, cy, w, h in picture pixels to canvas pixels."""
        return np.concatenate([self.to_canvas(box[..., :2]), box[..., 2:] * self.scale], axis=-1)


def cut(picture: NDArray[np.uint8], region: NDArray[np.float64], size: int = SIZE) -> Canvas:
    """Lay the region of a picture on a canvas, centred.

    Args:
        picture: (H, W, 3) uint8.
        region: (4,) cx, cy, w, h in pixels; may reach outside the picture, which is filled with `FILL`.
        size: side of the canvas.
    """
    centre, extent = region[:2], float(max(region[2:].max(), 1.0))
    scale = min(1.0, size / extent)
    # A whole-pixel corner at native resolution: the copy is then exact, with no resampling at all.
    origin = np.floor(centre - size / scale / 2)
    high = np.ceil(origin + size / scale)
    x0, y0 = np.maximum(origin, 0).astype(int)
    x1, y1 = np.minimum(high, (picture.shape[1], picture.shape[0])).astype(int)
    pixels = np.full((size, size, 3), FILL, np.uint8)
    if x1 > x0 and y1 > y0:
        corner = (np.array([x0, y0]) - origin) * scale
        _paste(pixels, picture[y0:y1, x0:x1], corner, scale)
    return Canvas(pixels, origin.astype(np.float64), scale)


def _paste(
    pixels: NDArray[np.uint8], part: NDArray[np.uint8], corner: NDArray[np.float64], scale: float
) -> None:
    """Place `part`, reduced by `scale`, with its corner at canvas position `corner`, in place."""
    if scale == 1.0:
        x, y = corner.astype(int)
        pixels[y : y + part.shape[0], x : x + part.shape[1]] = part
        return
    # INTER_AREA averages every source pixel; the affine then places the result at its sub-pixel position.
    height, width = (max(1, round(n * scale)) for n in part.shape[:2])
    zoom = scale * np.array([part.shape[1] / width, part.shape[0] / height])
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    shift = corner + 0.5 * zoom - 0.5  # OpenCV puts pixel centres at integers
    matrix = np.array([[zoom[0], 0, shift[0]], [0, zoom[1], shift[1]]])
    cv2.warpAffine(small, matrix, pixels.shape[:2], pixels, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
