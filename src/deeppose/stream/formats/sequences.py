"""A run's records as dense arrays, a sequence a video; all still pictures together are one more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.files import Record
from deeppose.stream.formats import position
from deeppose.types import Floats

STILLS = "pictures"
"""The name of the sequence of all still pictures."""

PIXEL = 0.5
"""Other tools put the centre of the first pixel at 0; ours is at 0.5."""


@dataclass(frozen=True, eq=False)
class Sequence:
    """T frames of N people of K joints.

    Attributes:
        name: the video's file name without its ending, made unique within the run.
        files: (T) the file of each frame.
        frames: (T,) their numbers in the video; 0, 1, ... for still pictures.
        times: (T,) seconds, NaN for still pictures.
        people: N names: tracks where people were tracked, else their order in each frame.
        joints: K names.
        values: (T, N, K, 3) x, y (the first pixel's centre is 0), score; NaN where a person is not in a frame.
        boxes: (T, N, 4) corner and size in pixels, NaN where a person is not in a frame.
        size: (width, height) of the first frame.
    """

    name: str
    files: tuple[str, ...]
    frames: NDArray[np.int64]
    times: Floats
    people: tuple[str, ...]
    joints: tuple[str, ...]
    values: Floats
    boxes: Floats
    size: tuple[int, int]

    @property
    def rate(self) -> float:
        """Frames a second, from the median step between frames; 30 where there is none."""
        steps = np.diff(self.times) / np.maximum(np.diff(self.frames), 1)
        known = steps[np.isfinite(steps) & (steps > 0)]
        return float(1 / np.median(known)) if len(known) else 30.0


@dataclass
class _Gathered:
    """What is read of one sequence, before its people are counted."""

    frames: dict[tuple[str, int], int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    cells: list[tuple[int, int, Record]] = field(default_factory=list)

    def add(self, record: Record) -> None:
        key = (str(record["file"]), int(record.get("frame") or 0))
        if key not in self.frames:
            self.frames[key] = len(self.frames)
            time = record.get("time")
            self.times.append(np.nan if time is None else float(time))
            self.size = self.size if any(self.size) else (record.get("width", 0), record.get("height", 0))
        if "joints" in record and _known(record):
            who = self.people.setdefault(_who(record), len(self.people))
            self.cells.append((self.frames[key], who, record))


def sequences(records: Iterable[Record]) -> list[Sequence]:
    """The sequences of a run, in order of appearance; those in which nobody was found have no people."""
    gathered: dict[str, _Gathered] = {}
    joints: tuple[str, ...] = ()
    for record in records:
        joints = joints or tuple(record.get("joints", ()))
        gathered.setdefault(_source(record), _Gathered()).add(record)
    names = unique_stems(gathered)
    return [_dense(names[source], found, joints) for source, found in gathered.items()]


def unique_stems(sources: Iterable[str]) -> dict[str, str]:
    """A file name for each source that no other source has, with nothing in it that a file system dislikes.

    >>> unique_stems(["a/run.mp4", "b/run.mp4", "camera:0"])
    {'a/run.mp4': 'run', 'b/run.mp4': 'run-2', 'camera:0': 'camera_0'}
    """
    taken: dict[str, str] = {}
    for source in sources:
        stem = re.sub(r"[^\w.-]", "_", PurePath(source).stem, flags=re.ASCII) or "frames"
        numbered = (f"{stem}-{n}" if n > 1 else stem for n in _from_one())
        taken[source] = next(name for name in numbered if name not in taken.values())
    return taken


def _from_one() -> Iterator[int]:
    number = 1
    while True:
        yield number
        number += 1


def _source(record: Record) -> str:
    return STILLS if record.get("time") is None else str(record["file"])


def _known(record: Record) -> bool:
    """In a video of people who were followed, whoever has no number (yet) is nobody's."""
    return record.get("time") is None or record.get("track", 0) is not None


def _who(record: Record) -> str:
    track = record.get("track")
    return f"person{record.get('person', 0)}" if track is None else f"track{track}"


def _dense(name: str, found: _Gathered, joints: tuple[str, ...]) -> Sequence:
    order = sorted(found.people, key=_number)
    place = {found.people[who]: i for i, who in enumerate(order)}
    shape = (len(found.frames), len(order))
    values, boxes = np.full((*shape, len(joints), 3), np.nan), np.full((*shape, 4), np.nan)
    for frame, who, record in found.cells:
        values[frame, place[who]] = [position(record, joint) for joint in joints]
        boxes[frame, place[who]] = [_side(record, side) for side in "xywh"]
    values[..., :2] -= PIXEL
    files, numbers = tuple(file for file, _ in found.frames), [frame for _, frame in found.frames]
    frames = np.array(range(len(files)) if np.isnan(found.times).all() else numbers, np.int64)
    return Sequence(
        name, files, frames, np.array(found.times), tuple(order), joints, values, boxes, found.size
    )


def _number(who: str) -> tuple[str, int]:
    kind, digits = re.fullmatch(r"(\D*)(-?\d+)", who).groups()  # type: ignore[union-attr]  # `_who` made it
    return kind, int(digits)


def _side(record: Record, side: str) -> Any:
    box = record.get("box") or {}
    return box.get(side, np.nan)
