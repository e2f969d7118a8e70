"""What every reader of own labels gathers: people, the pictures they are in, and what had to be left out and why.

One bad annotation costs that annotation; it is counted and named, and the rest of the file is read.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from deeppose.data.annotation import Annotation
from deeppose.data.finding import find_images
from deeppose.errors import DataError, ImageError
from deeppose.files import below, read_bytes
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

MOST_LISTED = 3


@dataclass(frozen=True)
class Dropped:
    """One entry that was left out."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True, eq=False)
class Labels:
    """Everything read from one file or folder of labels.

    Attributes:
        file: as the user named it.
        people: one annotation a labelled individual.
        groups: of each person, what belongs together when people are held out: a video, or a picture.
        splits: of each person "train" or "val" where the labels say so, else "".
        dropped: entries left out.
        notes: sentences on what was assumed.
    """

    file: Path
    skeleton: Skeleton
    people: list[Annotation] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        where: str,
        image: Path,
        points: Floats,
        box: Floats | None = None,
        group: str = "",
        split: str = "",
    ) -> None:
        """Take one individual from rows x, y, flag (K, 3), pixel centres at +0.5; not finite or flag 0: unlabelled."""
        if points.shape != (len(self.skeleton), 3):
            self.drop(where, f"{len(points)} keypoints where the labels name {len(self.skeleton)}")
            return
        labelled = np.isfinite(points).all(-1) & (points[:, 2] > 0)
        if not labelled.any():
            self.drop(where, "no joint is labelled")
            return
        joints = np.where(labelled[:, None], points[:, :2], 0.0)
        self.people.append(Annotation(image, joints, labelled, labelled & (points[:, 2] != 1), _box(box)))
        self.groups.append(group)
        self.splits.append(split)

    def drop(self, where: str, why: str) -> None:
        """Leave one entry out, and remember it."""
        self.dropped.append(Dropped(where, why))

    def subset(self, index: list[int]) -> Labels:
        """Some of the people, the rest as it is."""
        return replace(
            self,
            people=[self.people[i] for i in index],
            groups=[self.groups[i] for i in index],
            splits=[self.splits[i] for i in index],
        )

    def said(self) -> list[str]:
        """What a person should know of the reading, a sentence each."""
        lines = list(self.notes)
        kinds: dict[str, list[Dropped]] = {}
        for one in self.dropped:
            kinds.setdefault(re.sub(r"\d+", "N", one.why), []).append(one)
        for some in kinds.values():
            named = "; ".join(str(one) for one in some[:MOST_LISTED])
            more = f"; and {len(some) - MOST_LISTED} more" if len(some) > MOST_LISTED else ""
            lines.append(f"{len(some)} {'entry' if len(some) == 1 else 'entries'} left out: {named}{more}")
        return lines


def _box(box: Floats | None) -> Floats | None:
    """The box where it is one; without, readers of boxes take the joints' extent."""
    if box is None or not np.isfinite(box).all() or (box[2:] < 1).any():
        return None
    return box


class Pictures:
    """Finds the pictures that labels name, below given folders and nowhere else."""

    def __init__(self, *folders: Path | None) -> None:
        self.folders = [f for f in dict.fromkeys(folders) if f is not None and f.is_dir()]
        self._by_name: dict[str, list[Path]] | None = None

    def find(self, name: str) -> Path | None:
        """The picture of that name: by its path below a folder, else by its last part where only one bears it."""
        clean = name.replace("\\", "/")
        relative = clean.lstrip("/")
        for folder in self.folders:
            for way in (clean, relative, f"images/{relative}"):
                with suppress(DataError):  # a name that leads elsewhere is looked for by its last part
                    if os.path.isfile(path := below(folder, way)):
                        return path
        named = self._index().get(clean.rpartition("/")[2], [])
        return named[0] if len(named) == 1 else None

    def _index(self) -> dict[str, list[Path]]:
        if self._by_name is None:
            self._by_name = {}
            for folder in self.folders[:1]:
                for path in _pictures_below(folder):
                    self._by_name.setdefault(path.name, []).append(path)
        return self._by_name

    def missing(self, file: Path, names: list[str]) -> DataError:
        """The error where not one picture is there."""
        where = ", ".join(str(f) for f in self.folders) or "no folder"
        return DataError(
            f"{file}: none of the {len(names)} pictures it names was found below {where} (the first: {names[0]}); "
            "name their folder with --images"
        )


def _pictures_below(folder: Path) -> list[Path]:
    try:
        return find_images([folder, *(p for p in sorted(folder.rglob("*")) if p.is_dir())])
    except ImageError:
        return []


def text_of(path: Path) -> str:
    """A text file in UTF-8 with or without a byte-order mark, or in UTF-16.

    Raises:
        DataError: `files.read_bytes`'s, or it is no text.
    """
    content = read_bytes(path)
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeError as error:
        raise DataError(f"{path}: is no text in UTF-8 or UTF-16; save it as UTF-8") from error
