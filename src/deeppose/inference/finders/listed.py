"""People by a file of boxes: `predict --boxes FILE`, a CSV, JSON, JSON lines or COCO file that names each picture."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import DataError
from deeppose.files import read_bytes, read_json
from deeppose.inference.finders.margins import COCO
from deeppose.inference.found import Found, ranked
from deeppose.inference.frames import Frame
from deeppose.types import Floats

Row = Mapping[str, Any]

FIELDS = "file, x, y, w, h (upper left corner and size in pixels), and where wanted frame and score"


class ListedBoxes:
    """A finder that reads who is where out of a file, picture by picture.

    CSV: columns file, x, y, w, h and, where wanted, frame (counted from 0) and score. JSON and JSON lines: records of
    the same names, or `box` of the four and `box_score`, as this program writes them. Both are taken as they are. A
    COCO file's boxes end where bodies end: they are given the margin that the cascade is used to; crowds are nobody.

    Args:
        path: the file.

    Raises:
        DataError: it cannot be read, or holds no boxes; names the record.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at: dict[tuple[str, int | None], list[tuple[Floats, float]]] = defaultdict(list)
        for file, frame, box, score in _records(path):
            self._at[file, frame].append((box, score))
        self._coco = _is_coco(path)

    def of(self, frame: Frame) -> Found:
        """The people of a frame, best first; nobody where the file lists none.

        A picture is known by its path as given, or else by its name. A box without a frame number is a picture's own.
        """
        rows = self._at.get((frame.source, frame.index)) or self._at.get((frame.source, None))
        if rows is None:
            name = PurePath(frame.source).name
            rows = [
                row for (file, index), found in self._at.items() for row in found
                if PurePath(file).name == name and index in (None, frame.index)
            ]  # fmt: skip
        found = ranked([box for box, _ in rows], [score for _, score in rows])
        size = np.array([frame.pixels.shape[1], frame.pixels.shape[0]], np.float64)
        return Found(COCO(found.boxes, size), found.scores) if self._coco and len(found) else found

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """Nobody is known by pixels alone.

        Raises:
            DataError: always; ask `of` for a frame.
        """
        del picture
        raise DataError(f"{self.path}: lists boxes by pictures' names; pixels alone have none")


def _records(path: Path) -> Iterator[tuple[str, int | None, Floats, float]]:
    """(file, frame, box (4,) cx, cy, w, h, score) of every record."""
    try:
        rows = _rows(path)
    except (ValueError, RecursionError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as boxes: {error}; a CSV or JSON with {FIELDS}") from error
    for number, row in enumerate(rows, 1):
        try:
            if row.get("people") == 0:  # a frame of ours without anybody
                continue
            yield _record(row)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DataError(f"{path}: record {number}: {error!r}; it needs {FIELDS}") from error


def _record(row: Row) -> tuple[str, int | None, Floats, float]:
    box = row.get("box", row)
    x, y, w, h = (float(v) for v in (box if isinstance(box, list) else [box[k] for k in "xywh"]))
    if not (np.isfinite([x, y, w, h]).all() and w > 0 and h > 0):
        raise ValueError(f"box {x:g}, {y:g}, {w:g}, {h:g} has no area")
    score = (
        row.get("score", row.get("box_score")) if "box" not in row else row.get("box_score", row.get("score"))
    )
    frame = row.get("frame")
    known = None if frame in (None, "") else int(frame)
    return (
        str(row["file"]),
        known,
        np.array([x + w / 2, y + h / 2, w, h]),
        1.0 if score in (None, "") else float(score),
    )


def _rows(path: Path) -> list[Row]:
    if path.suffix.lower() == ".csv":
        return list(csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8-sig"))))
    if path.suffix.lower() == ".jsonl":
        return [json.loads(line) for line in read_bytes(path).splitlines() if line.strip()]
    said = read_json(path)
    if isinstance(said, dict) and "annotations" in said:
        return _of_coco(said)
    rows = said.get("people", said.get("boxes")) if isinstance(said, dict) else said
    if not isinstance(rows, list):
        raise ValueError("neither a list of records nor a COCO file")
    return rows


def _of_coco(said: Mapping[str, Any]) -> list[Row]:
    """People's boxes; of several categories the one called person."""
    try:
        names = {image["id"]: image["file_name"] for image in said["images"]}
        people = {c["id"] for c in said.get("categories", []) if c.get("name") == "person"}
        rows = [a for a in said["annotations"] if not a.get("iscrowd")]
        rows = [a for a in rows if not people or a["category_id"] in people]
        return [{"file": names[a["image_id"]], "box": list(a["bbox"]), "score": a.get("score")} for a in rows]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not COCO's format: {error!r}") from error


def _is_coco(path: Path) -> bool:
    if path.suffix.lower() != ".json":
        return False
    said = read_json(path)
    return isinstance(said, dict) and "annotations" in said
