"""Frames Labeled In Cinema (Sapp & Taskar, CVPR 2013): 5003 upper bodies from films, 3987 train, 1016 test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.layout import locate
from deeppose.data.matlab import centred, load
from deeppose.errors import DataError
from deeppose.files import below
from deeppose.rectangles import from_corners
from deeppose.skeleton import FLIC

COLUMNS = {
    "left_shoulder": 0, "left_elbow": 1, "left_wrist": 2, "right_shoulder": 3, "right_elbow": 4, "right_wrist": 5,
    "left_hip": 6, "right_hip": 9, "left_eye": 12, "right_eye": 13,
}  # fmt: skip
"""Where `coords` holds each joint. The eleventh labelled column, 16, is the nose: ten joints are FLIC's and the
paper's number, and the nose is the one without a partner, a few pixels from both eyes."""

_FIELDS = {"coords", "filepath", "torsobox", "istrain", "istest"}


def read_flic(root: Path, split: str) -> Dataset:
    """`examples.mat` (or the observer-centric `flic-joints-oc.mat`) and `images/`; splits "train", "test".

    The torso box goes to `Annotation.torso`. Labels are called observer-centric when no left shoulder lies to the
    left of the right one in any picture, which people seen from behind would bring about.
    """
    path = _locate(root)
    rows = _struct(path)
    inside = [int(np.ravel(row[f"is{split}"])[0]) for row in rows]
    people = [_person(row, path.parent / "images", i) for i, row in enumerate(rows) if inside[i]]
    facing = all(row["coords"][0, 0] > row["coords"][0, 3] for row in rows)
    return Dataset("flic", split, FLIC, people, labels="OC" if facing else "PC")


def _locate(root: Path) -> Path:
    return locate(root, "flic", "examples.mat", "FLIC/examples.mat", "flic-joints-oc.mat")


def _struct(path: Path) -> Any:
    """The struct array, whatever the file calls it."""
    for value in load(path).values():
        names = getattr(getattr(value, "dtype", None), "names", None)
        if names and set(names) >= _FIELDS:
            return value.ravel()
    raise DataError(f"{path}: no struct array with the fields {', '.join(sorted(_FIELDS))}")


def _person(row: Any, images: Path, index: int) -> Annotation:
    joints = centred(row["coords"].T[[COLUMNS[joint] for joint in FLIC.joints]])
    labelled = np.asarray(np.isfinite(joints).all(axis=1))
    joints[~labelled] = 0
    torso = from_corners(centred(np.ravel(row["torsobox"])))
    image = below(images, str(np.ravel(row["filepath"])[0]))
    return Annotation(image, joints, labelled, labelled, torso=torso, row=index)
