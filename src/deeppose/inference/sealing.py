"""A model's file holds its own hash, so that a flipped byte is found when it is loaded.

The hash is SHA-256 of the whole file, with zeros where the hash stands: the metadata are covered as the parameters are.
"""

from __future__ import annotations

import hashlib
import re

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


def check(name: str, content: bytes) -> None:
    """Compare the file with the hash it holds.

    Raises:
        ModelError: they differ.
    """
    start, end = _place(content)
    if content[start:end] != _hash(content, start, end):
        raise ModelError(
            f"{name}: damaged, or changed since it was exported (its SHA-256 differs); fetch or export it again"
        )


def _place(content: bytes) -> tuple[int, int]:
    places = [match.span(1) for match in _PLACE.finditer(content)]
    if len(places) != 1:
        raise ModelError(
            f"a model's file keeps one place for its SHA-256, not {len(places)}; export it again"
        )
    return places[0]


def _hash(content: bytes, start: int, end: int) -> bytes:
    digest = hashlib.sha256(memoryview(content)[:start])
    digest.update(b"0" * (end - start))
    digest.update(memoryview(content)[end:])
    return digest.hexdigest().encode()
