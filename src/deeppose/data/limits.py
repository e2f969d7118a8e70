"""How large a picture may be: what a gigabyte of memory holds, whatever its format."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from PIL import Image

from deeppose.errors import ImageError, LargeImageError

MAX_PIXELS = 100_000_000
"""The most pixels of a picture unless the caller says otherwise: 100 megapixels keep within a gigabyte of memory."""

MAX_SIDE = 65_535
"""The longest side in pixels, JPEG's own limit."""

WEIGHTS = {"WEBP": 2.0, "JPEG2000": 2.4, "AVIF": 2.0, "HEIF": 2.0, "progressive": 1.3}
"""How many pixels a pixel counts for where a decoder takes that much more memory (`tests/test_images_safety.py`)."""

_limits = [MAX_PIXELS]


@contextlib.contextmanager
def limited(max_pixels: int) -> Iterator[None]:
    """While this lasts, so many pixels are decoded at most, in this process, where a caller does not say otherwise."""
    ours, pillows = _limits[-1], Image.MAX_IMAGE_PIXELS
    _limits[-1] = max_pixels
    Image.MAX_IMAGE_PIXELS = None if pillows is None else max(pillows, max_pixels)
    try:
        yield
    finally:
        _limits[-1], Image.MAX_IMAGE_PIXELS = ours, pillows


def check(name: str, size: tuple[int, int], kind: str, max_pixels: int | None = None) -> None:
    """Refuse a picture that is too large, or empty.

    Args:
        name: what messages call it.
        size: its width and height.
        kind: its format, or another key of `WEIGHTS`.
        max_pixels: None for `MAX_PIXELS`, or what `limited` says.

    Raises:
        ImageError: with the size and the remedy.
    """
    limit = _limits[-1] if max_pixels is None else max_pixels
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(f"{name}: {width} x {height} pixels, an empty picture")
    if max(size) > MAX_SIDE:
        raise LargeImageError(
            f"{name}: {width} x {height} pixels; a side is at most {MAX_SIDE:,}; make it smaller"
        )
    weight = WEIGHTS.get(kind, 1.0)
    if width * height * weight > limit:
        most = f"{limit / weight / 1e6:.3g} megapixels" + (f" as {kind}" if weight > 1 else "")
        other = ", save it as JPEG," if weight > 1 else ","
        raise LargeImageError(
            f"{name}: {width} x {height} pixels; at most {most} are decoded; "
            f"make it smaller{other} or raise --max-pixels"
        )
