"""Everybody of a data set, predicted: one picture after the other, each decoded once, its people together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from deeppose.data.annotation import Dataset
from deeppose.data.images import read_image
from deeppose.inference.found import Found
from deeppose.inference.frames import Frame
from deeppose.inference.pipeline import Pipeline
from deeppose.inference.predictor import Predictor
from deeppose.poses import Poses, concatenate
from deeppose.types import Floats


class _InTurn:
    """A finder that is told the people of each picture, in the order of the pictures."""

    def __init__(self, boxes: Iterator[Floats]) -> None:
        self.boxes = boxes

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        del picture
        boxes = next(self.boxes)
        return Found(boxes, np.ones(len(boxes)))


def predict(dataset: Dataset, boxes: Floats, predictor: Predictor, turns: int = 1) -> Poses:
    """The poses of N people from their boxes (N, 4), in the data set's order; progress on standard error.

    Raises:
        ImageError: a picture cannot be read.
        ConfigError: a box lies outside its picture.
    """
    pictures: dict[Path, list[int]] = {}
    for n, person in enumerate(dataset.annotations):
        pictures.setdefault(person.image, []).append(n)
    shown = tqdm(pictures, unit="picture", file=sys.stderr)
    frames = (Frame(str(file), 0, None, read_image(file)) for file in shown)
    pipeline = Pipeline(predictor, _InTurn(boxes[people] for people in pictures.values()), turns)
    poses = concatenate([poses for _, poses in pipeline.run(frames)])
    order = np.argsort([n for people in pictures.values() for n in people])
    return poses[order]
