"""What stands in a picture's file besides its pixels, and how to leave it out where it is damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"

PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})
"""PNG's chunks that make the picture; all others only describe it."""

END = b"\xff\xd9"
"""JPEG's last marker."""


def without_metadata(content: bytes) -> bytes | None:
    """The same file without descriptions (EXIF, XMP, colour profile, texts), or None for formats that need them."""
    if content.startswith(PNG):
        return _bare_png(content)
    if content.startswith(JPEG):
        return _bare_jpeg(content)
    if content[4:8] == b"ftyp":
        return content.replace(b"Exif", b"eXIF")  # an item of unknown kind, of the same length: nothing moves
    return None


def later_exif(file: IO[bytes]) -> bytes | None:
    """The content of a PNG's eXIf chunk, wherever it stands; the file's place is kept."""
    place = file.tell()
    try:
        file.seek(len(PNG))
        while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
            length = int.from_bytes(head[:4], "big")
            if head[4:] == b"eXIf":
                return file.read(length)
            file.seek(length + 4, 1)
    finally:
        file.seek(place)
    return None


def _bare_png(content: bytes) -> bytes:
    chunks = (
        chunk for kind, chunk in _chunks(content) if kind in PIXELS or (kind == b"eXIf" and _intact(chunk))
    )
    return PNG + b"".join(chunks)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, the whole chunk) of a PNG."""
    at = len(PNG)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8], content[at : at + 12 + length]
        at += 12 + length


def _intact(chunk: bytes) -> bool:
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def _bare_jpeg(content: bytes) -> bytes:
    """Everything but comments and application data; Adobe's says which colours are meant, so it stays."""
    kept, at = [JPEG], 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] not in (b"\xda", b""):
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        descriptive = marker == 0xFE or (0xE0 <= marker <= 0xEF and marker != 0xEE)
        kept += [] if descriptive else [content[at : at + 2 + length]]
        at += 2 + max(length, 2)
    return b"".join(kept) + content[at:]
