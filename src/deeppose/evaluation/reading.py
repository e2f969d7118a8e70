"""Predictions from a file, laid beside the people of a data set: our JSON, COCO results, or an array of joints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose import skeleton as skeletons
from deeppose.data.annotation import Dataset
from deeppose.errors import DataError, unknown
from deeppose.evaluation import arrays, reading_json
from deeppose.evaluation.predictions import Predictions, in_terms
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
            return reading_json.read(path, dataset, options.missing_wrong)
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
