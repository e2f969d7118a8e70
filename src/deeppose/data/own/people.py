"""Own labels ready to learn from: read, opened, with a diameter rule, split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deeppose.data.annotation import Annotation
from deeppose.data.images import read_image
from deeppose.data.own import Labels, read_labels
from deeppose.data.own.shape import with_diameter
from deeppose.data.own.split import FEWEST, Split, everyone, split
from deeppose.errors import ImageError
from deeppose.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Own:
    """Own labels, read, with a diameter rule, and split."""

    labels: Labels
    split: Split

    @property
    def skeleton(self) -> Skeleton:
        """Whose joints."""
        return self.labels.skeleton

    def held_out(self) -> list[Annotation]:
        """People held out, in the order of the store."""
        return [self.labels.people[i] for i in self.split.held_out]

    def train(self) -> list[Annotation]:
        """People to train on."""
        return [self.labels.people[i] for i in self.split.train]

    def crowd(self) -> int:
        """How many share their picture with one before them."""
        return len(self.labels.people) - len({p.image for p in self.labels.people})

    def boxes(self) -> list[str]:
        """A sentence on boxes, where not everybody has one."""
        without = sum(p.box is None for p in self.labels.people)
        return (
            [f"{without} of {len(self.labels.people)} have no box: the joints' extent stands in"]
            if without
            else []
        )


def read(
    file: Path, images: Path | None, category: str | None, pairs: Sequence[str], seed: int, few: bool = False
) -> Own:
    """Read, leave out what cannot be opened, find the diameter rule, split.

    Args:
        few: labels too few to train on are fine, to be looked at: nobody is then held out.

    Raises:
        DataError, ConfigError: as `read_labels` and `split` do.
    """
    labels = _readable(read_labels(file, images, category, pairs))
    parts = everyone(labels) if few and 0 < len(labels.people) < FEWEST else split(labels, seed)
    some = [labels.people[i] for i in parts.train]
    joints, labelled = np.stack([p.joints for p in some]), np.stack([p.labelled for p in some])
    return Own(replace(labels, skeleton=with_diameter(labels.skeleton, joints, labelled)), parts)


def _readable(labels: Labels) -> Labels:
    """Without people whose picture cannot be opened, or who have fewer than two joints: no box and no size."""
    broken: dict[Path, str] = {}
    for picture in sorted({p.image for p in labels.people}):
        try:
            read_image(picture)
        except ImageError as error:
            broken[picture] = str(error)
    kept = []
    for i, person in enumerate(labels.people):
        if person.image in broken:
            labels.drop(person.image.name, broken[person.image])
        elif person.labelled.sum() < 2:
            labels.drop(person.image.name, "a single joint tells neither a box nor a size")
        else:
            kept.append(i)
    return labels.subset(kept)
