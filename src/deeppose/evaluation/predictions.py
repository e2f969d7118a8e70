"""Predictions of the people of a data set, in its order and skeleton."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Dataset, places
from deeppose.data.mapping import Mapping, mapping
from deeppose.evaluation.matching import Matches
from deeppose.evaluation.records import results_of
from deeppose.files import Record
from deeppose.poses import COCO_SHIFT, Poses
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

FAR = 1e9
"""Pixels away: where somebody nobody predicted is put, so that every hit-or-miss metric calls it a miss."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions of the N people of a data set, in its order and skeleton.

    Attributes:
        stages: (S, N, K, 2) pixels; `FAR` where `absent`.
        missing: (N,) nobody predicted them.
        given: (K,) joints the predictions' own skeleton has.
        took: what the file was taken for, in words.
        boxes: (N, 4) the boxes predicted in, where the file says.
        box: their kind, e.g. "full-image"; "unknown" where the file does not say.
        results: COCO results of the same people or more, for average precision; None where there are none.
        scores: (S, N, K) in [0, 1], 0 where absent; None where the predictions have none.
        sigma: side of the joint boxes over diam(y), eq. (7), where the file says.
        absent: (N, K) joints without a place: not found, whoever is asked.
    """

    stages: Floats
    missing: Mask
    given: Mask
    took: str
    boxes: Floats | None = None
    box: str = "unknown"
    results: list[Record] | None = None
    scores: Floats | None = None
    sigma: float | None = None
    absent: Mask = field(init=False)

    def __post_init__(self) -> None:
        known = places(self.stages) & ~self.missing[:, None]
        object.__setattr__(self, "absent", ~known.all(0))
        object.__setattr__(self, "stages", np.where(known[..., None], self.stages, FAR))
        if self.scores is not None:
            usable = known & np.isfinite(self.scores)
            object.__setattr__(self, "scores", np.where(usable, self.scores, 0.0))


def in_order(poses: Poses, matches: Matches, dataset: Dataset, took: str) -> Predictions:
    """Poses of any skeleton, in the data set's order and skeleton."""
    all_stages = poses.joints[:, None] if poses.stages is None else poses.stages
    stages, given, change = in_terms(all_stages, poses.skeleton, dataset.skeleton)
    scores = _scores(poses)
    if change and scores is not None:
        scores = _mapped(scores, mapping(poses.skeleton, dataset.skeleton))
    found = matches.index >= 0
    ordered = _picked(stages, matches.index, FAR)
    boxes = _picked(poses.boxes, matches.index, 0.0)
    known = bool(found.all() and (boxes[:, 2:] > 0).all())
    if scores is not None:
        scores = _picked(scores, matches.index, 0.0).swapaxes(0, 1)
    told = "; ".join(note for note in (took, change) if note)
    laid = Predictions(ordered.swapaxes(0, 1), ~found, given, told, boxes if known else None, scores=scores)
    whole = dataset.file is not None and given.all() and len(poses) == found.sum() == len(dataset)
    return replace(laid, results=_results(laid, poses, matches, dataset)) if whole else laid


def _results(laid: Predictions, poses: Poses, matches: Matches, dataset: Dataset) -> list[Record]:
    """One COCO result for everybody of a data set in COCO's format; the person's score is the mean of the joints'."""
    images = [i for person in dataset.annotations if (i := person.image_id) is not None]
    scores = poses.scores.mean(1)[matches.index]
    return results_of(images, laid.stages[-1] - COCO_SHIFT, scores, dataset.categories[0])


def _picked(rows: Floats, index: NDArray[np.intp], absent: float) -> Floats:
    """(M, ...) rows to (N, ...) by index, and `absent` where that is below 0."""
    out = np.full((len(index), *rows.shape[1:]), absent)
    out[index >= 0] = rows[index[index >= 0]]
    return out


def in_terms(joints: Floats, source: Skeleton, target: Skeleton) -> tuple[Floats, Mask, str]:
    """Joints (..., K, 2) of one skeleton in terms of another, (T,) which of its joints they give, and how, in words."""
    if source == target:
        return joints, np.ones(len(target), bool), ""
    change = mapping(source, target)
    mapped, _ = change(joints, np.ones(joints.shape[:-1], bool))
    return mapped, np.array([bool(part) for part in change.parts]), str(change)


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
