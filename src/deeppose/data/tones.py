"""A decoded picture's values as (H, W, 3) uint8 RGB: transparency, high depths and floats, and which way up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deeppose.data.canvas import FILL
from deeppose.errors import ImageError
from deeppose.types import Pixels

Range = tuple[float, float] | Literal["auto"]
"""Which values of a deep grey picture become 0 and 255; "auto" for its own least and greatest."""

LOG = logging.getLogger("deeppose")

RANGES = (1.0, 255.0, 65535.0)
"""Greatest values that float and 32-bit pictures are scaled by."""

_STRIP = 256
"""Rows converted at a time: a large picture is then held twice (Pillow's and ours), never four times."""

_PHOTOMETRIC, _PLANAR, _BITS = 262, 284, 258  # TIFF's tags


def check_depth(name: str, picture: Image.Image) -> None:
    """Refuse the TIFFs that Pillow decodes into noise: 16-bit colours in planes of their own.

    Raises:
        ImageError: with the remedy.
    """
    tags = getattr(picture, "tag_v2", {})
    bits = tags.get(_BITS, (8,))
    if tags.get(_PLANAR) == 2 and max(bits if isinstance(bits, tuple) else (bits,)) > 8:
        raise ImageError(
            f"{name}: a TIFF of {max(bits)}-bit colour planes; save it with interleaved colours, or in 8 bits"
        )


def to_rgb(name: str, picture: Image.Image, orientation: int, value_range: Range | None = None) -> Pixels:
    """(H, W, 3) uint8 RGB of a decoded picture, turned by its EXIF `orientation`; strip by strip, to bound memory."""
    width, height = picture.size
    swapped = orientation >= 5
    pixels = np.empty((width, height, 3) if swapped else (height, width, 3), np.uint8)
    stored = _as_stored(pixels, orientation)
    scale = _scale(name, picture, value_range)
    for top, strip in _strips(picture):
        stored[top : top + strip.height] = _strip(strip, scale)
    return pixels


def array_to_rgb(image: NDArray[Any], bgr: bool, value_range: Range | None) -> Pixels:
    """(H, W, 3) uint8 RGB of an array, as `images.as_rgb` says.

    Raises:
        ImageError: the array is no picture; says what it is instead.
    """
    channels = 1 if image.ndim == 2 else image.shape[-1] if image.ndim == 3 else 0
    if channels not in (1, 3, 4) or 0 in image.shape:
        raise ImageError(
            f"a picture array is (H, W), (H, W, 3) or (H, W, 4), not {image.shape}; put its channels last, one picture"
        )
    pixels = _bytes(image, value_range)
    if pixels.ndim == 2 or channels == 1:
        return np.repeat(pixels.reshape(*image.shape[:2], 1), 3, axis=2)
    colours = pixels[..., 2::-1] if bgr else pixels[..., :3]
    if channels == 3:
        return np.ascontiguousarray(colours) if bgr else pixels
    share = pixels[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(colours * share + FILL * (1 - share)), np.uint8)


def _bytes(image: NDArray[Any], value_range: Range | None) -> NDArray[np.uint8]:
    """An array's values as uint8."""
    if image.dtype == np.uint8 and value_range is None:
        return np.asarray(image, np.uint8)
    low, high = _array_range(image, value_range)
    values = (image.astype(np.float32) - low) * (255 / (high - low))
    return np.asarray(np.rint(np.clip(values, 0, 255)), np.uint8)


def _array_range(image: NDArray[Any], value_range: Range | None) -> tuple[float, float]:
    if image.dtype.kind not in "uif" or not np.isfinite(image).all():
        raise ImageError(f"a picture array has finite numbers, not {image.dtype}; convert it to uint8 RGB")
    if value_range == "auto":
        return float(image.min()), float(max(image.max(), image.min() + 1))
    if value_range is not None:
        return value_range
    if image.dtype == np.uint16:
        return 0.0, 65535.0
    if image.dtype.kind == "f" and image.min() >= 0 and image.max() <= 1:
        return 0.0, 1.0
    raise ImageError(
        f"a picture array is of uint8, or of floats from 0 to 1, not {image.dtype} from {image.min():g} to "
        f"{image.max():g}; convert it to uint8, or say which values are black and white (value_range)"
    )


def _as_stored(upright: Pixels, orientation: int) -> Pixels:
    """A view of the upright pixels in the order in which a file of that EXIF orientation stores them."""
    view = upright.transpose(1, 0, 2) if orientation in (5, 7) else upright
    if orientation in (6, 8):
        return np.rot90(upright, 1 if orientation == 6 else -1)
    rows = slice(None, None, -1 if orientation in (3, 4, 7) else 1)
    columns = slice(None, None, -1 if orientation in (2, 3, 7) else 1)
    return view[rows, columns]


def _strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    width, height = picture.size
    for top in range(0, height, _STRIP):
        yield top, picture.crop((0, top, width, min(top + _STRIP, height)))


def _strip(strip: Image.Image, scale: tuple[float, float] | None) -> Pixels:
    if scale is not None:
        low, high = scale
        values = np.nan_to_num(np.asarray(strip, np.float32), nan=low, posinf=max(scale), neginf=min(scale))
        grey = np.rint(np.clip((values - low) * (255.0 / (high - low)), 0, 255)).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if strip.has_transparency_data:
        over = Image.new("RGBA", strip.size, (FILL, FILL, FILL, 255))
        strip = Image.alpha_composite(over, strip.convert("RGBA"))
    return np.asarray(strip.convert("RGB"))


def _scale(name: str, picture: Image.Image, value_range: Range | None) -> tuple[float, float] | None:
    """The values that become 0 and 255, the first above the second where white is stored as 0; None for 8 bits."""
    if not picture.mode.startswith(("I", "F")):
        return None
    low, high = _range(name, picture, value_range)
    white_is_zero = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == 0
    return (high, low) if white_is_zero else (low, high)


def _range(name: str, picture: Image.Image, value_range: Range | None) -> tuple[float, float]:
    if value_range is not None and value_range != "auto":
        return value_range
    if value_range is None and (
        picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format != "TIFF")
    ):
        return 0.0, 65535.0
    least, most = _extremes(picture)
    fits = [top for top in RANGES if most <= top and not (top == 1 and picture.mode == "I")]
    if value_range is None and least >= 0 and fits:
        if fits[0] != 1:
            LOG.warning(
                "%s: values up to %g, taken as 0 to %g; --range LOW,HIGH says otherwise", name, most, fits[0]
            )
        return 0.0, fits[0]
    if value_range is None:
        LOG.warning(
            "%s: values from %g to %g, stretched to black and white; --range LOW,HIGH says otherwise",
            name,
            least,
            most,
        )
    return (least, most) if most > least else (least, least + 1)


def _extremes(picture: Image.Image) -> tuple[float, float]:
    """The least and the greatest finite value; 0 and 1 where there is none."""
    ends = [1.0, 0.0]
    found = False
    for _, strip in _strips(picture):
        values = np.asarray(strip, np.float64)
        values = values[np.isfinite(values)]
        if values.size:
            low, high = float(values.min()), float(values.max())
            ends = [min(ends[0], low), max(ends[1], high)] if found else [low, high]
            found = True
    return (ends[0], ends[1]) if found else (0.0, 1.0)
