"""Predictions from a file, laid beside the people of a data set: our JSON, COCO results, or an array of joints."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose import skeleton as skeletons
from deeppose.data.annotation import Dataset
from deeppose.data.mapping import Mapping, mapping
from deeppose.errors import DataError
from deeppose.evaluation import arrays
from deeppose.evaluation.counts import Floats, Mask
from deeppose.evaluation.matching import Matches, by_name, by_number
from deeppose.poses import Poses, from_coco, from_records

FAR = 1e9
"""Pixels away: where somebody nobody predicted is put, so that every hit-or-miss metric calls it a miss."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions of the N people of a data set, in its order and skeleton.

    Attributes:
        stages: (S, N, K, 2) pixels; `FAR` for people who are missing.
        missing: (N,) nobody predicted them.
        given: (K,) joints the predictions' own skeleton has.
        took: what the file was taken for, in words.
        boxes: (N, 4) the boxes predicted in, where the file says.
        box: their kind, e.g. "full-image"; "unknown" where the file does not say.
        results: of a COCO file, every result's image number, joints (M, K, 2) and score (M,), for average precision.
        scores: (S, N, K) in [0, 1], 0 for people who are missing; None where the predictions have none.
        sigma: side of the joint boxes over diam(y), eq. (7), where the file says.
    """

    stages: Floats
    missing: Mask
    given: Mask
    took: str
    boxes: Floats | None = None
    box: str = "unknown"
    results: tuple[list[int], Floats, Floats] | None = None
    scores: Floats | None = None
    sigma: float | None = None


@dataclass(frozen=True)
class ArrayOptions:
    """What the user says of an array; None is to be found out.

    Attributes:
        layout: a name of `arrays.LAYOUTS`.
        variable: of a `.mat` file.
        first_pixel: a key of `arrays.FIRST_PIXEL`; by default the data set's own convention.
    """

    layout: str | None = None
    variable: str | None = None
    first_pixel: str | None = None


def read_predictions(
    path: Path,
    dataset: Dataset,
    everyone: Callable[[], tuple[int, NDArray[np.intp]]],
    options: ArrayOptions | None = None,
) -> Predictions:
    """Read a file by its suffix: `.json`, `.npy` or `.mat`.

    Args:
        path: the file.
        dataset: the split, or the first people of it, to lay the predictions beside.
        everyone: called for an array, the number of people in all splits and which of them, in the data set's own
            order, are this split's.
        options: for arrays.

    Raises:
        DataError: what is wrong with the file, and the remedy.
    """
    if path.suffix == ".json":
        return _from_json(path, dataset)
    if path.suffix in (".npy", ".mat"):
        return _from_array(path, dataset, everyone, options or ArrayOptions())
    raise DataError(
        f"{path}: predictions are .json, .npy or .mat, not {path.suffix or 'a file without suffix'}"
    )


def _from_array(
    path: Path, dataset: Dataset, everyone: Callable[[], tuple[int, NDArray[np.intp]]], options: ArrayOptions
) -> Predictions:
    array = arrays.read_array(path, options.variable)
    total, rows = everyone()
    people = {f"the {dataset.split} split": len(rows), "all people": total}
    if len(rows) == total:
        del people["all people"]
    try:
        joints, layout, whom = arrays.arrange(array, len(dataset.skeleton), people, options.layout)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    first = options.first_pixel or ("0" if dataset.name == "coco" else "1")
    joints = (joints[rows] if whom == "all people" else joints)[: len(dataset)] + arrays.FIRST_PIXEL[first]
    took = f"an array {np.shape(array)} in {layout} order for {whom}, first pixel's centre at {first}"
    nobody = np.zeros(len(dataset), bool)
    return Predictions(joints[None], nobody, np.ones(len(dataset.skeleton), bool), took)


def _from_json(path: Path, dataset: Dataset) -> Predictions:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as JSON: {error}") from error
    header, people = (content, content.get("people")) if isinstance(content, dict) else ({}, content)
    if not isinstance(people, list) or not people or not all(isinstance(person, dict) for person in people):
        raise DataError(
            f"{path}: needs a list of people, ours (with 'joints') or COCO's results (with 'keypoints')"
        )
    try:
        if "keypoints" in people[0]:
            return _from_coco(people, dataset)
        sigma = None if header.get("sigma") is None else float(header["sigma"])
        return replace(_from_ours(people, dataset), box=str(header.get("box", "unknown")), sigma=sigma)
    except (DataError, KeyError, TypeError, ValueError) as error:
        missing = f"a record has no {error}" if isinstance(error, KeyError) else error
        raise DataError(f"{path}: {missing}") from error


def _from_ours(records: list[dict[str, Any]], dataset: Dataset) -> Predictions:
    name = records[0].get("skeleton", dataset.skeleton.name)
    own = dataset.skeleton if name == dataset.skeleton.name else skeletons.get(name)
    poses, files = from_records(records, own)
    matches = by_name([a.image for a in dataset.annotations], files)
    took = f"our JSON, {len(records)} people, {matches.how}"
    return in_order(poses, matches, dataset, took)


def _from_coco(results: list[dict[str, Any]], dataset: Dataset) -> Predictions:
    poses, numbers = from_coco(results, dataset.skeleton)
    scores = np.array([float(result.get("score", 1.0)) for result in results])
    matches = by_number(dataset, poses.joints, scores, numbers)
    took = f"COCO results, {len(results)} of them, {matches.how}"
    return replace(
        in_order(poses, matches, dataset, took), results=(numbers, poses.joints, scores), boxes=None
    )


def in_order(poses: Poses, matches: Matches, dataset: Dataset, took: str) -> Predictions:
    """Poses of any skeleton, in the data set's order and skeleton."""
    stages = poses.joints[:, None] if poses.stages is None else poses.stages
    scores = _scores(poses)
    given = np.ones(len(dataset.skeleton), bool)
    if poses.skeleton != dataset.skeleton:
        change = mapping(poses.skeleton, dataset.skeleton)
        stages, mask = change(stages, np.ones(stages.shape[:-1], bool))
        given = np.all(mask, axis=(0, 1))
        scores = None if scores is None else _mapped(scores, change)
        took = f"{took}; {change}" if took else str(change)
    found = matches.index >= 0
    ordered = np.where(found[:, None, None, None], stages[matches.index], FAR)
    boxes = poses.boxes[matches.index]
    known = bool(found.all() and (boxes[:, 2:] > 0).all())
    if scores is not None:
        scores = np.where(found[:, None, None], scores[matches.index], 0.0).swapaxes(0, 1)
    return Predictions(ordered.swapaxes(0, 1), ~found, given, took, boxes if known else None, scores=scores)


def _mapped(scores: Floats, change: Mapping) -> Floats:
    """Scores (..., K) of the source to (..., T) of the target: a middle joint has the mean of its two."""
    pairs = np.repeat(scores[..., None], 2, axis=-1)
    return np.asarray(change(pairs, np.ones(scores.shape, bool))[0][..., 0])


def _scores(poses: Poses) -> Floats | None:
    """(N, S, K); None where they are no probabilities, or all 1, which is what a record without a score is read as."""
    scores = poses.scores[:, None] if poses.stages is None else poses.stage_scores
    if scores is None or not ((scores >= 0) & (scores <= 1)).all() or (scores == 1).all():
        return None
    return scores
