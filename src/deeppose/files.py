"""The one writer of files: a temporary name in the same folder, then renamed, so that nobody sees half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from deeppose.errors import ConfigError


def write(path: Path, content: bytes | str | Callable[[IO[bytes]], object]) -> Path:
    """Write a whole file or leave the old one as it was.

    Args:
        path: its folder must exist.
        content: bytes, text (UTF-8), or a function that writes into an open binary file.

    Raises:
        ConfigError: it cannot be written; names the file and the reason.
    """
    try:
        handle, scratch = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "w+b") as file:
            _fill(file, content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(scratch, 0o666 & ~_umask())
        os.replace(scratch, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
    return path


def _fill(file: IO[bytes], content: bytes | str | Callable[[IO[bytes]], object]) -> None:
    if callable(content):
        content(file)
    else:
        file.write(content.encode() if isinstance(content, str) else content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: cannot be written: {error.strerror or error}; choose another place")


def cell(text: str) -> str:
    """Text for a cell of a table that no spreadsheet takes for a formula: a quote goes before = + - @ and controls.

    >>> cell("=1+1.jpg"), cell("a.jpg")
    ("'=1+1.jpg", 'a.jpg')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
