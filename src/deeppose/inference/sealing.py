"""A model's file holds its own hash, so that a flipped byte is found when it is loaded.

The hash is SHA-256 of the whole file, with zeros where the hash stands: the metadata are covered as the parameters are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deeppose.errors import ModelError

KEY = "sha256"
"""In the metadata's JSON."""

UNSEALED = {KEY: "0" * 64}
"""What the metadata of a file hold before it is `sealed`."""

_PLACE = re.compile(rb'"sha256": "([0-9a-f]{64})"')


def sealed(content: bytes) -> bytes:
    """The file with its hash in the place that its metadata keep for it.

    Raises:
        ModelError: there is no such place, or more than one.
    """
    start, end = _place(content)
    return content[:start] + _hash(content, start, end) + content[end:]


def resealed(content: bytes) -> bytes:
    """A file made of another one, with its own hash in the place of the other's; as it is where that held none."""
    return sealed(content) if _PLACE.search(content) else content


def check(path: Path, said: Mapping[str, Any], required: bool = False) -> None:
    """Compare the file with the hash that its metadata, `said`, hold.

    Args:
        required: files of its kind always hold one.

    Raises:
        ModelError: they differ, or there is none where there must be.
    """
    if KEY not in said and not required:
        return
    content = path.read_bytes()
    start, end = _place(content, path)
    if content[start:end] != _hash(content, start, end):
        raise ModelError(
            f"{path}: damaged, or changed since it was exported (its SHA-256 differs); fetch or export it again"
        )


def _place(content: bytes, name: object = "a model's file") -> tuple[int, int]:
    places = [match.span(1) for match in _PLACE.finditer(content)]
    if len(places) != 1:
        raise ModelError(f"{name}: has {len(places) or 'no'} place for its SHA-256, not one; export it again")
    return places[0]


def _hash(content: bytes, start: int, end: int) -> bytes:
    digest = hashlib.sha256(memoryview(content)[:start])
    digest.update(b"0" * (end - start))
    digest.update(memoryview(content)[end:])
    return digest.hexdigest().encode()
