"""MPII Human Pose (Andriluka et al., CVPR 2014), from its own MATLAB file or the JSON form most code uses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.matlab import centred, locate, variable
from deeppose.errors import DataError
from deeppose.skeleton import MPII

MAT = "mpii_human_pose_v1_u12_1.mat"

HEAD_SHARE = 0.6
"""PCKh divides by this share of the head box's diagonal (the data set's evaluation code)."""


def read_mpii(root: Path, split: str) -> Dataset:
    """`annot/train.json` and `annot/valid.json` where they exist, else the .mat's training people; and `images/`.

    The .mat withholds the test set's joints and does not know the split "valid". The JSON form knows no head boxes,
    so PCKh needs the .mat.
    """
    stem = "annot/" + split
    names = (f"{stem}.json", f"{split}.json", *((MAT, f"annot/{MAT}") if split == "train" else ()))
    path = locate(root, "mpii", *names)
    folder = path.parent if (path.parent / "images").is_dir() else path.parent.parent
    people = _from_json(path, folder) if path.suffix == ".json" else _from_mat(path, folder)
    return Dataset("mpii", split, MPII, [replace(person, row=row) for row, person in enumerate(people)])


def _from_json(path: Path, folder: Path) -> list[Annotation]:
    try:
        rows = json.loads(path.read_text())
        return [_json_person(row, folder) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not a list of people with image, joints, joints_vis, center, scale: {error!r}"
        ) from error


def _json_person(row: dict[str, Any], folder: Path) -> Annotation:
    points = np.array(row["joints"], np.float64).reshape(16, 2)
    labelled = np.asarray((points > 0).any(axis=1))  # a missing joint is (-1, -1) or (0, 0)
    joints = np.where(labelled[:, None], centred(points), 0)
    visible = labelled & (np.array(row["joints_vis"]) > 0)
    x, y = row["center"]
    return Annotation(folder / "images" / row["image"], joints, labelled, visible, _box(x, y, row["scale"]))


def _from_mat(path: Path, folder: Path) -> list[Annotation]:
    release = variable(path, "RELEASE", struct_as_record=False, squeeze_me=True)
    pictures = np.atleast_1d(release.annolist)[np.atleast_1d(release.img_train) == 1]
    return [
        _mat_person(person, folder / "images" / str(picture.image.name))
        for picture in pictures
        for person in np.atleast_1d(picture.annorect)
        if hasattr(getattr(person, "annopoints", None), "point")
    ]


def _mat_person(person: Any, image: Path) -> Annotation:
    joints, labelled, visible = np.zeros((16, 2)), np.zeros(16, bool), np.zeros(16, bool)
    for point in np.atleast_1d(person.annopoints.point):
        joints[point.id] = centred([point.x, point.y])
        labelled[point.id] = True
        # Stored as text, number or nothing; the head's two joints have nothing and are always in view.
        visible[point.id] = str(getattr(point, "is_visible", "")) not in ("0", "0.0")
    box = _box(person.objpos.x, person.objpos.y, person.scale) if hasattr(person.objpos, "x") else None
    head = HEAD_SHARE * float(np.hypot(float(person.x2) - person.x1, float(person.y2) - person.y1))
    return Annotation(image, joints, labelled, visible, box, head=head)


def _box(x: float, y: float, scale: float) -> Any:
    """The square of the person's stated place and height (`scale` counts in 200 pixels)."""
    return np.array([x - 0.5, y - 0.5, 200 * scale, 200 * scale], np.float64)
