"""Small pictures of people with their labels drawn in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Annotation
from deeppose.data.doctor.findings import Gallery, Person
from deeppose.data.images import read_image
from deeppose.show.palette import MIDDLE, colour
from deeppose.show.templates import data_uri
from deeppose.skeleton import Skeleton

HEIGHT = 240
"""Of every picture on the page, in pixels."""


@dataclass(frozen=True)
class Shot:
    """One picture of the page: its caption and its JPEG as a data URI."""

    caption: str
    uri: str = field(repr=False)


def shots(gallery: Gallery, skeleton: Skeleton) -> list[Shot]:
    """All pictures of a row."""
    people = [shot(person, skeleton, note) for person, note in gallery.people]
    return people + [pair(files, f"{files[0].name} and {files[1].name}") for files in gallery.pairs]


def shot(person: Person, skeleton: Skeleton, note: str) -> Shot:
    """The person's part of the picture, its labels drawn; occluded joints hollow."""
    annotation = person.annotation
    return drawn(read_image(annotation.image), annotation, skeleton, f"{person.name}: {note}")


def drawn(
    picture: NDArray[np.uint8],
    annotation: Annotation,
    skeleton: Skeleton,
    caption: str,
    truth: Annotation | None = None,
) -> Shot:
    """The part of a picture that an annotation means, its labels drawn; occluded joints hollow.

    Args:
        truth: where the joints are, if the annotation is a prediction: a white line leads there from each.
    """
    everything = annotation.joints[annotation.labelled]
    if truth is not None:
        everything = np.concatenate([everything, truth.joints[truth.labelled]])
    pixels, shift, scale = _cut(picture, everything)
    if truth is not None:
        _errors(pixels, (annotation.joints - shift) * scale, (truth.joints - shift) * scale, truth.labelled)
    points = ((annotation.joints - shift) * scale).round().astype(int)
    for a, b in skeleton.edges:
        if annotation.labelled[[a, b]].all():
            _line(pixels, points[a], points[b], _of_limb(skeleton, a, b))
    for joint in np.flatnonzero(annotation.labelled).tolist():
        fill = -1 if annotation.visible[joint] else 1
        cv2.circle(pixels, points[joint].tolist(), 4, colour(skeleton, joint), fill, cv2.LINE_AA)
    return Shot(caption, data_uri(pixels))


def pair(paths: tuple[Path, Path], caption: str) -> Shot:
    """Two pictures side by side, both of one height."""
    halves = []
    for path in paths:
        pixels = read_image(path)
        width = max(1, round(pixels.shape[1] * HEIGHT / pixels.shape[0]))
        halves.append(cv2.resize(pixels, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    return Shot(caption, data_uri(np.concatenate(halves, axis=1).astype(np.uint8, copy=False)))


def _errors(
    pixels: NDArray[np.uint8],
    found: NDArray[np.float64],
    true: NDArray[np.float64],
    labelled: NDArray[np.bool_],
) -> None:
    for a, b in zip(found[labelled].round().astype(int), true[labelled].round().astype(int), strict=True):
        cv2.line(pixels, a.tolist(), b.tolist(), (255, 255, 255), 1, cv2.LINE_AA)


def _cut(
    pixels: NDArray[np.uint8], xy: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64], float]:
    """The picture around joints (J, 2), `HEIGHT` high, with its corner and scale; joints outside get a grey margin."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    margin = 0.15 * max(float((high - low).max()), 20.0)
    corner, extent = np.floor(low - margin), np.ceil(high - low + 2 * margin)
    scale = HEIGHT / float(max(extent[1], extent[0] / 1.6))
    size = np.maximum((extent * scale).round().astype(int), 1)
    matrix = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
    shrunk = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    part = cv2.warpAffine(pixels, matrix, size.tolist(), flags=shrunk, borderValue=(128, 128, 128))
    return part.astype(np.uint8, copy=False), corner, scale


def _of_limb(skeleton: Skeleton, a: int, b: int) -> tuple[int, int, int]:
    """A limb from the midline belongs to its other end's side."""
    colours = {colour(skeleton, a), colour(skeleton, b)} - {MIDDLE}
    return colours.pop() if len(colours) == 1 else MIDDLE


def _line(
    pixels: NDArray[np.uint8], a: NDArray[np.int64], b: NDArray[np.int64], ink: tuple[int, int, int]
) -> None:
    cv2.line(pixels, a.tolist(), b.tolist(), (0, 0, 0), 4, cv2.LINE_AA)
    cv2.line(pixels, a.tolist(), b.tolist(), ink, 2, cv2.LINE_AA)
