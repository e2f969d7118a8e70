"""Opening a picture: the formats we read, the limits a header must keep, and which way up it is. Nothing is decoded.

Pillow would open whatever it knows, PostScript among it, which it hands to another program. Only `FORMATS` are opened,
here and nowhere else, and a size is refused before a decoder sees it.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import warnings
from collections.abc import Iterator
from typing import IO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from deeppose.data.metadata import later_exif, without_metadata
from deeppose.errors import ImageError, LargeImageError

with contextlib.suppress(ImportError):
    from PIL import AvifImagePlugin as AvifImagePlugin  # Pillow 11.3 and newer

PLUGINS = (
    BmpImagePlugin, GifImagePlugin, Jpeg2KImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin,
    PpmImagePlugin, TiffImagePlugin, WebPImagePlugin,
)  # fmt: skip
"""Imported so that Pillow need not import all it has. AVIF's is there where Pillow has it."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "DIB", "PPM", "JPEG2000", "AVIF")
"""What is opened, besides HEIF where pillow-heif is installed. An MPO is a JPEG, an APNG a PNG, PPM all of Netpbm's."""

HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

SUFFIXES = frozenset(s for s, name in Image.EXTENSION.items() if name in (*FORMATS, "MPO")) | HEIF_SUFFIXES
"""What a folder is searched for: every ending of `FORMATS`. A file named on its own may be called anything."""

MAX_PIXELS = 100_000_000
"""The most pixels of a picture unless the caller says otherwise: 100 megapixels keep within a gigabyte of memory."""

MAX_SIDE = 65_535
"""The longest side in pixels, JPEG's own limit."""

WEIGHTS = {"WEBP": 2.0, "JPEG2000": 2.4, "AVIF": 2.0, "HEIF": 2.0, "progressive": 1.3}
"""How many pixels a pixel counts for where a decoder takes that much more memory (`tests/test_images_safety.py`)."""

MAX_BYTES = 1_000_000_000
"""The most that is read of a pipe, which does not say how long it is."""

ORIENTATION = 0x0112

# Pillow warns of sizes that are checked here, and of damaged metadata, which costs nothing.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

Source = str | os.PathLike[str] | bytes | IO[bytes]
"""A file's path, its content, or an open binary file."""


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


def _most(max_pixels: int | None) -> int:
    return _limits[-1] if max_pixels is None else max_pixels


def name_of(source: Source) -> str:
    """How messages call a source."""
    if isinstance(source, bytes):
        return "picture"
    return str(source if isinstance(source, str | os.PathLike) else getattr(source, "name", "picture"))


@contextlib.contextmanager
def opened(source: Source, max_pixels: int | None = None) -> Iterator[Image.Image]:
    """A picture whose header has been read and found within the limits.

    Raises:
        ImageError: the file is missing, empty, no picture, or too large; names it, and what to do.
    """
    name = name_of(source)
    with _explained(name), _file(source) as file, _identified(file, name, max_pixels) as picture:
        yield picture


def check_size(name: str, picture: Image.Image, max_pixels: int | None = None) -> None:
    """Refuse a picture, or one of its frames, that is too large.

    Raises:
        ImageError: with the size and the remedy.
    """
    kind = "progressive" if picture.info.get("progressive") else str(picture.format)
    _check(name, picture.size, kind, _most(max_pixels))


def orientation(picture: Image.Image) -> int:
    """1 to 8 as in EXIF; 1 wherever it is missing, damaged, or stored as anything but such a number.

    Pillow turns TIFF itself while it decodes, and gives its size upright.
    """
    if picture.format == "TIFF":
        return 1
    try:
        _read_late_exif(picture)
        value = Image.Image.getexif(picture).get(ORIENTATION, 1)  # PNG's own decodes the whole picture
    except Exception:  # whatever a damaged block makes the parser raise, the pixels are there
        return 1
    return value if type(value) is int and 1 <= value <= 8 else 1


def _read_late_exif(picture: Image.Image) -> None:
    """PNG may keep its EXIF behind the pixels, where the header does not end yet."""
    if isinstance(picture, PngImagePlugin.PngImageFile) and "exif" not in picture.info and picture.fp:
        found = later_exif(picture.fp)
        if found:
            picture.info["exif"] = found


@contextlib.contextmanager
def _explained(name: str) -> Iterator[None]:
    """Whatever a file or a decoder raises, as an error that names the file."""
    try:
        yield
    except (ImageError, GeneratorExit):
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{name}: no such file") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: not a picture in a format we read") from error
    except Image.DecompressionBombError as error:
        raise LargeImageError(f"{name}: far too large for a picture; make it smaller") from error
    except MemoryError as error:
        raise ImageError(f"{name}: not enough memory to decode it; make it smaller") from error
    # Decoders raise whatever suits them on damaged bytes (OSError, SyntaxError, ValueError, struct.error, …).
    except Exception as error:
        raise ImageError(f"{name}: cannot be read as a picture: {error}") from error


@contextlib.contextmanager
def _file(source: Source) -> Iterator[IO[bytes]]:
    """The source as a binary file that can be searched."""
    if isinstance(source, str | os.PathLike):
        with open(source, "rb", opener=_without_waiting) as file:
            yield _seekable(file)
    else:
        yield io.BytesIO(source) if isinstance(source, bytes) else _seekable(source)


def piped(path: str) -> bytes:
    """What a named pipe gives until it ends; nothing where nobody writes into it.

    Raises:
        ImageError: it cannot be opened, or gives more than `MAX_BYTES`.
    """
    with _explained(path), _file(path) as file:
        return file.read()


def _without_waiting(path: str, flags: int) -> int:
    """Opens; a named pipe that nobody writes into would wait for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _seekable(file: IO[bytes]) -> IO[bytes]:
    """The file itself, or what a pipe gives until it ends. A pipe that nobody writes into ends at once."""
    if file.seekable():
        return file
    with contextlib.suppress(AttributeError, OSError, ValueError):
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.set_blocking(file.fileno(), True)
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ImageError(f"{name_of(file)}: more than {MAX_BYTES:,} bytes; give a file instead of a pipe")
    return io.BytesIO(content)


def _identified(file: IO[bytes], name: str, max_pixels: int | None) -> Image.Image:
    """The picture in a file; once more without its metadata where these are what cannot be read."""
    start = _head(file)
    if not start:
        raise ImageError(f"{name}: the file is empty")
    formats = (*FORMATS, *_heif(name, start))
    size = _webp_size(start)  # Pillow's reader of WebP allocates the whole canvas to read the header
    if size:
        _check(name, size, "WEBP", _most(max_pixels))
    known = [f for f in formats if f in Image.OPEN]
    try:
        picture: Image.Image = Image.open(file, formats=known)
    except (UnidentifiedImageError, ValueError, OSError, struct.error):
        file.seek(0)
        bare = without_metadata(file.read())
        if bare is None:
            raise
        picture = Image.open(io.BytesIO(bare), formats=known)
    check_size(name, picture, max_pixels)
    return picture


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    start = file.read(32)
    file.seek(0)
    return start


def _heif(name: str, start: bytes) -> tuple[str, ...]:
    """HEIF's name in Pillow if the file may be one and pillow-heif is there."""
    if start[4:8] != b"ftyp" or start[8:12] not in HEIF_BRANDS:
        return ()
    try:
        import pillow_heif
    except ImportError as error:
        if start[8:12] in (b"mif1", b"msf1"):  # AVIF's as well
            return ()
        raise ImageError(
            f"{name}: a HEIF picture; pip install 'deeppose[heic]', or save it as JPEG"
        ) from error
    pillow_heif.register_heif_opener()
    return ("HEIF",)


def _webp_size(start: bytes) -> tuple[int, int] | None:
    """Width and height that a WebP's first chunk states, else None."""
    if start[:4] != b"RIFF" or start[8:12] != b"WEBP" or len(start) < 30:
        return None
    if start[12:16] == b"VP8X":
        return _little(start[24:27]) + 1, _little(start[27:30]) + 1
    if start[12:16] == b"VP8L":
        bits = _little(start[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(start[26:28]) & 0x3FFF, _little(start[28:30]) & 0x3FFF


def _little(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


def _check(name: str, size: tuple[int, int], kind: str, limit: int) -> None:
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
