"""Whom to hold out: whole videos, else stretches of one video, else pictures; the same picture never on both sides.

Neighbours in a video are no held-out data: a model that remembers frame 100 knows frame 101.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deeppose.data.images import read_image
from deeppose.data.own.entries import Labels
from deeppose.errors import DataError, ImageError
from deeppose.types import Floats

SHARE = 0.2
"""Of the people, held out to choose the number of stages, to calibrate on, and for the card."""

FEWEST = 10
"""People that training needs: eight to learn from, two held out."""

MOST_HELD_OUT = 500
STRETCHES = 4
"""Stretches of a single video, each held out at its end: one place in it would say little of the others."""

VIDEO = 0.5
"""Frames are a video's where neighbours differ less than this share of what any two differ."""


@dataclass(frozen=True)
class Split:
    """Indices of people to train on and held out, and in a sentence how they were chosen."""

    train: list[int]
    held_out: list[int]
    how: str


def split(labels: Labels, seed: int) -> Split:
    """Train and held-out people.

    Raises:
        DataError: too few people for either.
    """
    if len(labels.people) < FEWEST:
        pictures = len({p.image for p in labels.people})
        raise DataError(
            f"{labels.file}: {len(labels.people)} labelled in {pictures} pictures; training needs {FEWEST} or more, "
            "a hundred are a good start: label more"
        )
    if {"train", "val"} <= set(labels.splits):
        return _given(labels)
    groups = _groups(labels)
    wanted = max(2, min(MOST_HELD_OUT, round(SHARE * len(labels.people))))
    if len(groups) >= 5:
        return _whole(labels, groups, wanted, seed)
    return _stretches(labels, wanted) if _is_video(labels) else _pictures(labels, wanted, seed)


def everyone(labels: Labels) -> Split:
    """Nobody held out, of labels that are too few to train on."""
    have = len(labels.people)
    return Split(list(range(have)), [], f"{have} labelled, nobody held out: training needs {FEWEST} or more")


def _given(labels: Labels) -> Split:
    held = [i for i, name in enumerate(labels.splits) if name == "val"]
    train = [i for i, name in enumerate(labels.splits) if name != "val"]
    return _apart(labels, train, held, "the labels' own val split")


def _whole(labels: Labels, groups: dict[str, list[int]], wanted: int, seed: int) -> Split:
    """Whole videos, in random order, until there are enough."""
    names = sorted(groups)
    held: list[int] = []
    count = 0
    for k in np.random.default_rng(seed).permutation(len(names)):
        if held and len(held) + len(groups[names[k]]) > 2 * wanted:
            continue
        held += groups[names[k]]
        count += 1
        if len(held) >= wanted:
            break
    how = f"{count} of {len(groups)} videos"
    return _apart(labels, _others(labels, held), sorted(held), how)


def _stretches(labels: Labels, wanted: int) -> Split:
    """The ends of some stretches of a video, as its frames follow each other."""
    order = sorted(range(len(labels.people)), key=lambda i: _natural(labels.people[i].image))
    held: list[int] = []
    for part in np.array_split(np.array(order), min(STRETCHES, len(order) // 5)):
        held += part[len(part) - max(1, round(len(part) * wanted / len(order))) :].tolist()
    how = "the ends of stretches of the video, whose neighbouring frames resemble each other"
    return _apart(labels, _others(labels, held), sorted(held), how)


def _pictures(labels: Labels, wanted: int, seed: int) -> Split:
    """Random pictures, with everyone in them."""
    by_picture: dict[Path, list[int]] = defaultdict(list)
    for i, person in enumerate(labels.people):
        by_picture[person.image].append(i)
    names = sorted(by_picture)
    held: list[int] = []
    for k in np.random.default_rng(seed).permutation(len(names)):
        if len(held) >= wanted:
            break
        held += by_picture[names[k]]
    return _apart(labels, _others(labels, held), sorted(held), "random pictures")


def _others(labels: Labels, held: list[int]) -> list[int]:
    return sorted(set(range(len(labels.people))) - set(held))


def _apart(labels: Labels, train: list[int], held: list[int], how: str) -> Split:
    """The split without training people whose picture, byte for byte, is held out too."""
    prints = {i: _print(labels.people[i].image) for i in (*train, *held)}
    seen = {prints[i] for i in held}
    kept = [i for i in train if prints[i] not in seen]
    if len(kept) < len(train):
        how += f"; {len(train) - len(kept)} copies of held-out pictures do not train"
    if len(kept) < FEWEST - 2 or len(held) < 2:
        raise DataError(
            f"{labels.file}: {len(kept)} people to train on and {len(held)} held out ({how}); label more"
        )
    pictures = len({labels.people[i].image for i in held})
    return Split(
        kept, held, f"held out: {len(held)} of {len(labels.people)} people in {pictures} pictures, {how}"
    )


def _print(picture: Path) -> str:
    try:
        return hashlib.sha256(picture.read_bytes()).hexdigest()
    except OSError:
        return str(picture)


def _groups(labels: Labels) -> dict[str, list[int]]:
    """People by the video their labels name; one group where they name none."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(labels.groups):
        groups[name].append(i)
    return groups


def _natural(picture: Path) -> tuple[str, list[int], str]:
    numbers = [int(n[:15]) for n in re.findall(r"\d+", picture.stem)]
    return str(picture.parent), numbers, picture.stem


def _is_video(labels: Labels) -> bool:
    """Whether pictures that follow each other by name resemble each other more than any two do."""
    pictures = sorted({p.image for p in labels.people}, key=_natural)[:200]
    small = [tile for tile in map(_small, pictures) if tile is not None]
    if len(small) < 5:
        return False
    tiles = np.stack(small)
    next_to = np.abs(tiles[1:] - tiles[:-1]).mean(1)
    apart = np.abs(tiles[len(tiles) // 2 :] - tiles[: len(tiles) - len(tiles) // 2]).mean(1)
    return bool(np.median(next_to) < VIDEO * np.median(apart)) or _one_scene(tiles)


def _one_scene(tiles: Floats) -> bool:
    """Whether all pictures show one scene that hardly changes: a fixed camera's frames."""
    return bool(np.abs(tiles - np.median(tiles, axis=0)).mean() < 0.25 * tiles.std())


def _small(picture: Path) -> Floats | None:
    try:
        grey = cv2.cvtColor(read_image(picture), cv2.COLOR_RGB2GRAY)
    except ImageError:
        return None
    return cv2.resize(grey, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
