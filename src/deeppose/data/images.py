"""Reading pictures: whatever the file holds, (H, W, 3) uint8 RGB comes back, upright.

Pillow decodes, because it refuses a truncated file (OpenCV fills the rest with grey and says nothing) and turns every
format by its EXIF orientation, alpha and TIFF included.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from deeppose.data.canvas import FILL
from deeppose.errors import ImageError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"})
"""What a folder is searched for; a file named on its own may be called anything."""

_STRIP = 256
"""Rows converted at a time: a 48-megapixel picture is then held twice (Pillow's and ours), never four times."""


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    Greyscale is repeated into three channels. 16-bit values are scaled so that 65535 becomes 255. Transparent pixels
    are blended with mid-grey, the colour of everything outside a picture. CMYK is converted without colour profile.

    Raises:
        ImageError: the file is missing, empty, truncated or not a picture; the message names it.
    """
    path = Path(path)
    try:
        if path.stat().st_size == 0:
            raise ImageError(f"{path}: the file is empty")
        with Image.open(path) as picture:
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            return _pixels(picture)
    except FileNotFoundError as error:
        raise ImageError(f"{path}: no such file") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path}: not a picture in a format we read") from error
    # Decoders raise whatever suits them on damaged bytes (OSError, SyntaxError, ValueError, struct.error, …).
    except (Exception, Image.DecompressionBombError) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError(f"{path}: cannot be read as a picture: {error}") from error


def find_images(inputs: Iterable[str | Path]) -> list[Path]:
    """The pictures meant by files and folders: files as named, folders searched to any depth, each picture once.

    Raises:
        ImageError: a folder holds no picture.
    """
    found: dict[Path, Path] = {}
    for item in map(Path, inputs):
        inside = [item] if not item.is_dir() else sorted(p for p in item.rglob("*") if _is_picture(p))
        if not inside:
            raise ImageError(
                f"{item}: no pictures in this folder; known endings: {' '.join(sorted(SUFFIXES))}"
            )
        for path in inside:
            found.setdefault(path.resolve(), path)
    return list(found.values())


def as_rgb(image: NDArray[np.uint8] | str | Path) -> NDArray[np.uint8]:
    """A picture given as a path or as an array, as (H, W, 3) uint8 RGB.

    Raises:
        ImageError: the file cannot be read, or the array is not (H, W, 3) or (H, W) uint8; says what it is instead.
    """
    if isinstance(image, str | Path):
        return read_image(image)
    if not isinstance(image, np.ndarray):
        raise ImageError(
            f"a picture is a path or an array, not {type(image).__name__}; use numpy.asarray(picture)"
        )
    grey_or_rgb = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if image.dtype != np.uint8 or not grey_or_rgb or 0 in image.shape:
        raise ImageError(
            f"a picture array is (H, W, 3) or (H, W) of uint8, not {image.shape} of {image.dtype}; "
            "scale it to 0..255 and convert it to RGB"
        )
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")


def _pixels(picture: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB of a loaded picture, converted strip by strip to bound the memory."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        pixels[top:bottom] = _strip(picture.crop((0, top, width, bottom)))
    return pixels


def _strip(strip: Image.Image) -> NDArray[np.uint8]:
    if strip.mode.startswith(
        "I"
    ):  # 16 bits in "I;16", "I;16B", …; Pillow clips these instead of scaling them
        return _grey(np.asarray(strip, np.float32) / 257.0)
    if strip.mode == "F":  # by convention 0..1
        return _grey(np.asarray(strip, np.float32) * 255.0)
    if strip.has_transparency_data:
        over = Image.new("RGBA", strip.size, (FILL, FILL, FILL, 255))
        strip = Image.alpha_composite(over, strip.convert("RGBA"))
    return np.asarray(strip.convert("RGB"))


def _grey(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.repeat(np.rint(np.clip(values, 0, 255)).astype(np.uint8)[..., None], 3, axis=2)
