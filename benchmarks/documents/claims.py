"""Which kept result stands at which place of which document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import box_rows
import labels
import scores
import strain
from places import Place

ROOT = Path(__file__).parents[2]


def claims() -> Iterator[Place]:
    """Every place that is kept true."""
    yield from scores.lsp()
    yield from scores.other_sets()
    yield from scores.upper_bodies()
    yield from scores.peers()
    yield from scores.switches()
    yield from scores.trunks()
    yield from scores.portraits()
    yield from scores.reliability()
    yield from box_rows.table("What the box is worth", ("lsp", "parse", "buffy", "flic", "lspet"), "")
    yield from box_rows.table("The shipped `flic-compact`, stage 3", ("flic", "buffy"), "-flic-compact")
    yield from box_rows.stage_zero()
    yield from box_rows.person_first()
    yield from box_rows.upper_bodies()
    yield from box_rows.acrobats()
    yield from strain.robustness()
    yield from strain.speed()
    yield from labels.twins()


def differing(root: Path = ROOT) -> dict[str, tuple[str, str]]:
    """Document to (its text, its text with the results' numbers), of those that differ.

    Raises:
        LookupError: a place is not in its document.
    """
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for place in claims():
        text = old.setdefault(place.document, (root / place.document).read_text())
        new[place.document] = place.written(new.get(place.document, text))
    return {document: (text, new[document]) for document, text in old.items() if new[document] != text}
