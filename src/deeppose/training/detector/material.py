"""What the detector that ships learns from: five data sets, their shares, and who is held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.training.detector.scenes import Scene, of_coco, of_people

HELD_OUT = 10
"""Every so manieth picture of COCO's training boxes is held out, to choose and to fit the score on."""


@dataclass(frozen=True)
class Part:
    """One data set's part.

    Attributes:
        every: takes each `every`-th picture; film frames and acrobats resemble one another.
        share: of all looks.
        turns: quarter turns in which the teacher looks for labelled people.
    """

    name: str
    split: str
    every: int
    share: float
    turns: tuple[int, ...] = (0,)


PARTS = (
    Part("lspet", "first-9000", 3, 0.18, (0, 1, 2, 3)),
    Part("lsp", "train", 2, 0.08, (0, 1, 2, 3)),
    Part("flic", "train", 3, 0.14),
    Part("buffy", "train", 1, 0.05),
)
"""The rest of the looks, more than half, are at COCO's pictures."""


@dataclass(frozen=True, eq=False)
class Material:
    """Scenes to train on, the chance of each to be looked at, and COCO's held-out ones with their picture ids."""

    scenes: list[Scene]
    shares: NDArray[np.float64]
    held_out: list[tuple[int, Scene]]


def gather(root: Path, teacher: DetectorFile) -> Material:
    """Read everything: `coco/boxes-train.json` and `coco/images` under `root`, and the data sets of `PARTS`.

    Raises:
        DataError: a data set is not there.
        ImageError: a picture is unreadable.
    """
    coco = of_coco(root / "coco/boxes-train.json", root / "coco/images")
    held_out = coco[::HELD_OUT]
    groups = [[s for i, (_, s) in enumerate(coco) if i % HELD_OUT]]
    groups += [of_people(_pictures(part, root), teacher, part.turns) for part in PARTS]
    parts = [1 - sum(p.share for p in PARTS), *(p.share for p in PARTS)]
    shares = np.concatenate([np.full(len(g), s / len(g)) for g, s in zip(groups, parts, strict=True)])
    return Material([s for g in groups for s in g], shares / shares.sum(), held_out)


def _pictures(part: Part, root: Path) -> Dataset:
    """The people of every n-th picture; none of a picture that also holds a test person."""
    people = datasets.with_pictures(datasets.read(part.name, root, part.split))
    tested = _tested(part, root)
    files = sorted({a.image for a in people.annotations} - tested)[:: part.every]
    kept = set(files)
    return replace(people, annotations=[a for a in people.annotations if a.image in kept])


def _tested(part: Part, root: Path) -> set[Path]:
    if "test" not in datasets.SOURCES[part.name].splits:
        return set()
    return {a.image for a in datasets.read(part.name, root, "test").annotations}
