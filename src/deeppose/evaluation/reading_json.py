"""Predictions in JSON beside the people of a data set: our records, or COCO results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from deeppose import skeleton as skeletons
from deeppose.data.annotation import Dataset, places
from deeppose.errors import DataError
from deeppose.evaluation.matching import Candidates, Matches, by_id, by_path
from deeppose.evaluation.picture_names import image_ids
from deeppose.evaluation.predictions import FAR, Predictions, in_order, in_terms
from deeppose.evaluation.records import records_of, results_of, without_null
from deeppose.files import Id, Record
from deeppose.poses import COCO_SHIFT, Poses, from_coco, from_records
from deeppose.skeleton import Skeleton


def read(path: Path, dataset: Dataset, missing_wrong: bool) -> Predictions:
    """What a `.json` or `.jsonl` says of a data set's people.

    Args:
        missing_wrong: people of pictures the file says nothing of are wrong; otherwise it is refused.

    Raises:
        DataError: what is wrong with it, and the remedy.
    """
    header, records = records_of(path)
    try:
        if "keypoints" in records[0]:
            found, matches = _from_coco(records, dataset)
        else:
            found, matches = _from_ours(records, dataset)
    except (DataError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"a record has no {error}" if isinstance(error, KeyError) else error
        raise DataError(f"{path}: {what}") from error
    if matches.uncovered and not missing_wrong:
        raise DataError(_uncovered(matches.uncovered, dataset, header))
    sigma = header.get("sigma")
    return replace(
        found,
        box=str(header.get("box", "unknown")),
        sigma=float(sigma) if isinstance(sigma, int | float) else None,
    )


def _uncovered(pictures: tuple[str, ...], dataset: Dataset, header: Record) -> str:
    covers = header.get("covers")
    said = f" (it says that it covers {covers})" if covers else ""
    return (
        f"says nothing of {len(pictures)} pictures of {dataset.name} {dataset.split}, the first of them "
        f"{pictures[0]}{said}; measure the people it covers with --limit N, or count those it leaves out as wrong "
        "with --missing-wrong"
    )


def _from_ours(records: list[Record], dataset: Dataset) -> tuple[Predictions, Matches]:
    empty = [str(r.get("file", "")) for r in records if not r.get("joints") and r.get("people") == 0]
    records = [r for r in records if r.get("joints") or r.get("people") != 0]
    own = _skeleton(records, dataset.skeleton)
    poses, files = from_records([without_null(r) for r in records], own)
    _check_boxes(records)
    scores = [r.get("score") for r in records]
    took = f"our JSON, {len(records)} people"
    stated = [r.get("annotation_id") for r in records]

    def match(candidates: Candidates) -> Matches:
        return by_path(dataset, candidates, files, empty)

    found, matches, candidates = _laid(poses, dataset, took, stated, scores, match)
    return replace(found, results=_told(dataset, files, candidates)), matches


def _skeleton(records: list[Record], default: Skeleton) -> Skeleton:
    """The one skeleton of all records.

    Raises:
        DataError: there are several.
    """
    names = list(dict.fromkeys(str(r.get("skeleton", default.name)) for r in records))
    if len(names) > 1:
        raise DataError(f"records of several skeletons, {' and '.join(names)}: one file holds one")
    return default if not names or names[0] == default.name else skeletons.get(names[0])


def _check_boxes(records: list[Record]) -> None:
    for i, record in enumerate(records):
        box = record.get("box")
        unknown_box = box is None or box["w"] == box["h"] == 0
        if box is not None and not unknown_box and not (box["w"] >= 1 and box["h"] >= 1):
            raise DataError(f"prediction {i}: a box of {box['w']:g} x {box['h']:g} pixels holds nobody")


def _from_coco(results: list[Record], dataset: Dataset) -> tuple[Predictions, Matches]:
    wanted = set(dataset.categories)
    kept = [r for r in results if not wanted or r.get("category_id", next(iter(wanted))) in wanted]
    if not kept:
        raise DataError(f"no result is of category {sorted(map(str, wanted))}")
    poses, ids = from_coco(kept, dataset.skeleton)
    scores = [r.get("score", 1.0) for r in kept]
    others = f", {len(results) - len(kept)} of them of other categories" if len(kept) < len(results) else ""
    took = f"COCO results, {len(results)} of them{others}"
    files = [str(r["file_name"]) for r in kept if "file_name" in r]
    named = len(files) == len(kept)
    stated = [r.get("annotation_id") for r in kept]

    def match(candidates: Candidates) -> Matches:
        return by_path(dataset, candidates, files) if named else by_id(dataset, candidates, ids)

    found, matches, candidates = _laid(poses, dataset, took, stated, scores, match)
    told = _told(dataset, files, candidates) if named and dataset.image_ids else kept
    return replace(found, results=told, boxes=None), matches


def _told(dataset: Dataset, files: Sequence[str], candidates: Candidates) -> list[Record] | None:
    """COCO results under the ids of a data set in COCO's format; None where it has none, or joints are lacking."""
    if dataset.image_ids is None or not candidates.given.all():
        return None
    ids = image_ids(dataset, files)
    known = [m for m, name in enumerate(ids) if name is not None]
    joints, scores = candidates.joints[known] - COCO_SHIFT, candidates.scores[known]
    return results_of([name for name in ids if name is not None], joints, scores, dataset.categories[0])


def _laid(
    poses: Poses,
    dataset: Dataset,
    took: str,
    stated: list[Id | None],
    scores: Sequence[float | None],
    match: Callable[[Candidates], Matches],
) -> tuple[Predictions, Matches, Candidates]:
    """Poses beside the people `match` finds them to be, and all of them as candidates."""
    joints, given, _ = in_terms(poses.joints, poses.skeleton, dataset.skeleton)
    means = poses.scores.mean(1)
    person = np.array([m if s is None else float(s) for s, m in zip(scores, means, strict=True)], np.float64)
    joints = np.where(places(joints)[..., None], joints, FAR)
    candidates = Candidates(joints, given, np.nan_to_num(person), stated)
    matches = match(candidates)
    beyond = f", {matches.strangers} of other pictures" if matches.strangers else ""
    return in_order(poses, matches, dataset, f"{took}{beyond}, {matches.how}"), matches, candidates
