"""Reading pictures: whatever the file holds, (H, W, 3) uint8 RGB comes back, upright.

Pillow decodes, because it refuses a truncated file (OpenCV fills the rest with grey and says nothing). What is opened
and how large it may be stands in `formats.py`, how values become uint8 in `tones.py`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deeppose.data.binary import Source, name_of
from deeppose.data.formats import SUFFIXES, check_size, opened, orientation
from deeppose.data.limits import MAX_PIXELS
from deeppose.data.metadata import END
from deeppose.data.tones import LOG, Range, array_to_rgb, check_depth, to_rgb
from deeppose.errors import ImageError
from deeppose.types import Pixels

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "Range",
    "Source",
    "as_rgb",
    "read_frames",
    "read_image",
    "upright_size",
]

_UNSURE = (b"\x55", b"\xaa")
"""What a cut JPEG is continued by to see whether anything is missing."""


def read_image(source: Source, *, max_pixels: int | None = None, value_range: Range | None = None) -> Pixels:
    """(H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    Greyscale is repeated into three channels. 16-bit values are scaled so that 65535 becomes 255; floats and 32-bit
    integers by the least of 1, 255 and 65535 that holds them, saying so in the log "deeppose" where it is not 1.
    Transparent pixels are blended with mid-grey, the colour of everything outside a picture. CMYK is converted without
    colour profile. Of several frames or pages the first is read.

    Args:
        source: a path, a file's content, or an open binary file; a pipe is read to its end.
        max_pixels: the most that is decoded, `MAX_PIXELS` by default.
        value_range: which values of a 16-bit, 32-bit or float grey picture become 0 and 255; "auto" for its own
            least and greatest.

    Raises:
        ImageError: the file is missing, empty, truncated, too large or not a picture; the message names it.
    """
    try:
        with opened(source, max_pixels) as picture:
            return _upright(name_of(source), picture, value_range)
    except ImageError as error:
        content = _cut_jpeg(source, error)
        if content is None:
            raise
        with contextlib.suppress(ImageError):
            return _completed(content, name_of(source), max_pixels)
        raise


def read_frames(source: Source, *, value_range: Range | None = None) -> Iterator[tuple[Pixels, float | None]]:
    """Every frame of an animation (GIF, WebP, APNG, AVIF) with its duration in seconds, every page of a TIFF with None.

    Raises:
        ImageError: as `read_image`; also of a frame in the middle, after those before it.
    """
    name = name_of(source)
    with opened(source) as picture:
        count = 1 if picture.format in ("MPO", "JPEG") else getattr(picture, "n_frames", 1)
        for index in range(1 if count > 1 and getattr(picture, "default_image", False) else 0, count):
            picture.seek(index)
            check_size(name, picture)
            pixels = _upright(name, picture, value_range)
            yield pixels, _duration(picture) if count > 1 else None


def upright_size(source: Source) -> tuple[int, int]:
    """(width, height) in pixels of the picture that `read_image` gives, from its header alone.

    Raises:
        ImageError: as `read_image`, but damage behind the header is not seen.
    """
    with opened(source) as picture:
        width, height = picture.size
        return (height, width) if orientation(picture) >= 5 else (width, height)


def as_rgb(
    image: NDArray[Any] | Source | Image.Image, *, bgr: bool = False, value_range: Range | None = None
) -> Pixels:
    """A picture given as a path, a file's content, an open file, a Pillow picture or an array, as (H, W, 3) uint8 RGB.

    Args:
        image: arrays are (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) with alpha; of uint8, of uint16 (65535 is white)
            or of floats from 0 to 1.
        bgr: an array's colours are in OpenCV's order.
        value_range: which values of an array of another range, or of a deep grey file, become 0 and 255.

    Raises:
        ImageError: the file cannot be read, or the array is not a picture; says what it is instead.
    """
    if isinstance(image, Image.Image):
        return _upright("picture", image.copy() if not image.readonly else image, value_range)
    if _is_source(image):
        return read_image(image, value_range=value_range)
    if not isinstance(image, np.ndarray) and hasattr(image, "__array__"):
        image = np.asarray(image)
    if not isinstance(image, np.ndarray):
        raise ImageError(
            f"a picture is a path, bytes, a file, a Pillow picture or an array, not {type(image).__name__}; "
            "use numpy.asarray(picture)"
        )
    return array_to_rgb(image, bgr, value_range)


def _is_source(image: object) -> TypeGuard[Source]:
    return isinstance(image, str | os.PathLike | bytes) or hasattr(image, "read")


def _upright(name: str, picture: Image.Image, value_range: Range | None) -> Pixels:
    check_depth(name, picture)
    turn = orientation(picture)
    picture.load()
    return to_rgb(name, picture, turn, value_range)


def _duration(picture: Image.Image) -> float | None:
    """Seconds; None for pages. What lasts nothing lasts a tenth of a second, as browsers show it."""
    if picture.format == "TIFF":
        return None
    return float(picture.info.get("duration") or 100) / 1000


def _cut_jpeg(source: Source, error: ImageError) -> bytes | None:
    """The content of a JPEG that is refused for being truncated."""
    if "truncated" not in str(error):
        return None
    content = source if isinstance(source, bytes) else _content(source)
    return content.rstrip(b"\xff") if content.startswith(b"\xff\xd8") else None


def _content(source: str | os.PathLike[str] | IO[bytes]) -> bytes:
    if isinstance(source, str | os.PathLike):
        return Path(source).read_bytes()
    if not source.seekable():
        return b""
    source.seek(0)
    return source.read()


def _completed(content: bytes, name: str, max_pixels: int | None) -> Pixels:
    """The pixels of a JPEG that lacks nothing but its end: whatever stands behind its last byte changes none of them.

    Raises:
        ImageError: pixels are missing.
    """
    seen = set()
    for more in _UNSURE:
        with opened(content + more * 64 + END, max_pixels) as picture:
            pixels = _upright(name, picture, None)
        seen.add(hashlib.sha256(pixels.data).digest())
    if len(seen) > 1:
        raise ImageError(f"{name}: truncated")
    LOG.warning("%s: a JPEG without its end marker; every pixel is there", name)
    return pixels
