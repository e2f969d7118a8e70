"""Which prediction belongs to which person of a data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Dataset
from deeppose.errors import DataError
from deeppose.evaluation.counts import Floats


@dataclass(frozen=True, eq=False)
class Matches:
    """`index` (N,): the prediction of each person, below 0 for none; `how`, in words."""

    index: NDArray[np.intp]
    how: str


def by_name(pictures: Sequence[Path], files: Sequence[str]) -> Matches:
    """By the pictures' names; one after the other where the two lists of names are the same.

    Raises:
        DataError: several people share a picture in another order, or no name is known.

    >>> by_name([Path("a/1.jpg"), Path("a/2.jpg")], ["2.jpg", "9.jpg"]).index
    array([-1,  0])
    """
    wanted, given = [p.name for p in pictures], [Path(f).name for f in files]
    if wanted == given:
        return Matches(np.arange(len(wanted)), "in the data set's order")
    place = {name: i for i, name in enumerate(given)}
    if not set(wanted) & set(given):
        raise DataError(
            f"no prediction is of a picture of this data set: {given[0]!r} is not like {wanted[0]!r}"
        )
    if len(place) < len(given) or len(set(wanted)) < len(wanted):
        raise DataError(
            "several people share a picture: list the predictions in the data set's order, one a person"
        )
    return Matches(np.array([place.get(name, -1) for name in wanted]), "by the pictures' names")


def number(picture: Path) -> int:
    """The image number COCO results call a picture by: the last digits of its name.

    >>> number(Path("images/im1001.jpg"))
    1001
    """
    digits = re.findall(r"\d+", picture.stem)
    if not digits:
        raise DataError(f"{picture.name}: has no number, so COCO results cannot name it; use our JSON")
    return int(digits[-1])


def numbers(dataset: Dataset) -> list[int]:
    """The image number of every person's picture.

    Raises:
        DataError: two pictures have the same number.
    """
    each = [number(a.image) for a in dataset.annotations]
    if len(set(each)) < len({a.image for a in dataset.annotations}):
        raise DataError(
            f"pictures of {dataset.name} share numbers, so COCO results cannot name them; use our JSON"
        )
    return each


def by_number(dataset: Dataset, joints: Floats, scores: Floats, given: Sequence[int]) -> Matches:
    """COCO results to people: in every picture, by falling score, each to the nearest person still without one.

    Nearest by the mean distance over labelled joints; where a picture has one person, that is the best-scored result.

    Args:
        dataset: N people.
        joints: (M, K, 2) of the results.
        scores: (M,).
        given: (M,) image numbers.

    Raises:
        DataError: no result is of a picture of this data set.
    """
    people: dict[int, list[int]] = {}
    for n, image in enumerate(numbers(dataset)):
        people.setdefault(image, []).append(n)
    if not set(given) & set(people):
        raise DataError(
            f"no result is of a picture of this data set: image_id {given[0]} is not like {next(iter(people))}"
        )
    index = np.full(len(dataset), -1)
    for m in np.argsort(-scores, kind="stable"):
        left = [n for n in people.get(given[m], ()) if index[n] < 0]
        if left:
            index[min(left, key=lambda n: _distance(dataset, n, joints[m]))] = m
    return Matches(index, "by image number and falling score")


def _distance(dataset: Dataset, person: int, joints: Floats) -> float:
    annotation = dataset.annotations[person]
    if not annotation.labelled.any():
        return float("inf")
    return float(np.linalg.norm(annotation.joints - joints, axis=-1)[annotation.labelled].mean())
