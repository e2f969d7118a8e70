"""Keypoints in COCO's format: COCO's own people (Lin et al., ECCV 2014), or anything else with joints.

Every category that has `keypoints` and `skeleton` can be read, so a file of animals, faces or machines is a data set:
the skeleton is built from the file, left and right pair up by their names, and the longest pair of joints tells the
size of who has no torso. Ids are whatever the file has, integers
or strings, and mean nothing else.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.layout import locate
from deeppose.data.own.shape import with_diameter
from deeppose.errors import ConfigError, DataError
from deeppose.files import below, read_json
from deeppose.rectangles import from_corner_and_size
from deeppose.skeleton import COCO, Skeleton, from_edges
from deeppose.types import Floats

Row = dict[str, Any]
Id = int | str

THIRDS = {"val-two-thirds": (1, 2), "val-third": (0,)}
"""Parts of val2017 by what is left of a picture's id divided by three: to train on, and to measure on."""


def read_coco(root: Path, split: str, category: str | None = None, labels: Path | None = None) -> Dataset:
    """`annotations/person_keypoints_{train,val}2017.json` with `{train,val}2017/`, or any one JSON file.

    Crowd regions and people without a single joint are not among the people, who are to be trained on and measured;
    COCO's own average precision, which ignores them in its way, reads the file (`Dataset.file`) itself. An annotation
    whose keypoints are damaged costs nobody else: `Dataset.notes` says how many were left out.

    Args:
        root: COCO's folder; or a JSON file, with its pictures beside it, in `images/` or in a folder of its split.
        split: "train", "val" or a part of val (`THIRDS`); for a JSON file only a name.
        category: its name, needed where the file has several with different joints.
        labels: the JSON file, where it does not lie with its pictures; they are then searched for in `root`.

    Raises:
        DataError: not COCO's format.
        ConfigError: several kinds of joints and no, or an unknown, category.
    """
    named = "val" if split in THIRDS else split
    name = f"person_keypoints_{named}2017.json"
    path = labels or locate(root, "coco", f"annotations/{name}", name)
    content = _content(path)
    try:
        wanted = _categories(path, content["categories"], category)
        skeleton = _skeleton(next(iter(wanted.values())))
        folder = _pictures(path, root, named, content["images"])
        images = _images(path, content["images"], folder)
        people, notes = _people(path, content["annotations"], wanted, images, len(skeleton))
        people = [p for p in people if p.image_id is not None and in_split(p.image_id, split)]
        skeleton = _measured(skeleton, people)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise DataError(f"{path}: not COCO's keypoint format: {error!r}") from error
    return Dataset(
        "coco",
        split,
        skeleton,
        people,
        file=path,
        categories=tuple(wanted),
        folder=folder,
        notes=notes,
        image_ids={picture: name for name, picture in images.items()},
    )


def in_split(image_id: Id, split: str) -> bool:
    """Whether a picture is of a part of val2017; those of any other split are."""
    return split not in THIRDS or int(image_id) % 3 in THIRDS[split]


def _content(path: Path) -> Row:
    content = read_json(path)
    if not isinstance(content, dict):
        raise DataError(f"{path}: not COCO's keypoint format: images, annotations and categories are needed")
    return content


def _categories(path: Path, categories: list[Row], name: str | None) -> dict[Id, Row]:
    """The categories to read, by id: all of the same joints."""
    jointed = {c["id"]: c for c in categories if c.get("keypoints")}
    wanted = {i: c for i, c in jointed.items() if name is None or c["name"] == name}
    if not jointed:
        raise DataError(
            f"{path}: no category has keypoints; a file of boxes alone cannot train or test a pose"
        )
    if len({tuple(c["keypoints"]) for c in wanted.values()}) != 1:
        names = ", ".join(sorted(str(c["name"]) for c in jointed.values()))
        raise ConfigError(f"{path}: choose one category of those with keypoints: {names}")
    return wanted


def _skeleton(category: Row) -> Skeleton:
    joints = tuple(str(joint) for joint in category["keypoints"])
    if joints == COCO.joints:
        return COCO
    edges = [_edge(edge, joints) for edge in category.get("skeleton") or []]
    return from_edges(str(category["name"]), joints, edges)


def _measured(skeleton: Skeleton, people: list[Annotation]) -> Skeleton:
    """The skeleton with a rule for diam(y), where it has no torso: PDJ is then by that length."""
    if skeleton.torso or not people:
        return skeleton
    return with_diameter(
        skeleton, np.stack([p.joints for p in people]), np.stack([p.labelled for p in people])
    )


def _edge(edge: list[int | str], joints: tuple[str, ...]) -> tuple[int, int]:
    """Two joints' indices, from numbers that count from 1 or from names."""
    if not isinstance(edge, list) or len(edge) != 2:
        raise ValueError(f"an edge of the skeleton joins two joints, not {edge!r}")
    a, b = (joints.index(end) if end in joints else int(end) - 1 for end in edge)
    return a, b


def _pictures(path: Path, root: Path, split: str, images: list[Row]) -> Path:
    """The folder that holds the file's first picture; the official one where none does."""
    up = path.parent.parent
    official = up / f"{split}2017"
    nearby = [official, up / "images", up / split, path.parent, path.parent / "images", path.parent / split]
    if root.is_dir():
        nearby = [root, root / f"{split}2017", root / "images", root / split, *nearby]
    return next((f for f in nearby if images and below(f, images[0]["file_name"]).exists()), official)


def _images(path: Path, images: list[Row], folder: Path) -> dict[Id, Path]:
    """Every picture by its id.

    Raises:
        DataError: two pictures have one id.
    """
    twice = [i for i, n in Counter(image["id"] for image in images).items() if n > 1]
    if twice:
        raise DataError(f"{path}: {len(twice)} ids are two pictures' each, the first of them {twice[0]!r}")
    return {image["id"]: below(folder, image["file_name"]) for image in images}


def _people(
    path: Path, rows: list[Row], wanted: dict[Id, Row], images: dict[Id, Path], joints: int
) -> tuple[list[Annotation], tuple[str, ...]]:
    """The people, and a sentence on each kind of damage that cost somebody."""
    people: list[Annotation] = []
    damage: dict[str, list[Any]] = {}
    for index, row in enumerate(rows):
        if row["category_id"] not in wanted or row.get("iscrowd"):
            continue
        problem = _problem(row, images, joints)
        if problem:
            damage.setdefault(problem, []).append(row.get("id", index))
        elif any(row["keypoints"][2::3]):
            people.append(_person(row, index, images))
    notes = tuple(
        f"left out of {path.name}: {len(ids)} annotations {problem}, the first of them {ids[0]!r}"
        for problem, ids in damage.items()
    )
    if notes and not people:
        raise DataError(f"{path}: no annotation is a person with joints; {'; '.join(notes)}")
    return people, notes


def _problem(row: Row, images: dict[Id, Path], joints: int) -> str:
    """Why an annotation cannot be read, in words; empty where it can."""
    points = row.get("keypoints")
    if row["image_id"] not in images:
        return "of pictures the file does not name"
    if points is None:
        return "without keypoints"
    numbers = isinstance(points, list) and all(isinstance(v, int | float) for v in points)
    return "" if numbers and len(points) == 3 * joints else f"whose keypoints are not {joints} times x, y, v"


def _person(row: Row, index: int, images: dict[Id, Path]) -> Annotation:
    points = np.array(row["keypoints"], np.float64).reshape(-1, 3)
    labelled = points[:, 2] > 0
    # COCO counts pixels from 0, so its integer is a centre's +0.5; its boxes are continuous already.
    joints = np.where(labelled[:, None], points[:, :2] + 0.5, 0)
    area = row.get("area")
    return Annotation(
        images[row["image_id"]], joints, labelled, points[:, 2] > 1, _box(row.get("bbox")),
        image_id=row["image_id"], id=row.get("id"), row=index, area=None if area is None else float(area),
    )  # fmt: skip


def _box(bbox: list[float] | None) -> Floats | None:
    """(4,) cx, cy, w, h; None for none, or for one that is none."""
    if not isinstance(bbox, list) or len(bbox) != 4:
        return None
    box = from_corner_and_size(bbox)
    return box if np.isfinite(box).all() and (box[2:] > 0).all() else None
