"""Results as other tools read them, made from the records of a run; `deeppose convert` and `predict --format` end here.

The tables keep this program's pixels: the picture's corner is (0, 0), a pixel's centre at +0.5. Every format that
belongs to another tool counts the first pixel's centre as 0, as that tool does. Smoothed coordinates, where a run has
them, take the place of the raw ones, which the tables keep beside.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deeppose.errors import DataError, unknown
from deeppose.files import Record

Read = Callable[[], Iterator[Record]]
"""Reads a run's records from their beginning; a format may do so more than once, and holds none but what it needs."""


@dataclass(frozen=True)
class Format:
    """One form of results.

    Attributes:
        writer: module of this package and its function (read, folder) -> files written.
        about: for help, in a few words.
    """

    writer: str
    about: str

    def __call__(self, read: Read, folder: Path) -> list[Path]:
        """Write the files of this form.

        Raises:
            ConfigError: a file cannot be written.
            ModuleNotFoundError: the extra that brings the form's library is not installed.
        """
        module, function = self.writer.split(".")
        write = getattr(importlib.import_module(f"{__name__}.{module}"), function)
        return list(write(read, folder))


FORMATS = {
    "csv": Format("tables.tidy_csv", "poses.csv: one row a frame, person and joint"),
    "wide-csv": Format("tables.wide_csv", "poses-wide.csv: one row a frame and person"),
    "parquet": Format("tables.parquet", "poses.parquet: as csv (extra formats)"),
    "coco": Format(
        "coco.write_files", "coco-keypoints.json and coco-results.json, of people COCO's 17 joints"
    ),
    "deeplabcut": Format("deeplabcut.write_files", "a CSV a video: scorer, individuals, bodyparts, coords"),
    "openpose": Format("openpose.write_files", "a folder of JSON a video, one file a frame"),
    "mmpose": Format("mmpose.write_files", "a JSON a video: instance_info"),
    "sleap": Format("sleap.write_files", "an analysis HDF5 a video (extra formats)"),
    "mot": Format("mot.write_files", "a MOT a track: angles in degrees, as Sports2D's (after --angles)"),
    "trc": Format("trc.write_files", "a TRC a track, in pixels"),
}


def known(name: str) -> Format:
    """The format of that name.

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    return FORMATS[name]


def convert(read: Read, names: Iterable[str], folder: Path) -> list[Path]:
    """Write a run's records in each of these formats.

    Raises:
        ConfigError: an unknown format, or a file that cannot be written.
        DataError: the records hold nobody's joints.
    """
    formats = [known(name) for name in dict.fromkeys(names)]
    if not any("joints" in record for record in read()):
        raise DataError(f"{folder}: the records hold nobody, so there is nothing to convert")
    return [path for form in formats for path in form(read, folder)]


def position(record: Record, joint: str) -> Sequence[float]:
    """x, y, score of a joint of a record: smoothed where it was."""
    found = record["joints"][joint]
    place = record.get("smoothed", {}).get(joint, found)
    return place["x"], place["y"], found["score"]
