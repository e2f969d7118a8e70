"""Portraits: upper bodies in pictures that end above the knees, to learn from them which joints are not there.

Where a picture of a whole person is cut short by us, the rest is still an athlete outdoors. People who photograph
themselves are not, and a network that has seen whole people alone believes in their legs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from deeppose.data import datasets, store
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes
from deeppose.data.edges import legs_cut_off, visible_rule
from deeppose.data.mapping import mapping
from deeppose.data.store import Store
from deeppose.training.settings import Recipe

LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")


def portraits(recipe: Recipe, root: Path | None, limit: int | None = None) -> Store | None:
    """The portraits of the recipe's data set of upper bodies, on the CPU; None without one, or if nobody is cut off.

    Everyone comes twice: from the full image, and from the box of what is to be seen of them. Legs are not labelled,
    and known not to be in the picture.

    Args:
        root: the folder that contains the data set.
        limit: look at so many of its people only, to rehearse.

    Raises:
        DataError, ImageError: the data set is not as its reader needs it.
    """
    if not recipe.portraits or root is None:
        return None
    dataset = datasets.read(recipe.portraits[0], root, recipe.portraits[1])
    dataset = datasets.with_pictures(replace(dataset, annotations=dataset.annotations[:limit]))
    short = cut_off(dataset)
    if not len(short):
        return None
    target = recipe.skeleton
    rules = (store.full_image, visible_rule(short.skeleton))
    context = recipe.cascade().context
    both = store.concatenate(store.build(short.annotations, rule, context, recipe.canvas) for rule in rules)
    people = both.in_terms_of(mapping(short.skeleton, target))
    legs = torch.tensor([joint in LEGS for joint in target.joints])
    return replace(people, known=people.known | legs)


def cut_off(dataset: Dataset) -> Dataset:
    """Those whose joints are all labelled and whose picture ends above their knees."""
    sizes = full_image_boxes([person.image for person in dataset.annotations])[:, 2:]
    people = [
        person
        for person, size in zip(dataset.annotations, sizes, strict=True)
        if person.labelled.all() and legs_cut_off(person, size[1], dataset.skeleton)
    ]
    return replace(dataset, annotations=people)
