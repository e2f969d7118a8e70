"""Pictures with everyone's boxes, to train a detector on.

COCO's boxes are complete. Other data sets label one person or a few of a picture: a teacher, any detector's file, gives
the others, and the labelled person's box in COCO's convention. Of boxes it is not sure of nobody learns anything.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import tight_box
from deeppose.data.images import read_image
from deeppose.errors import DataError
from deeppose.files import read_json
from deeppose.inference.finders import Found
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.turning import turned_boxes
from deeppose.rectangles import corners, from_corner_and_size, overlaps
from deeppose.types import Floats, Mask, Pixels

LONGER = 448
"""Pixels of a kept picture's longer side at most."""

SURE, POSSIBLE = 0.45, 0.15
"""Teacher's boxes from `SURE` on are people; those from `POSSIBLE` on may be."""

SAME = 0.5
"""IoU from which a teacher's box is the labelled person's."""

AIR = 0.08
"""The margin of a labelled person's box, in shares of its longer side, where the teacher does not find them."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and the people in it.

    Attributes:
        pixels: (H, W, 3) RGB.
        people: (M, 4) x1, y1, x2, y2 in its pixels.
        known: (M,) False where there may be a person or not.
    """

    pixels: Pixels
    people: Floats
    known: Mask


def scene(picture: Pixels, people: Floats, known: Mask) -> Scene:
    """A picture kept at `LONGER` at most, with boxes (M, 4) cx, cy, w, h of the picture as it was."""
    zoom = min(1.0, LONGER / max(picture.shape[:2]))
    if zoom < 1:
        size = round(picture.shape[1] * zoom), round(picture.shape[0] * zoom)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Scene(picture, np.concatenate(corners(people), 1) * zoom, known)


def of_coco(boxes: Path, pictures: Path) -> list[tuple[int, Scene]]:
    """Every picture of a file of boxes in COCO's format with its people; crowds are not known one by one.

    Args:
        pictures: searched to any depth for the file's names.

    Returns:
        (picture id, scene) by id.

    Raises:
        DataError: not COCO's format, or pictures are missing.
    """
    try:
        said = read_json(boxes)
        rows: dict[int, list[tuple[list[float], bool]]] = defaultdict(list)
        for a in said["annotations"]:
            rows[a["image_id"]].append((a["bbox"], not a.get("iscrowd")))
        names = {int(i["id"]): str(i["file_name"]) for i in said["images"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{boxes}: not boxes in COCO's format: {error!r}") from error
    files = {p.name: p for p in pictures.rglob("*.jpg")}
    gone = [n for n in names.values() if n not in files]
    if gone:
        raise DataError(
            f"{pictures}: {len(gone)} of {len(names)} pictures are missing, the first of them {gone[0]}"
        )
    shown = tqdm(sorted(names), desc="coco", unit="picture", file=sys.stderr)
    return [(i, _labelled(read_image(files[names[i]]), rows[i])) for i in shown]


def _labelled(picture: Pixels, rows: Sequence[tuple[list[float], bool]]) -> Scene:
    boxes = from_corner_and_size(np.array([box for box, _ in rows], np.float64).reshape(-1, 4))
    return scene(picture, boxes, np.array([single for _, single in rows], bool))


def of_people(dataset: Dataset, teacher: DetectorFile, turns: Iterable[int] = (0,)) -> list[Scene]:
    """Every picture of a data set of poses, with its labelled people's boxes and those the teacher sees.

    Args:
        turns: quarter turns in which the teacher looks for the labelled people; others are sought upright.
    """
    at: dict[Path, list[Annotation]] = defaultdict(list)
    for person in dataset.annotations:
        at[person.image].append(person)
    shown = tqdm(at.items(), desc=dataset.name, unit="picture", file=sys.stderr)
    return [_taught(read_image(file), people, teacher, tuple(turns)) for file, people in shown]


def _taught(
    picture: Pixels, people: list[Annotation], teacher: DetectorFile, turns: tuple[int, ...]
) -> Scene:
    looks = {quarters: _look(picture, teacher, quarters) for quarters in {0, *turns}}
    everyone = Found(
        np.concatenate([looks[q].boxes for q in turns]), np.concatenate([looks[q].scores for q in turns])
    )
    own = np.stack([_own(person, everyone) for person in people])
    others = looks[0]
    apart = (overlaps(others.boxes, own) < SAME).all(1) & (others.scores >= POSSIBLE)
    known = np.concatenate([np.ones(len(own), bool), others.scores[apart] >= SURE])
    return scene(picture, np.concatenate([own, others.boxes[apart]]), known)


def _look(picture: Pixels, teacher: DetectorFile, quarters: int) -> Found:
    """What the teacher sees in the turned picture, in pixels of the upright one."""
    seen = np.ascontiguousarray(np.rot90(picture, quarters))
    found = teacher.raw(seen)
    return Found(turned_boxes(found.boxes, seen.shape[:2], -quarters), found.scores)


def _own(person: Annotation, found: Found) -> Floats:
    """The labelled person's box (4,): the teacher's that fits the joints best, else the joints' with some air."""
    box = tight_box(person.joints, person.labelled, AIR)
    fit = overlaps(found.boxes, box[None])[:, 0] * (found.scores >= POSSIBLE)
    return found.boxes[fit.argmax()] if len(fit) and fit.max() >= SAME else box
