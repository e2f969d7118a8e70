"""The bytes of a picture: a path, a file's content, an open file or a pipe, as a file that can be searched."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from typing import IO

from deeppose.errors import ImageError

MAX_BYTES = 1_000_000_000
"""The most that is read of a pipe, which does not say how long it is."""

Source = str | os.PathLike[str] | bytes | IO[bytes]
"""A file's path, its content, or an open binary file."""


def name_of(source: Source) -> str:
    """How messages call a source."""
    if isinstance(source, bytes):
        return "picture"
    return str(source if isinstance(source, str | os.PathLike) else getattr(source, "name", "picture"))


@contextlib.contextmanager
def searchable(source: Source) -> Iterator[IO[bytes]]:
    """The source as a binary file that can be searched.

    Raises:
        ImageError: a pipe gives more than `MAX_BYTES`.
    """
    if isinstance(source, str | os.PathLike):
        with open(source, "rb", opener=_without_waiting) as file:
            yield _seekable(file)
    else:
        yield io.BytesIO(source) if isinstance(source, bytes) else _seekable(source)


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
