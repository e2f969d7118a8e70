"""Tables for people who calculate: tidy CSV and Parquet, wide CSV. Pixels are this program's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from deeppose.files import Record, cell, write
from deeppose.stream.formats import Read

FRAME = ("file", "frame", "time", "person", "track")
TIDY = (*FRAME, "person_score", "joint", "x", "y", "score")
SMOOTHED = ("smoothed_x", "smoothed_y")

ROWS = 50_000
"""Of a Parquet row group: what is held in memory."""


def tidy_csv(read: Read, folder: Path) -> list[Path]:
    """One row a frame, person and joint."""
    heading = (*TIDY, *SMOOTHED) if _is_smoothed(read) else TIDY
    return [_csv(folder / "poses.csv", heading, (_cells(row, heading) for row in _rows(read())))]


def wide_csv(read: Read, folder: Path) -> list[Path]:
    """One row a frame and person: box, then x, y, score of every joint."""
    joints = next(tuple(record["joints"]) for record in read() if "joints" in record)
    parts = ("x", "y", "score", *SMOOTHED) if _is_smoothed(read) else ("x", "y", "score")
    heading = (*FRAME, "person_score", "box_x", "box_y", "box_w", "box_h")
    columns = tuple(f"{joint}_{part}" for joint in joints for part in parts)
    people = (record for record in read() if "joints" in record)
    rows = (_wide(record, joints, parts) for record in people)
    return [_csv(folder / "poses-wide.csv", (*heading, *columns), rows)]


def parquet(read: Read, folder: Path) -> list[Path]:
    """As `tidy_csv`, in typed columns; needs pyarrow, of the extra `formats`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"file": pa.string(), "joint": pa.string(), "frame": pa.int64()}
    kinds |= {"person": pa.int64(), "track": pa.int64()}
    heading = (*TIDY, *SMOOTHED) if _is_smoothed(read) else TIDY
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in heading])

    def fill(file: IO[bytes]) -> None:
        with pq.ParquetWriter(file, schema) as writer:
            for rows in _groups(_rows(read())):
                writer.write_table(pa.Table.from_pylist(rows, schema))

    return [write(folder / "poses.parquet", fill)]


def _is_smoothed(read: Read) -> bool:
    return any("smoothed" in record for record in read())


def _rows(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    for record in records:
        smoothed = record.get("smoothed", {})
        for joint, at in record.get("joints", {}).items():
            near = smoothed.get(joint) or {}
            own = {"joint": joint, **at, "smoothed_x": near.get("x"), "smoothed_y": near.get("y")}
            yield {**_of_frame(record), "person_score": record.get("score"), **own}


def _of_frame(record: Record) -> dict[str, Any]:
    return {name: record.get(name) for name in FRAME}


def _wide(record: Record, joints: tuple[str, ...], parts: tuple[str, ...]) -> list[Any]:
    box, smoothed = record.get("box") or {}, record.get("smoothed", {})
    row = [*_of_frame(record).values(), record.get("score"), *(box.get(side) for side in "xywh")]
    for joint in joints:
        near = smoothed.get(joint) or {}
        known = {**record["joints"][joint], "smoothed_x": near.get("x"), "smoothed_y": near.get("y")}
        row += [known[part] for part in parts]
    return row


def _cells(row: dict[str, Any], heading: tuple[str, ...]) -> list[Any]:
    return [row[name] for name in heading]


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for row in rows:
        group.append(row)
        if len(group) == ROWS:
            yield group
            group = []
    if group:
        yield group


def _csv(path: Path, heading: tuple[str, ...], rows: Iterable[list[Any]]) -> Path:
    def fill(file: IO[bytes]) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows([_plain(value) for value in row] for row in rows)
        text.detach()

    return write(path, fill)


def _plain(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula; nothing for what is not known."""
    return cell(value) if isinstance(value, str) else value
