"""Which files are pictures: as named, or anywhere below a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from deeppose.data.formats import SUFFIXES
from deeppose.errors import ImageError


def find_images(inputs: Iterable[str | Path]) -> list[Path]:
    """The pictures meant by files and folders: files as named, folders searched to any depth, each picture once.

    Raises:
        ImageError: a folder holds no picture.
    """
    found: dict[Path, Path] = {}
    for item in map(Path, inputs):
        inside = [item] if not _is(item.is_dir) else sorted(p for p in item.rglob("*") if _is_picture(p))
        if not inside:
            raise ImageError(
                f"{item}: no pictures in this folder; known endings: {' '.join(sorted(SUFFIXES))}"
            )
        for path in inside:
            found.setdefault(_resolved(path), path)
    return list(found.values())


def _is(question: Callable[[], bool]) -> bool:
    """The answer of `Path.is_dir` and its like; no for names that the system cannot look up."""
    with contextlib.suppress(OSError, ValueError):
        return question()
    return False


def _resolved(path: Path) -> Path:
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        return path.resolve()
    return path.absolute()


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and _is(path.is_file) and not path.name.startswith(".")
