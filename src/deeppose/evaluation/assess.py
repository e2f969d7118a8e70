"""A data set and predictions to a result: what `deeppose evaluate`, `deeppose score` and the report share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from deeppose.data import boxes, datasets
from deeppose.data.annotation import Dataset
from deeppose.errors import ConfigError, DataError, DeepPoseError, unknown
from deeppose.evaluation.joints import Diagonal
from deeppose.evaluation.outcome import BoxFacts, Evaluation
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.protocol import THRESHOLDS, People, Protocol, choose_diagonal, people_of
from deeppose.evaluation.summary import summarise
from deeppose.rectangles import iou
from deeppose.types import Floats, Mask

FLOOR_PEOPLE = 1000
"""Training people whose mean pose is the floor: as many as the paper's LSP split has."""


def read_truth(
    name: str,
    root: Path,
    split: str | None = None,
    labels: Path | None = None,
    limit: int | None = None,
    category: str | None = None,
) -> Dataset:
    """The people to measure on: by default the last split, which is the test or validation one.

    Raises:
        ConfigError: an unknown data set or split.
        DataError: nobody is in it.
    """
    if name not in datasets.SOURCES:
        raise unknown("data set", name, datasets.SOURCES)
    dataset = datasets.read(name, root, split or datasets.SOURCES[name].splits[-1], labels, category)
    if not len(dataset):
        raise DataError(f"{root}: the {dataset.split} split of {name} has no people")
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit {limit}: measure at least one person")
    return replace(dataset, annotations=dataset.annotations[:limit])


def assess(
    dataset: Dataset,
    predictions: Predictions,
    name: str,
    train: Dataset | None = None,
    diagonal: Diagonal | None = None,
    thresholds: tuple[float, ...] | None = None,
) -> Evaluation:
    """Measure predictions: everything but average precision and a comparison, which come from elsewhere.

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
    people = replace(people, given=predictions.given, absent=predictions.absent)
    floor, told = mean_pose_floor(train, predictions)
    protocol = Protocol(
        dataset.name,
        dataset.split,
        predictions.box,
        dataset.labels,
        name,
        diagonal or choose_diagonal(people.labelled, people.skeleton),
        thresholds or THRESHOLDS,
        tuple(n for n in (*dataset.notes, predictions.took, lacks, *_absences(predictions), told) if n),
    )
    return Evaluation(dataset, predictions, summarise(people, predictions.stages, protocol, floor))


def box_facts(dataset: Dataset, around: Floats, fallbacks: int | None = None) -> BoxFacts:
    """What is known of the boxes (N, 4) that people were predicted in, beside the ground-truth ones."""
    tight = boxes.tight_box(dataset.joints(), dataset.labelled())
    return BoxFacts(len(around), float(iou(around, tight).mean()), fallbacks)


def _absences(predictions: Predictions) -> tuple[str, ...]:
    """Sentences on people and joints without a prediction."""
    people = int(predictions.missing.sum())
    joints = int((predictions.absent & predictions.given & ~predictions.missing[:, None]).sum())
    wrong = "wrong everywhere, left out of end-point errors"
    return (
        f"{people} people have no prediction: {wrong}" if people else "",
        f"{joints} joints of predicted people have no place (not a finite number): {wrong}" if joints else "",
    )


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
    """The first `FLOOR_PEOPLE` of the training split, or None where there is none or it cannot be read."""
    if datasets.one_file(root, labels):
        return None
    try:
        train = datasets.read(name, root, "train", labels)
    except DeepPoseError:
        return None
    return replace(train, annotations=train.annotations[:FLOOR_PEOPLE])


def mean_pose_floor(train: Dataset | None, predictions: Predictions) -> tuple[Floats | None, str]:
    """(N, K, 2) the mean pose of the training people in each person's box, and a sentence about it."""
    if predictions.box in ("face", "own-face", "person", "given"):
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
