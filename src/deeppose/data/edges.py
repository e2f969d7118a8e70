"""Labels of stage 0: a person's box as the four middles of its edges, which a regressor learns like any pose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import BoxRule, full_image_boxes, tight_box
from deeppose.rectangles import corners
from deeppose.skeleton import BOX, Skeleton
from deeppose.types import Floats

ENOUGH = 8
"""Labelled joints from which a box is taken: fewer say too little of where a body ends."""

LEG_ROOM = 0.5
"""Where only upper bodies are labelled, legs are taken to be cut off if so many torsos do not fit below the hips."""


def as_boxes(dataset: Dataset) -> Dataset:
    """The same pictures labelled with people's boxes: joints' extent with LSP's margin, cut at the picture's edges.

    A box says where legs end. Skeletons without legs (FLIC) do not know that: their lower edge is the picture's if
    hardly anything is left below the hips, and unlabelled otherwise, so that its term is omitted from the loss.
    """
    people = [a for a in dataset.annotations if a.labelled.sum() >= ENOUGH]
    pictures = full_image_boxes([a.image for a in people])
    boxed = [_boxed(a, size, dataset.skeleton) for a, size in zip(people, pictures[:, 2:], strict=True)]
    return replace(dataset, skeleton=BOX, annotations=boxed)


def edges_of(box: Floats) -> Floats:
    """(4, 2) the middles of top, bottom, left and right edge of a box (4,) cx, cy, w, h.

    >>> edges_of(np.array([10.0, 20.0, 4.0, 8.0])).tolist()
    [[10.0, 16.0], [10.0, 24.0], [8.0, 20.0], [12.0, 20.0]]
    """
    cx, cy, w, h = box
    return np.array([[cx, cy - h / 2], [cx, cy + h / 2], [cx - w / 2, cy], [cx + w / 2, cy]])


def visible_box(person: Annotation, size: Floats, skeleton: Skeleton) -> tuple[Floats, bool]:
    """The person's box (4,), cut at the edges of a picture of `size` (width, height); does it end where they do?"""
    box = tight_box(person.joints, person.labelled)
    low, high = corners(box)
    whole = "left_ankle" in skeleton.joints
    cut_off = not whole and legs_cut_off(person, size[1], skeleton)
    high[1] = size[1] if cut_off else high[1]
    low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    return np.concatenate([(low + high) / 2, high - low]), whole or cut_off


def visible_rule(skeleton: Skeleton) -> BoxRule:
    """`visible_box` as the box rule of a data set with that skeleton."""
    return lambda person, size: visible_box(person, np.array(size, np.float64), skeleton)[0]


def _boxed(person: Annotation, size: Floats, skeleton: Skeleton) -> Annotation:
    """The person with the edges of their box for joints; `size` is the picture's width and height."""
    box, ends = visible_box(person, size, skeleton)
    labelled = np.ones(len(BOX), bool)
    labelled[BOX.index("bottom")] = ends
    return Annotation(person.image, edges_of(box), labelled, labelled)


def legs_cut_off(person: Annotation, height: float, skeleton: Skeleton) -> bool:
    """Does a picture of that height end above the person's knees? Not known without shoulders and hips: no."""
    pairs = [[skeleton.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "shoulder")]
    if not person.labelled[pairs].all():
        return False
    hips, shoulders = (person.joints[pair, 1].mean() for pair in pairs)
    return bool(hips + LEG_ROOM * abs(hips - shoulders) >= height)
