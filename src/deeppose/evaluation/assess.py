"""A data set and predictions to a result: what `deeppose evaluate`, `deeppose score` and the report share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data import boxes, datasets
from deeppose.data.annotation import Dataset
from deeppose.errors import DataError, DeepPoseError, unknown
from deeppose.evaluation.counts import Floats, Mask
from deeppose.evaluation.joints import Diagonal
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.protocol import THRESHOLDS, People, Protocol, choose_diagonal, people_of
from deeppose.evaluation.summary import Result, summarise

FLOOR_PEOPLE = 1000
"""Training people whose mean pose is the floor: as many as the paper's LSP split has."""


def read_truth(
    name: str, root: Path, split: str | None = None, labels: Path | None = None, limit: int | None = None
) -> Dataset:
    """The people to measure on: by default the last split, which is the test or validation one.

    Raises:
        ConfigError: an unknown data set or split.
        DataError: nobody is in it.
    """
    if name not in datasets.SOURCES:
        raise unknown("data set", name, datasets.SOURCES)
    dataset = datasets.read(name, root, split or datasets.SOURCES[name].splits[-1], labels)
    if not len(dataset):
        raise DataError(f"{root}: the {dataset.split} split of {name} has no people")
    return replace(dataset, annotations=dataset.annotations[:limit])


def positions(name: str, root: Path, split: str, labels: Path | None = None) -> tuple[int, NDArray[np.intp]]:
    """How many people all splits have, and where, in the data set's own order, those of one split, or part, are."""
    if name == "flic":  # the one file whose splits are interleaved
        from deeppose.data.flic import membership

        inside = membership(root, split)
        return len(inside), np.flatnonzero(inside)
    whole, part = (
        [a.image for a in datasets.read(name, root, which, labels).annotations] for which in ("all", split)
    )
    start = whole.index(part[0])
    return len(whole), np.arange(start, start + len(part))


def assess(
    dataset: Dataset,
    predictions: Predictions,
    name: str,
    train: Dataset | None = None,
    diagonal: Diagonal | None = None,
    thresholds: tuple[float, ...] | None = None,
) -> Result:
    """Measure predictions; the result of `summary.summarise`.

    Args:
        dataset: the truth.
        predictions: of the same people.
        name: the model or file, for the caption.
        train: the people whose mean pose is the floor.
        diagonal: of PDJ, by default `protocol.choose_diagonal`'s.
        thresholds: of PDJ.
    """
    people = people_of(dataset)
    lacks = unscored(people, predictions.given)
    people = replace(people, labelled=people.labelled & predictions.given, missing=predictions.missing)
    floor, told = mean_pose_floor(train, predictions)
    absent = int(predictions.missing.sum())
    lacking = (
        f"{absent} people have no prediction: wrong everywhere, left out of end-point errors"
        if absent
        else ""
    )
    protocol = Protocol(
        dataset.name,
        dataset.split,
        predictions.box,
        dataset.labels,
        name,
        diagonal or choose_diagonal(people.labelled, people.skeleton),
        thresholds or THRESHOLDS,
        tuple(note for note in (predictions.took, lacks, lacking, told) if note),
    )
    return summarise(people, predictions.stages, protocol, floor)


def unscored(people: People, given: Mask) -> str:
    """A sentence on the joints no number counts: nobody has them labelled, or the predictions have no such joint.

    Args:
        people: the truth.
        given: (K,) joints the predictions have.
    """
    labelled = people.labelled.any(0)
    reasons = {"not labelled": ~labelled, "not predicted": labelled & ~given}
    names = np.array(people.skeleton.joints)
    parts = [f"{', '.join(names[mask])} ({why})" for why, mask in reasons.items() if mask.any()]
    return f"not scored: {'; '.join(parts)}" if parts else ""


def training_people(name: str, root: Path, labels: Path | None = None) -> Dataset | None:
    """The first `FLOOR_PEOPLE` of the training split, or None where it cannot be read."""
    try:
        train = datasets.read(name, root, "train", labels)
    except DeepPoseError:
        return None
    return replace(train, annotations=train.annotations[:FLOOR_PEOPLE])


def mean_pose_floor(train: Dataset | None, predictions: Predictions) -> tuple[Floats | None, str]:
    """(N, K, 2) the mean pose of the training people in each person's box, and a sentence about it."""
    if predictions.box in ("face", "own-face", "person"):
        return None, f"no mean-pose floor: training people have no {predictions.box} boxes here"
    if predictions.boxes is None or predictions.box not in ("full-image", "ground-truth"):
        return None, "no mean-pose floor: the predictions do not say which boxes they were made in"
    if train is None or not len(train):
        return None, "no mean-pose floor: no training people were found"
    joints, labelled, files = train.joints(), train.labelled(), [a.image for a in train.annotations]
    try:
        full = predictions.box == "full-image"
        around = boxes.full_image_boxes(files) if full else boxes.tight_box(joints, labelled)
    except DeepPoseError as error:
        return None, f"no mean-pose floor: {error}"
    usable = (around[:, 2:] > 0).all(1)
    mean = boxes.mean_pose(joints[usable], labelled[usable], around[usable])
    told = f"mean pose: of {int(usable.sum())} people of {train.name} train, in the same kind of box"
    return boxes.placed(mean, predictions.boxes), told
