"""Opening a picture: the formats we read, and which way up it is. Nothing is decoded.

Pillow would open whatever it knows, PostScript among it, which it hands to another program. Only `FORMATS` are opened,
here and nowhere else, and a size is refused before a decoder sees it.
"""

from __future__ import annotations

import contextlib
import io
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

from deeppose.data.binary import Source, name_of, searchable
from deeppose.data.limits import check
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


ORIENTATION = 0x0112

# Pillow warns of sizes that are checked here, and of damaged metadata, which costs nothing.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@contextlib.contextmanager
def opened(source: Source, max_pixels: int | None = None) -> Iterator[Image.Image]:
    """A picture whose header has been read and found within the limits.

    Raises:
        ImageError: the file is missing, empty, no picture, or too large; names it, and what to do.
    """
    name = name_of(source)
    with _explained(name), searchable(source) as file, _identified(file, name, max_pixels) as picture:
        yield picture


def check_size(name: str, picture: Image.Image, max_pixels: int | None = None) -> None:
    """Refuse a picture, or one of its frames, that is too large.

    Raises:
        ImageError: with the size and the remedy.
    """
    kind = "progressive" if picture.info.get("progressive") else str(picture.format)
    check(name, picture.size, kind, max_pixels)


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


def piped(path: str) -> bytes:
    """What a named pipe gives until it ends; nothing where nobody writes into it.

    Raises:
        ImageError: it cannot be opened, or gives more than `MAX_BYTES`.
    """
    with _explained(path), searchable(path) as file:
        return file.read()


def _identified(file: IO[bytes], name: str, max_pixels: int | None) -> Image.Image:
    """The picture in a file; once more without its metadata where these are what cannot be read."""
    start = _head(file)
    if not start:
        raise ImageError(f"{name}: the file is empty")
    formats = (*FORMATS, *_heif(name, start))
    size = _webp_size(start)  # Pillow's reader of WebP allocates the whole canvas to read the header
    if size:
        check(name, size, "WEBP", max_pixels)
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
