"""Image Parse (Ramanan, NIPS 2006): 305 people about 150 pixels high, LSP's joints, person-centric."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.layout import locate, pictures
from deeppose.data.matlab import centred, variable
from deeppose.errors import DataError
from deeppose.skeleton import LSP
from deeppose.types import Floats

SPLITS = {"train": slice(0, 100), "test": slice(100, 305)}


def read_parse(root: Path, split: str) -> Dataset:
    """`labels.mat` beside `im0001.jpg` ... `im0305.jpg`; 1-100 train, 101-305 test.

    The file's own `segmentTypes` call the first joint "lank", left as seen in the picture of someone who faces us;
    for the person that is the right ankle, so the order is LSP's.
    """
    path = locate(root, "parse", "labels.mat")
    points: Floats = variable(path, "ptsAll")
    if points.shape != (14, 2, 305):
        raise DataError(f"{path}: ptsAll of shape {points.shape}, but Image Parse has (14, 2, 305)")
    images = pictures(path.parent, [f"im{i + 1:04d}" for i in range(305)])[SPLITS[split]]
    joints = centred(points.transpose(2, 0, 1)[SPLITS[split]])
    everywhere = np.ones(14, bool)
    rows = range(305)[SPLITS[split]]
    people = [
        Annotation(image, xy, everywhere, everywhere, image_id=row + 1, row=row)
        for image, xy, row in zip(images, joints, rows, strict=True)
    ]
    return Dataset("parse", split, LSP, people)
