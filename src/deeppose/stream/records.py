"""The records of a run: one JSON line a person and frame, and one for a frame without anybody (schema 1).

Joints are pixels of the upright picture, whose corner is (0, 0) and whose first pixel's centre is (0.5, 0.5); a box is
its corner and size. A name that is not UTF-8 keeps its bytes (as Python's `os.fsdecode` has them), escaped in the JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from deeppose.errors import DataError
from deeppose.files import Record
from deeppose.inference.frames import Frame
from deeppose.poses import Poses
from deeppose.skeleton import SKELETONS, Skeleton, from_edges

SCHEMA = 1
FILE = "poses.jsonl"
"""The name of a run's records in its folder."""

ORDER = ("track", "skeleton", "box", "box_score", "score", "joints", "stages")


def records_of(frame: Frame, poses: Poses, model: str = "", stages: bool = False) -> list[Record]:
    """The records of one frame.

    Args:
        model: its name and the first digits of its file's SHA-256, kept in every record.
        stages: also every stage's joints.
    """
    height, width = frame.pixels.shape[:2]
    head: Record = {
        "schema": SCHEMA, "model": model, "file": frame.source, "frame": frame.index,
        "time": None if frame.time is None else round(frame.time, 6), "width": width, "height": height,
    }  # fmt: skip
    people = poses.to_records(frame.source, stages)
    if not people:
        return [{**head, "people": 0}]
    return [
        {**head, "person": i, "people": len(people), **{k: person[k] for k in ORDER if k in person}}
        for i, person in enumerate(people)
    ]


def line(record: Record) -> bytes:
    """One line of the file, its end included."""
    return json.dumps(record, allow_nan=False).encode("ascii") + b"\n"


def complete(record: Record) -> bool:
    """Is this the last record of its frame?"""
    return bool(record["people"] == 0 or record["person"] == record["people"] - 1)


def read(path: Path) -> Iterator[Record]:
    """The records of a file, or of a run's folder, one after the other.

    Raises:
        DataError: there is no such file, or a line of it is not a record; names the line.
    """
    path = path / FILE if path.is_dir() else path
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                yield parse(text, f"{path}, line {number}")
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read: {error.strerror}; name a folder that predict wrote"
        ) from error


def parse(text: bytes, where: str) -> Record:
    """One record of its line.

    Raises:
        DataError: it is none, or of another schema.
    """
    try:
        record = json.loads(text)
        if record["schema"] != SCHEMA:
            raise DataError(
                f"{where}: of schema {record['schema']}, not {SCHEMA}; use the deeppose that wrote it"
            )
        complete(record)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where}: not a record of schema {SCHEMA}: {error}") from error
    return dict(record)


def frames(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records of each frame together."""
    together: list[Record] = []
    for record in records:
        together.append(record)
        if complete(record):
            yield together
            together = []


def shown(text: str) -> str:
    r"""Text for a terminal: what does not print (newlines, escape sequences, bytes that are no UTF-8) is escaped.

    >>> print(shown("a\nb\udcff\x1b[2J"))
    a\nb\udcff\x1b[2J
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def skeleton_of(record: Record) -> Skeleton:
    """The skeleton of a record's joints; one without limbs where its name is not known here."""
    name, joints = str(record["skeleton"]), tuple(record["joints"])
    known = SKELETONS.get(name)
    return known if known and known.joints == joints else from_edges(name, joints, [])
