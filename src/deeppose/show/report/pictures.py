"""People as the page shows them: a small JPEG, and the poses over it as lines, which stay sharp at any size."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.data.images import read_image
from deeppose.errors import ImageError
from deeppose.show.palette import LOW
from deeppose.show.report.displacements import joint_box_sides
from deeppose.show.report.people import Shown
from deeppose.show.report.subject import Subject
from deeppose.show.templates import data_uri
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

MARGIN = 0.12
"""Around everything drawn, as a share of its longer side."""

ASPECT = 0.8
"""Width over height of the page's frames: a part of a picture is grown to it where there is more."""


@dataclass(frozen=True)
class Drawing:
    """One pose in the picture's own pixels: lines x1, y1, x2, y2, side; dots x, y, side, hollow, name.

    Sides are "l", "r" (the person's own) and "m".
    """

    lines: list[tuple[float, float, float, float, str]]
    dots: list[tuple[float, float, str, bool, str]]


@dataclass(frozen=True)
class Person:
    """A picture of one person, with the truth and every stage's pose.

    Attributes:
        key: names the picture within the page.
        uri: the JPEG as a data URI, or None where the picture cannot be read.
        width, height: of the part shown, in pixels of the original.
        stages: the first first.
        boxes: of each stage, the joint boxes the next looks at: x, y of the corner and the side.
        about: the person's numbers.
    """

    key: str
    uri: str | None
    width: float
    height: float
    truth: Drawing
    stages: list[Drawing]
    about: Shown
    boxes: list[list[tuple[float, float, float]]] = field(default_factory=list)


def person(subject: Subject, about: Shown, key: str, side: int) -> Person:
    """The picture of the person that `about` describes, its JPEG's longer side at most `side` pixels."""
    n = about.person
    pixels = _pixels(subject, n)
    low, high = _region(subject, n, pixels)
    uri = None if pixels is None else _uri(pixels, low, high, side)
    skeleton = subject.skeleton
    given = subject.predictions.given & ~subject.predictions.absent[n]
    scores = subject.predictions.scores
    sure = np.ones((len(subject.stages), len(skeleton)), bool) if scores is None else scores[:, n] >= LOW
    truth = _drawing(subject.truth[n] - low, subject.dataset.labelled()[n], skeleton)
    poses = [
        _drawing(stage[n] - low, given, skeleton, s) for stage, s in zip(subject.stages, sure, strict=True)
    ]
    width, height = (high - low).tolist()
    return Person(key, uri, width, height, truth, poses, about, _boxes(subject, n, low))


def _pixels(subject: Subject, n: int) -> NDArray[np.uint8] | None:
    try:
        return read_image(subject.dataset.annotations[n].image)
    except ImageError:
        return None


def _region(subject: Subject, n: int, pixels: NDArray[np.uint8] | None) -> tuple[Floats, Floats]:
    """Corners, in whole pixels, of what holds the truth and every stage, no larger than the picture."""
    placed = subject.predictions.given & ~subject.predictions.absent[n]
    shown = subject.stages[:, n, placed].reshape(-1, 2)
    points = np.concatenate([subject.truth[n, subject.labelled[n]], shown])
    low, high = points.min(0), points.max(0)
    margin = MARGIN * float((high - low).max()) + 1
    low, high = low - margin, high + margin
    if pixels is not None:
        size = np.array(pixels.shape[1::-1], np.float64)
        low, high = low.clip(0, size - 2), high.clip(2, size)
        low, high = (corner.clip(0, size) for corner in _framed(low, high))
    return np.floor(low), np.ceil(high)


def _framed(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The region grown about its middle to `ASPECT`."""
    width, height = high - low
    grown = np.array([max(width, ASPECT * height), max(height, width / ASPECT)])
    return (low + high - grown) / 2, (low + high + grown) / 2


def _uri(pixels: NDArray[np.uint8], low: Floats, high: Floats, side: int) -> str:
    (x0, y0), (x1, y1) = low.astype(int), high.astype(int)
    part = pixels[y0:y1, x0:x1]
    scale = side / max(part.shape[:2])
    if scale < 1:
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return data_uri(part)


def _drawing(joints: Floats, there: Mask, skeleton: Skeleton, sure: Mask | None = None) -> Drawing:
    sides = [(skeleton.side(k) or "m")[0] for k in range(len(skeleton))]
    xy = joints.round(1).tolist()
    lines = [
        (*xy[a], *xy[b], _common(sides[a], sides[b])) for a, b in skeleton.edges if there[a] and there[b]
    ]
    dots = [
        (*xy[k], sides[k], sure is not None and not sure[k], skeleton.joints[k].replace("_", " "))
        for k in np.flatnonzero(there)
    ]
    return Drawing(lines, dots)


def _boxes(subject: Subject, n: int, low: Floats) -> list[list[tuple[float, float, float]]]:
    """The joint boxes that each stage but the last hands to the next; none without a sigma."""
    all_boxes: list[list[tuple[float, float, float]]] = []
    for s in range(len(subject.stages)):
        sides = joint_box_sides(subject, s) if s + 1 < len(subject.stages) else None
        corners = [] if sides is None else (subject.stages[s, n] - low - sides[n] / 2).round(1).tolist()
        all_boxes.append([(x, y, round(float(sides[n]), 1)) for x, y in corners] if sides is not None else [])
    return all_boxes


def _common(a: str, b: str) -> str:
    """The side of a line between two joints: a limb from the midline belongs to its other end's side."""
    sides = {a, b} - {"m"}
    return sides.pop() if len(sides) == 1 else "m"
