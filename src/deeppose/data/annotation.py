"""What every data-set reader returns: one `Annotation` a person, in one convention.

Readers convert at the door and nowhere else: joints are x, y in pixels of the original picture with pixel
centres at +0.5 (the picture's corner is (0, 0)); masks are boolean; an unlabelled joint's coordinates are 0 and
mean nothing. A joint whose numbers are no place (not finite, or further out than `FURTHEST`) is unlabelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

FURTHEST = 1e6
"""Pixels: no picture we read is as wide, so a coordinate beyond is damage, not a place."""


@dataclass(frozen=True, eq=False)
class Annotation:
    """One labelled person.

    Attributes:
        image: the picture's file.
        joints: (K, 2) x, y in pixels.
        labelled: (K,) the joint has coordinates.
        visible: (K,) labelled and not occluded.
        box: (4,) cx, cy, w, h of the person where the data set gives one, else None.
        torso: (4,) the same of the torso (FLIC), else None.
        head: the length in pixels that PCKh divides by (MPII: 0.6 of the head box's diagonal), else None.
        image_id: what the data set calls the picture, an integer or a string that means nothing else; None where
            pictures have names alone.
        id: what the data set calls the person, else None.
        row: puts people in the order of the data set's own files, whichever splits they are in.
        area: square pixels of the person where the data set gives them, else None.
        lost: (K,) called labelled by the file, whose numbers are no place; None for none.
    """

    image: Path
    joints: Floats
    labelled: Mask
    visible: Mask
    box: Floats | None = None
    torso: Floats | None = None
    head: float | None = None
    image_id: int | str | None = None
    id: int | str | None = None
    row: int = 0
    area: float | None = None
    lost: Mask | None = None

    def __post_init__(self) -> None:
        if np.abs(self.joints).max(initial=0.0) <= FURTHEST:  # never of NaN
            return
        known = places(self.joints)
        values = {
            "lost": (self.labelled & ~known) | (False if self.lost is None else self.lost),
            "joints": np.where(known[:, None], self.joints, 0.0),
            "labelled": self.labelled & known,
            "visible": self.visible & known,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def places(points: Floats) -> Mask:
    """(..., 2) to (...): which points could lie in or near a picture.

    >>> places(np.array([[1.0, 2.0], [np.nan, 2.0], [np.inf, 2.0], [1e300, 2.0]]))
    array([ True, False, False, False])
    """
    return np.asarray((np.abs(points) <= FURTHEST).all(axis=-1))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Annotations of one split, and the protocol words a caption needs.

    Attributes:
        name: as on the command line, e.g. "lsp".
        split: one of the data set's own, e.g. "train" or "test", or "all".
        labels: "PC" (person-centric) or "OC" (observer-centric) left and right.
        file: the labels in COCO's format where they were read from one, else None.
        categories: the ids of those of its categories that are read.
        image_ids: what the file calls each of its pictures, also those with nobody in them; None without such a file.
        folder: the one that holds all pictures of the split, however few of its people are here; None if unknown.
        notes: what a reader of numbers must know of the labels, a sentence each.
    """

    name: str
    split: str
    skeleton: Skeleton
    annotations: list[Annotation] = field(repr=False)
    labels: str = "PC"
    file: Path | None = None
    categories: tuple[int | str, ...] = ()
    image_ids: Mapping[Path, int | str] | None = field(default=None, repr=False)
    folder: Path | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.annotations)

    def joints(self) -> Floats:
        """(N, K, 2) pixels."""
        return np.stack([a.joints for a in self.annotations])

    def labelled(self) -> Mask:
        """(N, K)."""
        return np.stack([a.labelled for a in self.annotations])
