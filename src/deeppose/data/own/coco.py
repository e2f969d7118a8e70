"""COCO keypoints of any category, as CVAT, Roboflow, COCO Annotator and Label Studio export them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.own.entries import Labels, Pictures
from deeppose.errors import DataError, unknown
from deeppose.files import read_json
from deeppose.skeleton import SKELETONS, Skeleton, from_edges
from deeppose.types import Floats

Row = dict[str, Any]

CENTRE = np.array([0.5, 0.5, 0.0])
"""COCO counts pixels from 0, at their centres; its boxes are continuous already."""


def read(file: Path, images: Path | None, category: str | None) -> Labels:
    """One JSON file.

    Raises:
        DataError: no JSON, no category with keypoints, no picture found.
        ConfigError: several categories with different joints and none chosen.
    """
    content = _content(file)
    wanted = _wanted(
        file,
        [c for c in _rows(content, "categories") if isinstance(c.get("keypoints"), list) and c["keypoints"]],
        category,
    )
    labels = Labels(file, _skeleton(file, next(iter(wanted.values()))))
    pictures = Pictures(images, file.parent, file.parent.parent / "images")
    rows = {str(row.get("id")): row for row in _rows(content, "images")}
    found = {i: pictures.find(str(row.get("file_name", ""))) for i, row in rows.items()}
    if rows and not any(found.values()):
        raise pictures.missing(file, [str(row.get("file_name")) for row in rows.values()])
    for number, row in enumerate(_rows(content, "annotations")):
        if str(row.get("category_id")) in wanted and not row.get("iscrowd"):
            _take(labels, f"annotation {row.get('id', f'number {number}')}", row, rows, found)
    return labels


def _content(file: Path) -> Row:
    content = read_json(file)
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        raise DataError(
            f"{file}: COCO's format has images, annotations and categories; export it as COCO keypoints"
        )
    return content


def _rows(content: Row, key: str) -> list[Row]:
    return [row for row in content[key] if isinstance(row, dict)] if isinstance(content[key], list) else []


def _wanted(file: Path, jointed: list[Row], name: str | None) -> dict[str, Row]:
    """The categories to read, by id: one of them, or several with the same joints."""
    names = [str(c.get("name")) for c in jointed]
    if not jointed:
        raise DataError(f"{file}: no category names keypoints; boxes alone cannot train a pose")
    if name is not None and name not in names:
        raise unknown(f"category of {file}", name, names)
    wanted = [c for c in jointed if name in (None, str(c.get("name")))]
    if len({tuple(map(str, c["keypoints"])) for c in wanted}) > 1:
        raise DataError(
            f"{file}: categories with different joints: {', '.join(names)}; choose one with --category"
        )
    return {str(c.get("id")): c for c in wanted}


def _skeleton(file: Path, category: Row) -> Skeleton:
    joints = tuple(str(j).strip() for j in category["keypoints"])
    known = next((s for s in SKELETONS.values() if s.joints == joints), None)
    if known is not None:
        return known
    name = str(category.get("name") or "own")
    try:
        return from_edges(name, joints, _edges(category.get("skeleton"), joints))
    except DataError as error:
        raise DataError(f"{file}: {error}") from error


def _edges(said: Any, joints: tuple[str, ...]) -> list[tuple[int, int]]:
    """Pairs of indices, from pairs counted from 1 as COCO does, from 0 as some tools do, or of names."""
    pairs = [
        tuple(e)
        for e in (said if isinstance(said, list) else [])
        if isinstance(e, (list, tuple)) and len(e) == 2
    ]
    named = [
        (joints.index(str(a)), joints.index(str(b)))
        for a, b in pairs
        if str(a) in joints and str(b) in joints
    ]
    if named and not all(isinstance(k, int) for pair in pairs for k in pair):
        return named
    numbers = [
        (int(a), int(b))
        for a, b in pairs
        if all(isinstance(k, (int, float)) and math.isfinite(k) for k in (a, b))
    ]
    first = 0 if any(0 in pair for pair in numbers) else 1
    moved = [(a - first, b - first) for a, b in numbers]
    return [(a, b) for a, b in moved if 0 <= a < len(joints) and 0 <= b < len(joints) and a != b]


def _take(
    labels: Labels, where: str, row: Row, images: dict[str, Row], found: dict[str, Path | None]
) -> None:
    image = str(row.get("image_id"))
    path = found.get(image)
    if image not in images:
        labels.drop(where, f"its image_id {image} is not among the images")
    elif path is None:
        labels.drop(where, f"picture {images[image].get('file_name')} was not found")
    else:
        points = _points(row.get("keypoints"))
        if points is None:
            labels.drop(where, "its keypoints are not numbers x, y, v")
        else:
            video = images[image].get("video_id", images[image].get("video", ""))
            labels.add(where, path, points + CENTRE, _corner_box(row.get("bbox")), str(video or ""))


def _points(said: Any) -> Floats | None:
    """(K, 3), whether the file nests them or not."""
    try:
        return np.array(said, np.float64).reshape(-1, 3)
    except (TypeError, ValueError, OverflowError):
        return None


def _corner_box(said: Any) -> Floats | None:
    try:
        x, y, w, h = (float(v) for v in said)
    except (TypeError, ValueError, OverflowError):
        return None
    return np.array([x + w / 2, y + h / 2, w, h])
