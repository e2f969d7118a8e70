"""Poses drawn on pictures: right limbs warm, left limbs cold, what the model is unsure of faded and hollow."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deeppose.poses import Poses
from deeppose.show.palette import CASING, LOW, Colour, colour
from deeppose.skeleton import Skeleton
from deeppose.types import Pixels

SOFTWARE, DRAWN = 0x0131, "deeppose drawing"
"""The EXIF field of a drawing's file that says who made it, and what it says: drawings are no inputs."""

_SUBPIXEL = 4  # OpenCV's fixed-point coordinates: sixteenths of a pixel


def draw(picture: Pixels, poses: Poses, low: float = LOW, width: int | None = None) -> Pixels:
    """All poses on a copy of the picture, in its own size unless a width is given.

    Args:
        picture: (H, W, 3) uint8 RGB.
        poses: in pixels of the picture.
        low: joints scoring less are drawn hollow.
        width: of the drawing in pixels.

    Returns:
        (H', W', 3) uint8 RGB.
    """
    canvas, zoom = picture.copy(), 1.0
    if width is not None and width != picture.shape[1]:
        height = max(1, round(picture.shape[0] * width / picture.shape[1]))
        canvas, zoom = resized(picture, max(width, height))
    for joints, scores in zip(poses.joints, poses.scores, strict=True):
        thick = line_width(joints * zoom, max(canvas.shape[:2]))
        draw_pose(canvas, joints * zoom, scores >= low, poses.skeleton, thick)
    return canvas


def resized(picture: Pixels, long_side: int) -> tuple[Pixels, float]:
    """A copy whose longer side is `long_side` pixels, and the factor from old to new pixels."""
    zoom = long_side / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * zoom)), max(1, round(picture.shape[0] * zoom)))
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8), zoom


def draw_pose(
    canvas: Pixels, joints: NDArray[np.float64], sure: NDArray[np.bool_], skeleton: Skeleton, width: int
) -> None:
    """One pose (K, 2) in canvas pixels, in place; joints that are not `sure` (K,) hollow, their limbs faded."""
    unsure = [(a, b) for a, b in skeleton.edges if not (sure[a] and sure[b])]
    if unsure:  # a copy of the picture a person is most of what drawing costs
        faded = canvas.copy()
        for a, b in unsure:
            _line(faded, joints[a], joints[b], colour(skeleton, a, b), max(1, width // 2))
        cv2.addWeighted(faded, 0.5, canvas, 0.5, 0, canvas)
    solid = [(a, b) for a, b in skeleton.edges if sure[a] and sure[b]]
    for a, b in solid:
        _line(canvas, joints[a], joints[b], CASING, width + 2 + width // 3)
    for a, b in solid:
        _line(canvas, joints[a], joints[b], colour(skeleton, a, b), width)
    dot = width if skeleton.edges else max(3, 2 * width)  # dots alone must be seen
    for k in range(len(skeleton)):
        _joint(canvas, joints[k], colour(skeleton, k), dot, bool(sure[k]))


def draw_ghost(canvas: Pixels, joints: NDArray[np.float64], skeleton: Skeleton, width: int) -> None:
    """Where a pose was before: thin white lines, half transparent, in place."""
    ghost = canvas.copy()
    for a, b in skeleton.edges:
        _line(ghost, joints[a], joints[b], (255, 255, 255), max(1, width // 3))
    cv2.addWeighted(ghost, 0.6, canvas, 0.4, 0, canvas)


def line_width(joints: NDArray[np.float64], side: int) -> int:
    """Pixels: about 1/80 of the pose's diagonal, within bounds that grow with the picture's longer side."""
    low, high = max(1.0, side / 500), max(2.0, side / 75)
    return round(float(np.clip(np.linalg.norm(np.ptp(joints, axis=0)) / 80, low, high)))


def save(path: Path, pixels: Pixels) -> None:
    """Write a drawing, in the format of the file's ending, with the mark that says so.

    Raises:
        ConfigError: the file cannot be written.
    """
    from deeppose import __version__, files

    exif = Image.Exif()
    exif[SOFTWARE] = f"{DRAWN}, {__version__}"
    form = Image.registered_extensions()[path.suffix.lower()]
    files.write(path, lambda file: Image.fromarray(pixels).save(file, form, quality=92, exif=exif))


def _fixed(point: NDArray[np.float64]) -> tuple[int, int]:
    """Our pixel centres lie at +0.5, OpenCV's at whole numbers; far points are clipped to what OpenCV can hold."""
    x, y = np.rint(np.clip(point - 0.5, -20_000, 20_000) * 2**_SUBPIXEL).astype(int)
    return int(x), int(y)


def _line(canvas: Pixels, a: NDArray[np.float64], b: NDArray[np.float64], ink: Colour, width: int) -> None:
    cv2.line(canvas, _fixed(a), _fixed(b), ink, width, cv2.LINE_AA, _SUBPIXEL)


def _joint(canvas: Pixels, at: NDArray[np.float64], ink: Colour, width: int, sure: bool) -> None:
    centre, radius = _fixed(at), round((0.9 * width + 1) * 2**_SUBPIXEL)
    thin = max(1, width // 3)
    if sure:
        cv2.circle(canvas, centre, radius, ink, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL)
        cv2.circle(canvas, centre, radius, CASING, thin, cv2.LINE_AA, _SUBPIXEL)
    else:
        cv2.circle(canvas, centre, radius, CASING, thin + 2, cv2.LINE_AA, _SUBPIXEL)
        cv2.circle(canvas, centre, radius, ink, thin, cv2.LINE_AA, _SUBPIXEL)
