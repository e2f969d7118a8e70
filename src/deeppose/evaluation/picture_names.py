"""Which picture of a data set a file's path means: by its path below the data set's folder, never by its name alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from deeppose.data.annotation import Dataset
from deeppose.files import Id

Parts = tuple[str, ...]


def image_ids(dataset: Dataset, files: Sequence[str]) -> list[Id | None]:
    """(M,) what a data set in COCO's format calls the picture of each file; None for others, and other data sets."""
    if dataset.image_ids is None:
        return [None] * len(files)
    names = list(dataset.image_ids.values())
    where = Ends({path: i for i, path in enumerate(_below(dataset, list(dataset.image_ids)))})
    return [None if (i := where(file)) is None else names[i] for file in files]


class Ends:
    """Finds the picture whose path below the data set's folder a file's path ends in."""

    def __init__(self, place: dict[Parts, int]) -> None:
        self.place = place
        self.ends: dict[Parts, set[int]] = {}
        for key, i in place.items():
            for start in range(1, len(key)):
                self.ends.setdefault(key[start:], set()).add(i)

    def __call__(self, file: str) -> int | None:
        """The picture's place; None where the path is no picture's, or could be several's."""
        parts = parts_of(file)
        for start in range(len(parts)):
            if parts[start:] in self.place:
                return self.place[parts[start:]]
        short = self.ends.get(parts, set())  # the file's path starts below the data set's folder
        return next(iter(short)) if len(short) == 1 else None


def paths_of(dataset: Dataset) -> list[Parts]:
    """Everyone's picture, as its path below the folder that holds all pictures of the split."""
    return _below(dataset, [person.image for person in dataset.annotations])


def _below(dataset: Dataset, images: list[Path]) -> list[Parts]:
    """Pictures' paths below that folder."""
    parents = {image.parent for image in images}
    folder = dataset.folder or (next(iter(parents)) if len(parents) == 1 else Path())
    return [parts_of(str(i.relative_to(folder) if i.is_relative_to(folder) else i)) for i in images]


def parts_of(path: str) -> Parts:
    r"""A path's parts, whichever system wrote it.

    >>> parts_of(r"a\b/../c.jpg")
    ('a', 'c.jpg')
    """
    kept: list[str] = []
    for part in PurePosixPath(path.replace("\\", "/")).parts:
        if part == ".." and kept:
            kept.pop()
        else:
            kept.append(part)
    return tuple(kept)
