"""Portraits: upper bodies in pictures that end above the knees, to learn from them which joints are not there.

Where a picture of a whole person is cut short by us, the rest is still an athlete outdoors. People who photograph
themselves are not, and a network that has seen whole people alone believes in their legs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from deeppose import skeleton as skeletons
from deeppose.data import datasets, store
from deeppose.data.annotation import Annotation, Dataset, Floats
from deeppose.data.mapping import mapping
from deeppose.data.store import BoxRule, Store
from deeppose.evaluation.boxes import full_image_boxes
from deeppose.skeleton import Skeleton
from deeppose.training.edges import legs_cut_off, visible_box
from deeppose.training.settings import Recipe

LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")


class Portraits(NamedTuple):
    """Everyone twice: from the full image, and from the box of what is to be seen of them.

    Attributes:
        people: N, in the recipe's skeleton; legs count as unlabelled.
        known: (N, K) whether it is known if the joint is in the picture: labelled joints are, legs are not.
    """

    people: Store
    known: Tensor

    def to(self, device: torch.device | str) -> Portraits:
        """A copy on that device."""
        return Portraits(self.people.to(device), self.known.to(device))


def portraits(recipe: Recipe, root: Path | None, limit: int | None = None) -> Portraits | None:
    """The portraits of the recipe's data set of upper bodies, on the CPU; None without one, or if nobody is cut off.

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
    target = skeletons.get(recipe.skeleton)
    people = _in_terms_of(short, target)
    context = recipe.cascade().context
    both = store.concatenate(
        store.build(people, rule, context) for rule in (store.full_image, _seen(short, people))
    )
    legs = torch.tensor([joint in LEGS for joint in target.joints])
    return Portraits(both, both.labelled | legs)


def cut_off(dataset: Dataset) -> Dataset:
    """Those whose joints are all labelled and whose picture ends above their knees."""
    sizes = full_image_boxes([person.image for person in dataset.annotations])[:, 2:]
    people = [
        person
        for person, size in zip(dataset.annotations, sizes, strict=True)
        if person.labelled.all() and legs_cut_off(person, size[1], dataset.skeleton)
    ]
    return replace(dataset, annotations=people)


def _in_terms_of(dataset: Dataset, target: Skeleton) -> list[Annotation]:
    mapped = mapping(dataset.skeleton, target)
    joints, labelled = mapped(dataset.joints(), dataset.labelled())
    return [
        Annotation(person.image, xy, there, there)
        for person, xy, there in zip(dataset.annotations, joints, labelled, strict=True)
    ]


def _seen(dataset: Dataset, mapped: list[Annotation]) -> BoxRule:
    """The box rule of what is to be seen of a person, by all joints that their own data set labels."""
    own = dict(zip(mapped, dataset.annotations, strict=True))

    def rule(person: Annotation, size: tuple[int, int]) -> Floats:
        return visible_box(own[person], np.array(size, np.float64), dataset.skeleton)[0]

    return rule
