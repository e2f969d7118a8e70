"""DeepLabCut's CSV: four heading rows (scorer, individuals, bodyparts, coords), then one row a frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.files import cell, write
from deeppose.stream.formats import Read
from deeppose.stream.formats.sequences import STILLS, Sequence, sequences

SCORER = "DeepPose"


def write_files(read: Read, folder: Path) -> list[Path]:
    """`VIDEO_DeepPose.csv` of every video, and `pictures_DeepPose.csv`, whose rows are named by their files."""
    found = [sequence for sequence in sequences(read()) if sequence.people]
    return [write(folder / f"{sequence.name}_{SCORER}.csv", _csv(sequence)) for sequence in found]


def _csv(sequence: Sequence) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_rows(sequence))
    return out.getvalue()


def _rows(sequence: Sequence) -> Iterator[list[Any]]:
    triples = [(who, joint) for who in sequence.people for joint in sequence.joints]
    yield ["scorer", *[SCORER] * (3 * len(triples))]
    yield ["individuals", *(who for who, _ in triples for _ in range(3))]
    yield ["bodyparts", *(cell(joint) for _, joint in triples for _ in range(3))]
    yield ["coords", *(("x", "y", "likelihood") * len(triples))]
    names = sequence.files if sequence.name == STILLS else sequence.frames.tolist()
    for name, values in zip(names, sequence.values.reshape(len(names), -1), strict=True):
        first = cell(name) if isinstance(name, str) else name
        yield [first, *("" if np.isnan(value) else round(value, 4) for value in values.tolist())]
