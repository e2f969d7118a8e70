"""Which prediction belongs to which person of a data set: first by the picture, then by a stated id or by nearness.

Pictures are told apart by their paths below the data set's folder, never by a name that two folders can hold, or by
the data set's own ids, which are opaque. People of one picture are told apart by the id that a prediction states;
without one, by how near it lies, whatever order the predictions come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Dataset
from deeppose.errors import DataError
from deeppose.evaluation.joints import box_sizes
from deeppose.evaluation.picture_names import Ends, paths_of
from deeppose.files import Id
from deeppose.types import Floats, Mask


@dataclass(frozen=True, eq=False)
class Matches:
    """Predictions laid beside people.

    Attributes:
        index: (N,) the prediction of each person, below 0 for none.
        how: in words.
        strangers: predictions of pictures that are not the data set's, left out.
        uncovered: pictures of the data set that no prediction is of, by their first names.
    """

    index: NDArray[np.intp]
    how: str
    strangers: int = 0
    uncovered: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Candidates:
    """M predictions, as far as matching looks at them.

    Attributes:
        joints: (M, K, 2) of the last stage, in the data set's skeleton.
        given: (K,) joints the predictions' own skeleton has.
        scores: (M,) of each person.
        ids: (M,) which annotation each says it is of; None where it says nothing.
    """

    joints: Floats
    given: Mask
    scores: Floats
    ids: Sequence[Id | None]


def person_id(dataset: Dataset, person: int) -> Id:
    """What a prediction calls the person it is of: the data set's own id, else the row."""
    annotation = dataset.annotations[person]
    return annotation.row if annotation.id is None else annotation.id


def by_path(
    dataset: Dataset, candidates: Candidates, files: Sequence[str], empty: Sequence[str] = ()
) -> Matches:
    """By the pictures' paths: a prediction's ends in the data set's path below its own folder.

    Args:
        dataset: N people.
        candidates: M predictions.
        files: (M,) the picture of each, as its own program knew it.
        empty: pictures that nobody was found in.

    Raises:
        DataError: no prediction is of a picture of this data set.
    """
    paths = paths_of(dataset)
    keys = sorted(set(paths))
    place = {key: i for i, key in enumerate(keys)}
    where = Ends(place)
    of = [where(file) for file in files]
    looked = {where(file) for file in empty}
    if not {i for i in of if i is not None} and not looked - {None}:
        first = next(iter([*files, *empty]), "")
        raise DataError(
            f"no prediction is of a picture of this data set: {first!r} is not like {'/'.join(keys[0])!r}"
        )
    names = ["/".join(key) for key in keys]
    return _matched(
        dataset, candidates, [place[p] for p in paths], of, looked, names, "by the pictures' paths"
    )


def by_id(dataset: Dataset, candidates: Candidates, image_ids: Sequence[Id]) -> Matches:
    """By the ids the data set gives its pictures.

    Raises:
        DataError: it gives none, or no prediction is of one of them.
    """
    own = [person.image_id for person in dataset.annotations]
    names = list(dict.fromkeys(i for i in own if i is not None))
    if None in own:
        raise DataError(
            f"pictures of {dataset.name} have no ids, so COCO results cannot name them; use our JSON, which "
            "names files"
        )
    place = {name: i for i, name in enumerate(names)}
    of = [place.get(i) for i in image_ids]
    if not {i for i in of if i is not None}:
        raise DataError(
            f"no result is of a picture of this data set: image_id {image_ids[0]!r} is not like {names[0]!r}"
        )
    pictures = [place[i] for i in own if i is not None]
    return _matched(dataset, candidates, pictures, of, set(), [str(n) for n in names], "by the pictures' ids")


def _matched(
    dataset: Dataset,
    candidates: Candidates,
    pictures: list[int],
    of: list[int | None],
    looked: set[int | None],
    names: list[str],
    how: str,
) -> Matches:
    """Assign in every picture. `pictures` (N,) and `of` (M,) are places in `names`."""
    people, found = _grouped(pictures), _grouped(of)
    index = np.full(len(dataset), -1)
    nearness = _Nearness(dataset, candidates)
    for picture, whom in people.items():
        for person, candidate in _assign(dataset, candidates, nearness, whom, found.get(picture, [])):
            index[person] = candidate
    covered = {i for i in of if i is not None} | looked
    uncovered = tuple(name for i, name in enumerate(names) if i not in covered)
    several = max(map(len, people.values())) > 1
    words = f"{how}; in a picture {_rule(candidates)}" if several else how
    return Matches(index, words, sum(i is None for i in of), uncovered)


def _rule(candidates: Candidates) -> str:
    return "by the stated id" if all(i is not None for i in candidates.ids) else "by nearness"


def _grouped(places: Sequence[int | None]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for i, place in enumerate(places):
        if place is not None:
            groups.setdefault(place, []).append(i)
    return groups


def _assign(
    dataset: Dataset, candidates: Candidates, nearness: _Nearness, people: list[int], found: list[int]
) -> list[tuple[int, int]]:
    """(person, prediction) pairs of one picture."""
    stated = {candidates.ids[m]: m for m in reversed(found) if candidates.ids[m] is not None}
    pairs = [(n, stated[i]) for n in people if (i := person_id(dataset, n)) in stated]
    left = [n for n in people if n not in {n for n, _ in pairs}]
    free = [m for m in found if m not in {m for _, m in pairs}]
    if len(free) > len(left):
        # More predictions than people: many are of people nobody labelled, so the surest does not decide alone.
        for m in sorted(free, key=lambda m: -candidates.scores[m]):
            near = [n for n in left if nearness(n, m) <= 1]
            if near:
                pairs.append((min(near, key=lambda n: nearness(n, m)), m))
                left.remove(pairs[-1][0])
        taken = {m for _, m in pairs}
        free = sorted((m for m in free if m not in taken), key=lambda m: -candidates.scores[m])[: len(left)]
    apart = sorted((nearness(n, m), n, m) for n in left for m in free)
    for _, n, m in apart:
        if n in left and m in free:
            pairs.append((n, m))
            left.remove(n)
            free.remove(m)
    return pairs


class _Nearness:
    """Mean distance of a prediction's joints from a person's labelled ones, over the longer side of these."""

    def __init__(self, dataset: Dataset, candidates: Candidates) -> None:
        self.dataset, self.candidates = dataset, candidates
        self.sides = box_sizes(dataset.joints(), dataset.labelled())[0].clip(1.0)

    def __call__(self, person: int, candidate: int) -> float:
        annotation = self.dataset.annotations[person]
        counted = annotation.labelled & self.candidates.given
        if not counted.any():
            return float("inf")
        away = np.linalg.norm(annotation.joints - self.candidates.joints[candidate], axis=-1)[counted]
        return float(away.mean() / self.sides[person])
