"""Files: written whole under a temporary name and then renamed, read as what they claim to be, locked, named safely."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

from deeppose.errors import ConfigError, DataError


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


def printable(text: object) -> str:
    r"""Foreign text (file names, joint names, what a file says) for a terminal: what would steer it is spelt out.

    >>> printable("a\x1b[2Jb.jpg"), printable("b\u202eGPJ.exe"), printable("Ünïcode 人.jpg")
    ('a\\x1b[2Jb.jpg', 'b\\u202eGPJ.exe', 'Ünïcode 人.jpg')
    """
    return "".join(c if c.isprintable() or c == " " else _spelt(c) for c in str(text))


def _spelt(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def read_json(path: Path) -> Any:
    """What a JSON file holds: UTF-8, with or without a byte-order mark, UTF-16 or UTF-32.

    A number beyond what floats hold becomes infinite; readers take it for a missing one, as they do NaN.

    Raises:
        DataError: it is missing, empty, not JSON, nested too deeply, or names a key twice; says where.
    """
    content = read_bytes(path)
    try:
        return json.loads(content, parse_int=_integer, object_pairs_hook=_object)
    except RecursionError as error:
        raise DataError(f"{path}: nested too deeply to be data") from error
    except (ValueError, UnicodeError) as error:
        raise DataError(f"{path}: cannot be read as JSON: {error}") from error


def read_bytes(path: Path) -> bytes:
    """A whole file that is meant to hold something.

    Raises:
        DataError: it is missing, a folder, unreadable, empty, or Git LFS's note of a file that was never fetched.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise DataError(f"{path}: the file is empty")
    if content.startswith(b"version https://git-lfs"):
        raise DataError(f"{path}: Git LFS's note of the file, not the file; run git lfs pull")
    return content


_DIGITS = 308
"""Whole numbers of more digits are beyond every float."""


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


_OUTSIDE: ContextVar[bool] = ContextVar("outside", default=False)


@contextlib.contextmanager
def allowing_outside(allowed: bool = True) -> Iterator[None]:
    """While this lasts, data sets may name files outside their folders."""
    token = _OUTSIDE.set(allowed)
    try:
        yield
    finally:
        _OUTSIDE.reset(token)


def below(folder: Path, name: str) -> Path:
    """The file that a data set names, which lies below its folder. Links inside the folder may lead anywhere.

    Raises:
        DataError: the name leads out of the folder, or cannot be a file's.
    """
    outside = _leads_out(folder, name)
    if not name or "\0" in name or (outside and not _OUTSIDE.get()):
        raise DataError(
            f"{folder}: the data set names {printable(repr(name))}, which is not below this folder; "
            "allow that with --allow-outside if you trust the file"
        )
    return folder / name


def _leads_out(folder: Path, name: str) -> bool:
    """By its spelling: it begins with the parent's name, or is absolute and does not begin with the folder."""
    plain = os.path.normpath(name)
    if os.path.isabs(name):
        return ".." in Path(name).parts or not Path(plain).is_relative_to(os.path.abspath(folder))
    return plain.split(os.sep)[0] == ".."


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold a run's folder, made if missing; the file ".lock" stays behind and means nothing when nobody holds it.

    Raises:
        ConfigError: another process holds it, or it cannot be written into.
    """
    path = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise _unwritable(path, error) from error
    with file:
        if not _held(file):
            raise ConfigError(f"{folder}: another run is writing here; wait for it, or name another folder")
        yield


def _held(file: IO[bytes]) -> bool:
    """Take the lock, which ends with the process; where the system has none, everybody may."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
