"""Whom `run.py` measures, and from which boxes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from distortions import EFFECTS, Floats

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes, tight_box
from deeppose.errors import DataError
from deeppose.inference.finders.person import PersonFinder

SURROUNDED = ("loose box", "rotation")
DAMAGED = ("low resolution", "motion blur", "JPEG", "darkness")


@dataclass(frozen=True, eq=False)
class Group:
    """People measured together, with their boxes (N, 4), what the boxes are, and the effects to try on them.

    With a finder the boxes do not count: each is found in the picture as it is after the distortion.
    """

    name: str
    people: Dataset
    boxes: Floats
    box: str
    effects: tuple[str, ...]
    finder: PersonFinder | None = None


def read(root: Path, people: int, finder: PersonFinder) -> Iterator[Group]:
    """LSP, and of the others those that are there."""
    for name, split in {"lsp": "test", "parse": "test", "lspet": "last-1000"}.items():
        try:
            dataset = datasets.read(name, root / name, split)
        except DataError as error:
            if name == "lsp":
                raise
            print(f"left out: {error}", file=sys.stderr)
            continue
        some = Dataset(name, split, dataset.skeleton, dataset.annotations[:people], dataset.labels)
        yield from groups_of(some, finder)


def groups_of(people: Dataset, finder: PersonFinder) -> Iterator[Group]:
    """LSP's from full images, the others from ground-truth boxes; LSPet's, small in their pictures, found as well."""
    if people.name == "lsp":
        boxes = full_image_boxes([person.image for person in people.annotations])
        yield Group(people.name, people, boxes, "full-image", tuple(EFFECTS))
        return
    boxes = tight_box(people.joints(), people.labelled())
    if people.name == "lspet":
        yield Group(people.name, people, boxes, "ground-truth", SURROUNDED + DAMAGED)
        yield Group(people.name, people, boxes, "person", ("rotation", *DAMAGED), finder)
    else:
        yield Group(people.name, people, boxes, "ground-truth", SURROUNDED)
