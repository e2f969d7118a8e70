"""Files read as what they claim to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deeppose.errors import DataError

Record = dict[str, Any]
"""A JSON object."""

Id = int | str
"""What a file in COCO's format calls a picture or a person."""


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
