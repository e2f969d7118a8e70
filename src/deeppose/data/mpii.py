"""MPII Human Pose (Andriluka et al., CVPR 2014), from its own MATLAB file or the JSON form most code uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.layout import locate
from deeppose.data.matlab import centred, variable
from deeppose.errors import DataError
from deeppose.files import below, read_json
from deeppose.skeleton import MPII
from deeppose.types import Floats

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
    people, problems = _from_json(path, folder) if path.suffix == ".json" else _from_mat(path, folder)
    if problems and not people:
        raise DataError(f"{path}: nobody can be read of {len(problems)} people, {problems[0]}")
    notes = (
        (f"left out of {path.name}: {len(problems)} people, the first of them {problems[0]}",)
        if problems
        else ()
    )
    rows = [replace(person, row=row) for row, person in enumerate(people)]
    return Dataset("mpii", split, MPII, rows, notes=notes)


def _from_json(path: Path, folder: Path) -> tuple[list[Annotation], list[str]]:
    rows = read_json(path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path}: not a list of people with image, joints, joints_vis, center, scale")
    return _each(list(enumerate(rows)), lambda row: _json_person(row, folder))


def _each(
    rows: list[tuple[Any, Any]], read: Callable[[Any], Annotation]
) -> tuple[list[Annotation], list[str]]:
    """The people who can be read, and of each of the others where they stand and why they cannot."""
    people, problems = [], []
    for where, row in rows:
        try:
            people.append(read(row))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
            problems.append(f"{where}: {error!r}")
    return people, problems


def _json_person(row: dict[str, Any], folder: Path) -> Annotation:
    points = np.array(row["joints"], np.float64).reshape(16, 2)
    labelled = np.asarray(
        (points > 0).any(axis=1) | np.isnan(points).any(axis=1)
    )  # missing: (-1, -1) or (0, 0)
    joints = np.where(labelled[:, None], centred(points), 0)
    visible = labelled & (np.array(row["joints_vis"], np.float64) > 0)
    x, y = row.get("center") or (None, None)
    return Annotation(
        below(folder / "images", row["image"]), joints, labelled, visible, _box(x, y, row.get("scale"))
    )


def _from_mat(path: Path, folder: Path) -> tuple[list[Annotation], list[str]]:
    release = variable(path, "RELEASE", struct_as_record=False, squeeze_me=True)
    try:
        pictures = np.atleast_1d(release.annolist)[np.atleast_1d(release.img_train) == 1]
        rows = [
            (str(picture.image.name), (person, below(folder / "images", str(picture.image.name))))
            for picture in pictures
            for person in np.atleast_1d(picture.annorect)
            if hasattr(getattr(person, "annopoints", None), "point")
        ]
    except (AttributeError, IndexError, TypeError) as error:
        raise DataError(f"{path}: RELEASE is not MPII's: {error}") from error
    return _each(rows, lambda row: _mat_person(*row))


def _mat_person(person: Any, image: Path) -> Annotation:
    joints, labelled, visible = np.zeros((16, 2)), np.zeros(16, bool), np.zeros(16, bool)
    for point in np.atleast_1d(person.annopoints.point):
        joints[point.id] = centred([point.x, point.y])
        labelled[point.id] = True
        # Stored as text, number or nothing; the head's two joints have nothing and are always in view.
        visible[point.id] = str(getattr(point, "is_visible", "")) not in ("0", "0.0")
    place = getattr(person, "objpos", None)
    box = _box(getattr(place, "x", None), getattr(place, "y", None), getattr(person, "scale", None))
    return Annotation(image, joints, labelled, visible, box, head=_head(person))


def _head(person: Any) -> float | None:
    """What PCKh divides by; None without a head box."""
    ends = [getattr(person, name, None) for name in ("x1", "y1", "x2", "y2")]
    numbers = [float(end) for end in ends if isinstance(end, int | float | np.number)]
    if len(numbers) < len(ends):
        return None
    x1, y1, x2, y2 = numbers
    size = HEAD_SHARE * float(np.hypot(x2 - x1, y2 - y1))
    return size if 0 < size < np.inf else None


def _box(x: Any, y: Any, scale: Any) -> Floats | None:
    """The square of the person's stated place and height (`scale` counts in 200 pixels); None where one is missing."""
    if not all(isinstance(value, int | float | np.number) for value in (x, y, scale)):
        return None
    box = np.array([x - 0.5, y - 0.5, 200 * scale, 200 * scale], np.float64)
    return box if np.isfinite(box).all() and scale > 0 else None
