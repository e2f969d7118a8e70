"""DeepLabCut's labels, and Lightning Pose's, which are of the same form: CollectedData CSV files, alone or a project's.

Three header rows (scorer, bodyparts, coords), four with several animals (individuals); then a frame a row, the path of
its picture in one cell or in three. The `.h5` beside a CSV holds the same.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from deeppose.data.own.entries import Labels, Pictures, text_of
from deeppose.data.own.yaml import read_yaml
from deeppose.errors import DataError
from deeppose.skeleton import Skeleton, from_edges

HEADERS = ("scorer", "individuals", "bodyparts", "coords")
Column = tuple[str, str, str]
"""(individual, joint, x | y | likelihood)"""


def read(file: Path, images: Path | None, category: str | None) -> Labels:
    """A CSV or H5 of labels, a project's folder, or its config.yaml.

    Raises:
        DataError: no labels, another kind of table, no picture found.
    """
    del category
    files = _tables(file)
    tables = [(path, *_table(path)) for path in files]
    joints = tuple(dict.fromkeys(joint for _, columns, _ in tables for _, joint, _ in columns))
    labels = Labels(file, _skeleton(file, files[0], joints))
    for path, columns, rows in tables:
        _take(labels, path, images, columns, rows)
    if not labels.people and labels.dropped:
        raise DataError(
            f"{file}: nothing could be used: {labels.dropped[0]}; name the frames' folder with --images"
        )
    return labels


def _tables(file: Path) -> list[Path]:
    """The CSV files that hold the labels."""
    if file.suffix == ".csv":
        return [file]
    if file.suffix == ".h5":
        beside = file.with_suffix(".csv")
        if not beside.is_file():
            raise DataError(
                f"{file}: its CSV is not beside it; DeepLabCut writes both, copy {beside.name} too"
            )
        return [beside]
    project = file if file.is_dir() else file.parent
    found = sorted(project.glob("labeled-data/*/CollectedData*.csv")) or sorted(
        project.glob("CollectedData*.csv")
    )
    if not found:
        raise DataError(f"{project}: no labeled-data/*/CollectedData*.csv; label frames in DeepLabCut first")
    return found


def _table(path: Path) -> tuple[list[Column], list[tuple[str, list[str]]]]:
    """The columns, and every frame's (picture, cells)."""
    rows = [row for row in csv.reader(text_of(path).splitlines()) if row]
    heads = {row[0]: row for row in rows[:4] if row[0] in HEADERS}
    if "bodyparts" not in heads or "coords" not in heads:
        raise DataError(f"{path}: no rows 'bodyparts' and 'coords' at its head; is it a DeepLabCut table?")
    first = next((i for i, cell in enumerate(heads["coords"]) if cell in ("x", "y", "likelihood")), 1)
    animals = heads.get("individuals", [""] * len(heads["coords"]))
    columns = list(zip(animals[first:], heads["bodyparts"][first:], heads["coords"][first:], strict=False))
    body = rows[len(heads) :]
    return columns, [("/".join(cell for cell in row[:first] if cell), row[first:]) for row in body]


def _skeleton(file: Path, table: Path, joints: tuple[str, ...]) -> Skeleton:
    """Edges come from the project's config.yaml, where there is one."""
    places = (file, *(folder / "config.yaml" for folder in (file, *table.parents[:3])))
    config = next((p for p in places if p.name == "config.yaml" and p.is_file()), None)
    said = read_yaml(config) if config is not None else {}
    edges = [
        (joints.index(a), joints.index(b))
        for a, b in (e for e in said.get("skeleton") or [] if isinstance(e, list) and len(e) == 2)
        if a in joints and b in joints and a != b
    ]
    name = str(said.get("Task") or table.parent.name or "own")
    return from_edges(name, joints, edges)


def _take(
    labels: Labels, path: Path, images: Path | None, columns: list[Column], rows: list[tuple[str, list[str]]]
) -> None:
    pictures = Pictures(images, path.parent, *path.parents[1:3])
    if rows and not any(pictures.find(name) for name, _ in rows):
        raise pictures.missing(path, [name for name, _ in rows])
    for name, cells in rows:
        picture = pictures.find(name)
        if picture is None:
            labels.drop(f"{path.name} row {name}", f"picture {name} was not found")
            continue
        for animal, points in _animals(labels.skeleton, columns, cells).items():
            where = f"{path.name} row {name}" + (f" {animal}" if animal else "")
            if np.isfinite(points[:, :2]).any():
                labels.add(where, picture, points, group=name.rpartition("/")[0])
            elif not animal:
                labels.drop(where, "no joint is labelled")


def _animals(skeleton: Skeleton, columns: list[Column], cells: list[str]) -> dict[str, np.ndarray]:
    """(K, 3) x, y, flag of each animal; DeepLabCut counts pixels from 0, at their centres."""
    found: dict[str, np.ndarray] = defaultdict(lambda: np.full((len(skeleton), 3), np.nan))
    for (animal, joint, kind), cell in zip(columns, cells, strict=False):
        if kind in ("x", "y"):
            row = found[animal][skeleton.index(joint)]
            row["xy".index(kind)] = _number(cell) + 0.5
            row[2] = 2
    return found


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan
