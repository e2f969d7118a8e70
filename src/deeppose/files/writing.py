"""Files written whole under a temporary name and then renamed, the folders they go to, and the lock on a run's."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
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


def make(folder: Path, called: str = "") -> Path:
    """A folder, made with those above it where it is missing.

    Args:
        called: what the user calls it, such as "--out runs/1"; its path by default.

    Raises:
        ConfigError: it cannot be: a file is in its place, or nothing may be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file of that name is there" if folder.is_file() else error.strerror or error
        raise ConfigError(
            f"{called or folder}: cannot be written: {reason}; choose another folder"
        ) from error
    return folder


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold a run's folder, made if missing; the file ".lock" stays behind and means nothing when nobody holds it.

    Raises:
        ConfigError: another process holds it, or it cannot be written into.
    """
    path = folder / ".lock"
    try:
        file = (make(folder) / path.name).open("a+b")
    except OSError as error:
        raise _unwritable(path, error) from error
    with file:
        if not hold(file):
            raise ConfigError(f"{folder}: another run is writing here; wait for it, or name another folder")
        yield


def hold(file: IO[bytes]) -> bool:
    """Take the lock on an open file, which ends with the process; False: another process has it.

    Where the system or the file's disk knows no locks, everybody may.
    """
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
