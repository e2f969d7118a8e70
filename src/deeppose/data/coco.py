"""Keypoints in COCO's format: COCO's own people (Lin et al., ECCV 2014), or anything else with joints.

Every category that has `keypoints` and `skeleton` can be read, so a file of animals, faces or machines is a data set:
the skeleton is built from the file, and left and right pair up by their names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.matlab import corners_to_box, locate
from deeppose.errors import ConfigError, DataError
from deeppose.skeleton import COCO, Skeleton, from_edges


def read_coco(root: Path, split: str, category: str | None = None) -> Dataset:
    """`annotations/person_keypoints_{train,val}2017.json` with `{train,val}2017/`, or any one JSON file.

    Crowd regions and people without a single joint are left out, as in COCO's own evaluation.

    Args:
        root: COCO's folder; or a JSON file, with its pictures beside it, in `images/` or in a folder of its split.
        split: "train" or "val"; for a JSON file only a name.
        category: its name, needed where the file has several with different joints.

    Raises:
        DataError: not COCO's format.
        ConfigError: several kinds of joints and no, or an unknown, category.
    """
    name = f"person_keypoints_{split}2017.json"
    path = locate(root, "coco", f"annotations/{name}", name)
    try:
        content = json.loads(path.read_text())
        wanted = _categories(path, content["categories"], category)
        folder = _pictures(path, split, content["images"])
        images = {image["id"]: folder / image["file_name"] for image in content["images"]}
        people = [_person(row, images) for row in content["annotations"] if _counts(row, wanted)]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"{path}: not COCO's keypoint format: {error!r}") from error
    return Dataset("coco", split, _skeleton(next(iter(wanted.values()))), people)


def _categories(path: Path, categories: list[dict[str, Any]], name: str | None) -> dict[int, dict[str, Any]]:
    """The categories to read, by id: all of the same joints."""
    jointed = {c["id"]: c for c in categories if c.get("keypoints")}
    wanted = {i: c for i, c in jointed.items() if name is None or c["name"] == name}
    if not jointed:
        raise DataError(
            f"{path}: no category has keypoints; a file of boxes alone cannot train or test a pose"
        )
    if len({tuple(c["keypoints"]) for c in wanted.values()}) != 1:
        names = ", ".join(sorted(c["name"] for c in jointed.values()))
        raise ConfigError(f"{path}: choose one category of those with keypoints: {names}")
    return wanted


def _skeleton(category: dict[str, Any]) -> Skeleton:
    joints = tuple(category["keypoints"])
    if joints == COCO.joints:
        return COCO
    edges = [(int(a) - 1, int(b) - 1) for a, b in category.get("skeleton") or []]
    return from_edges(category["name"], joints, edges)


def _pictures(path: Path, split: str, images: list[dict[str, Any]]) -> Path:
    """The folder that holds the file's first picture; the official one where none does."""
    up = path.parent.parent
    official = up / f"{split}2017"
    nearby = (official, up / "images", up / split, path.parent, path.parent / "images", path.parent / split)
    return next((f for f in nearby if images and (f / images[0]["file_name"]).exists()), official)


def _counts(row: dict[str, Any], wanted: dict[int, dict[str, Any]]) -> bool:
    return row["category_id"] in wanted and not row.get("iscrowd") and any(row["keypoints"][2::3])


def _person(row: dict[str, Any], images: dict[int, Path]) -> Annotation:
    points = np.array(row["keypoints"], np.float64).reshape(-1, 3)
    labelled = points[:, 2] > 0
    # COCO counts pixels from 0, so its integer is a centre's +0.5; its boxes are continuous already.
    joints = np.where(labelled[:, None], points[:, :2] + 0.5, 0)
    x, y, w, h = row["bbox"]
    return Annotation(
        images[row["image_id"]], joints, labelled, points[:, 2] > 1, corners_to_box([x, y, x + w, y + h])
    )
