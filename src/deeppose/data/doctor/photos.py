"""Opening every picture once: does it read, how large is it, and which others are the same?"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from deeppose.data.doctor.findings import Case, Finding, Person, finding
from deeppose.data.images import read_image
from deeppose.errors import ImageError

THUMBNAIL = 16
"""Side of the thumbnails that are compared."""

ALIKE = 0.96
"""Thumbnails that correlate more than this show one picture or one scene: so did all such pairs of LSP and LSPet."""

Pairs = list[tuple["Photo", "Photo"]]


@dataclass(frozen=True, eq=False)
class Photo:
    """One picture file.

    Attributes:
        size: (width, height) in pixels, None where it cannot be read.
        error: why it cannot be read.
        digest: of its pixels, equal for equal pictures.
        thumbnail: grey, zero mean, unit length; all zero without contrast.
    """

    path: Path
    size: tuple[int, int] | None = None
    error: str = ""
    digest: str = ""
    thumbnail: NDArray[np.float32] = field(default_factory=lambda: np.zeros(THUMBNAIL**2, np.float32))


def look(paths: Iterable[Path], progress: bool = True) -> dict[Path, Photo]:
    """Open every different file, on all cores."""
    different = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        bar = tqdm(pool.map(_open, different), "pictures", len(different), unit="", disable=not progress)
        return {photo.path: photo for photo in bar}


def _open(path: Path) -> Photo:
    if not path.exists():
        return Photo(path, error="missing")
    try:
        pixels = read_image(path)
    except ImageError as error:
        return Photo(path, error=str(error))
    height, width = pixels.shape[:2]
    grey = cv2.resize(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (THUMBNAIL,) * 2, interpolation=cv2.INTER_AREA
    )
    digest = hashlib.sha1(repr(pixels.shape).encode() + pixels.tobytes(), usedforsecurity=False).hexdigest()
    return Photo(path, (width, height), digest=digest, thumbnail=contrast(grey))


def contrast(grey: NDArray[Any]) -> NDArray[np.float32]:
    """A small grey picture (S, S) as (S * S,) of zero mean and unit length, or zeros where it has no contrast.

    The product of two is how well they correlate. A deviation of one grey level is no contrast.
    """
    flat = grey.astype(np.float32).ravel() - grey.mean(dtype=np.float32)
    length = float(np.linalg.norm(flat))
    return np.asarray(flat / length if length > len(grey) else flat * 0, np.float32)


def file_findings(photos: dict[Path, Photo]) -> list[Finding]:
    """Missing and unreadable files."""
    bad = [p for p in photos.values() if p.size is None]
    missing = [Case(str(p.path), "missing") for p in bad if p.error == "missing"]
    unreadable = [Case(str(p.path), p.error) for p in bad if p.error != "missing"]
    total = len(photos)
    return [
        finding("missing_files", "Missing files", "wrong", missing, total, "pictures",
                "The labels name a picture that is not there. Its people are left out of every check that "
                "needs the picture."),
        finding("unreadable_files", "Unreadable files", "wrong", unreadable, total, "pictures",
                "The file is there but does not decode from beginning to end."),
    ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Pairs of the same, and of nearly the same, picture: across splits and within one.

    Attributes:
        splits: of every file, the splits that have people in it.
        shared: files with people in more than one split, each paired with itself.
    """

    splits: dict[Path, set[str]]
    pictures: int
    shared: Pairs
    across: Pairs
    within: Pairs
    near_across: Pairs
    near_within: Pairs


def duplicates(people: list[Person], photos: dict[Path, Photo]) -> Duplicates:
    """Compare all pictures that can be read."""
    splits: dict[Path, set[str]] = defaultdict(set)
    for person in people:
        splits[person.annotation.image].add(person.split)
    readable = [photo for photo in photos.values() if photo.size]
    shared = [(p, p) for p in readable if len(splits[p.path]) > 1]
    same = list(_same(readable))
    near = [(a, b) for a, b in _alike(readable) if a.digest != b.digest]

    def sort(pairs: Pairs, across: bool) -> Pairs:
        return [(a, b) for a, b in pairs if (splits[a.path] != splits[b.path]) == across]

    sorted_pairs = [sort(pairs, across) for pairs in (same, near) for across in (True, False)]
    return Duplicates(splits, len(readable), shared, *sorted_pairs)


_NEARLY = (
    f"16 x 16 grey thumbnails correlate above {ALIKE}: the same picture recompressed or rescaled, frames of one shot, "
    "people before one background. Another crop of the same photograph is not found this way."
)


def duplicate_findings(found: Duplicates) -> list[Finding]:
    """The same picture in two splits, and twice in one."""

    def report(key: str, title: str, level: str, pairs: Pairs, why: str) -> Finding:
        alone = key.endswith("across_splits") and len(set().union(*found.splits.values())) == 1
        cases = (_case(found, *pair) for pair in pairs)
        total = 0 if alone else found.pictures
        return finding(key, title, level, cases, total, "pictures (counted in pairs)", why)

    return [
        report("duplicates_across_splits", "The same picture in two splits", "wrong", found.shared + found.across,
               "Equal pixels, or one file with people in two splits: what is tested was trained on."),
        report("near_duplicates_across_splits", "Nearly the same picture in two splits", "look", found.near_across,
               _NEARLY),
        report("duplicates_within_split", "The same picture twice in one split", "know", found.within,
               "Two files of equal pixels."),
        report("near_duplicates_within_split", "Nearly the same picture twice in one split", "know",
               found.near_within, _NEARLY),
    ]  # fmt: skip


def _case(found: Duplicates, a: Photo, b: Photo) -> Case:
    if a is b:
        return Case(a.path.name, f"has people in {' and '.join(sorted(found.splits[a.path]))}")
    where = [f"{p.path.name} ({', '.join(sorted(found.splits[p.path]))})" for p in (a, b)]
    return Case(where[0], f"and {where[1]}")


def _same(photos: list[Photo]) -> Iterator[tuple[Photo, Photo]]:
    """Each picture with the first of equal pixels."""
    first: dict[str, Photo] = {}
    for photo in photos:
        other = first.setdefault(photo.digest, photo)
        if other is not photo:
            yield other, photo


def _alike(photos: list[Photo], rows: int = 1024) -> Iterator[tuple[Photo, Photo]]:
    """Pairs whose thumbnails correlate above `ALIKE` and whose shapes agree to 10 %, a block of rows at a time."""
    if not photos:
        return
    thumbnails = np.stack([photo.thumbnail for photo in photos])
    aspects = np.array([photo.size[0] / photo.size[1] for photo in photos if photo.size])
    for start in range(0, len(photos), rows):
        close = thumbnails[start : start + rows] @ thumbnails[start:].T > ALIKE
        for i, j in np.argwhere(close):
            a, b = start + i, start + j
            if a < b and abs(aspects[a] / aspects[b] - 1) < 0.1:
                yield photos[a], photos[b]
