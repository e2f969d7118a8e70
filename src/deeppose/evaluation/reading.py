"""Predictions from a file, laid beside the people of a data set: our JSON, COCO results, or an array of joints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose import skeleton as skeletons
from deeppose.data.annotation import Dataset, places
from deeppose.errors import DataError, unknown
from deeppose.evaluation import arrays
from deeppose.evaluation.matching import Candidates, Id, Matches, by_id, by_path, image_ids
from deeppose.evaluation.predictions import FAR, Predictions, in_order, in_terms
from deeppose.evaluation.records import Record, records_of, results_of, without_null
from deeppose.poses import COCO_SHIFT, Poses, from_coco, from_records
from deeppose.skeleton import Skeleton


@dataclass(frozen=True)
class Options:
    """What the user says of a file; None is to be found out.

    Attributes:
        layout: of an array, a name of `arrays.LAYOUTS`.
        variable: of a `.mat` file.
        first_pixel: of an array, a key of `arrays.FIRST_PIXEL`; by default the data set's own convention.
        joints: of an array, the names of its joints in its order; by default the data set's.
        missing_wrong: pictures the file says nothing of count as wrong; otherwise such a file is refused.
    """

    layout: str | None = None
    variable: str | None = None
    first_pixel: str | None = None
    joints: tuple[str, ...] | None = None
    missing_wrong: bool = False


Everyone = Callable[[], tuple[int, NDArray[np.intp]]]


def read_predictions(
    path: Path, dataset: Dataset, everyone: Everyone, options: Options | None = None
) -> Predictions:
    """Read a file by its suffix: `.json`, `.jsonl`, `.npy` or `.mat`.

    Args:
        path: the file.
        dataset: the split, or the first people of it, to lay the predictions beside.
        everyone: called for an array, the number of people in all splits and which of them, in the data set's own
            order, are this split's.
        options: what cannot be seen from the file.

    Raises:
        DataError: what is wrong with the file, and the remedy.
    """
    options = options or Options()
    try:
        if path.suffix in (".json", ".jsonl"):
            return _from_json(path, dataset, options)
        if path.suffix in (".npy", ".mat"):
            return _from_array(path, dataset, everyone, options)
    except DataError as error:
        raise error if str(path) in str(error) else DataError(f"{path}: {error}") from error
    raise DataError(
        f"{path}: predictions are .json, .jsonl, .npy or .mat, not {path.suffix or 'a file without suffix'}"
    )


def _from_array(path: Path, dataset: Dataset, everyone: Everyone, options: Options) -> Predictions:
    array = arrays.read_array(path, options.variable)
    total, rows = everyone()
    people = {f"the {dataset.split} split": len(rows), "all people": total}
    if len(rows) == total:
        del people["all people"]
    named = _named(dataset.skeleton, options.joints)
    joints, layout, whom = arrays.arrange(array, len(named), people, options.layout)
    first = options.first_pixel or ("0" if dataset.name == "coco" else "1")
    joints = (joints[rows] if whom == "all people" else joints)[: len(dataset)] + arrays.FIRST_PIXEL[first]
    took = f"an array {np.shape(array)} in {layout} order for {whom}, first pixel's centre at {first}"
    stages, given, change = in_terms(joints[None], named, dataset.skeleton)
    notes = [took, change, arrays.order_doubt(stages[-1], given, dataset) if not options.joints else ""]
    nobody = np.zeros(len(dataset), bool)
    return Predictions(stages, nobody, given, "; ".join(note for note in notes if note))


def _named(skeleton: Skeleton, joints: tuple[str, ...] | None) -> Skeleton:
    """The array's own skeleton.

    Raises:
        ConfigError: no joint of that name anywhere, naming the nearest.
    """
    if joints is None:
        return skeleton
    known = {joint for each in (skeleton, *skeletons.SKELETONS.values()) for joint in each.joints}
    for joint in joints:
        if joint not in known:
            raise unknown("joint", joint, known)
    return skeletons.from_edges("the array", joints, ())


def _from_json(path: Path, dataset: Dataset, options: Options) -> Predictions:
    header, records = records_of(path)
    try:
        if "keypoints" in records[0]:
            found, matches = _from_coco(records, dataset)
        else:
            found, matches = _from_ours(records, dataset)
    except (DataError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"a record has no {error}" if isinstance(error, KeyError) else error
        raise DataError(f"{path}: {what}") from error
    if matches.uncovered and not options.missing_wrong:
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
