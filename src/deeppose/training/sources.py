"""From a recipe's data sets to two stores: people to train on and people held out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from deeppose.data import datasets, store
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import BoxRule, tight_box
from deeppose.data.datasets import with_pictures
from deeppose.data.edges import as_boxes, visible_rule
from deeppose.data.mapping import Mapping, mapping
from deeppose.data.store import Store
from deeppose.errors import ConfigError, DataError, unknown
from deeppose.inference.finders.faces import face_detector
from deeppose.skeleton import BOX, Skeleton
from deeppose.training.face_boxes import face_rule
from deeppose.training.own.people import stores as own_stores
from deeppose.training.settings import Recipe
from deeppose.types import Floats


def person_box(annotation: Annotation, size: tuple[int, int]) -> Floats:
    """The box rule of LSPet, whose pictures are not cropped tightly: the joints' extent and LSP's margin."""
    del size
    return tight_box(annotation.joints, annotation.labelled)


def given_box(annotation: Annotation, size: tuple[int, int]) -> Floats:
    """The box rule of COCO: the labelled box, grown to what LSP's boxes leave around a pose."""
    del size
    assert annotation.box is not None
    return np.concatenate([annotation.box[:2], annotation.box[2:] * GROWN])


GROWN = 1.15
"""A box that ends where a person does, times this, leaves about as much as `tight_box` does around joints."""

BOX_RULES = ("full-image", "person", "given", "visible", "face")


def stores(
    recipe: Recipe,
    root: Path | None,
    limit: int | None = None,
    out: Path | None = None,
    face_model: Path | None = None,
) -> tuple[Store, Store]:
    """(training people, held-out people) on the CPU, decoded once.

    Args:
        root: the folder that contains the recipe's data sets, not needed for synthetic people.
        limit: take only so many of each data set, to rehearse.
        out: the run's folder, which keeps the faces found and the scaler of face boxes.
        face_model: a YuNet file for face boxes; None for scikit-image's detector.

    Raises:
        ConfigError: no root, or a box rule unknown.
        DataError, ImageError: a data set is not as its reader needs it.
        ModelError: a face detector cannot be had.
    """
    if recipe.labels is not None:
        return own_stores(recipe, limit)
    everything = [
        _of(number, _store(recipe, *source, root, limit, out, face_model))
        for number, source in enumerate((*recipe.data, *recipe.fitted))
    ]
    parts, fitted = everything[: len(recipe.data)], everything[len(recipe.data) :]
    first = parts[0]
    generator = torch.Generator().manual_seed(recipe.seed)
    order = torch.randperm(len(first), generator=generator)
    if len(first) <= recipe.held_out:
        raise DataError(
            f"{recipe.data[0][0]}: {len(first)} people, of which {recipe.held_out} are to be held out"
        )
    held_out, kept = order[: recipe.held_out], order[recipe.held_out :]
    others = [_parted(part, recipe.held_out_others, generator) for part in parts[1:]]
    people = store.concatenate(
        [first.subset(kept.repeat(recipe.emphasis)), *(trained for trained, _ in others)]
    )
    kept_out = [held for _, held in others if len(held)]
    watched = [_drawn(part, recipe.held_out_others, generator) for part in fitted]
    return people, store.concatenate([first.subset(held_out), *kept_out, *watched])


def _parted(people: Store, held_out: int, generator: torch.Generator) -> tuple[Store, Store]:
    """Whom to train on, and so many drawn at random to hold out, at most a half."""
    count = min(held_out, len(people) // 2)
    if not count:
        return people, people.subset(torch.arange(0))
    order = torch.randperm(len(people), generator=generator)
    return people.subset(order[count:]), people.subset(order[:count])


def _drawn(people: Store, count: int, generator: torch.Generator) -> Store:
    """So many drawn at random; everyone where there are no more, or where `count` is 0."""
    return people.subset(torch.randperm(len(people), generator=generator)[: count or None])


def _of(number: int, people: Store) -> Store:
    return replace(people, sources=torch.full_like(people.sources, number))


def of_stage(recipe: Recipe, stage: int, people: Store) -> Store:
    """Whom a stage (from 0) learns from: all training people, or those of the data sets it names.

    Raises:
        ConfigError: it names a data set that is not the recipe's.
    """
    only = recipe.stages[stage].only
    if not only:
        return people
    names = [name for name, *_ in recipe.data]
    for name in only:
        if name not in names:
            raise unknown(f"data set of recipe {recipe.name}", name, names)
    numbers = torch.tensor([names.index(name) for name in only]).to(people.sources)
    return people.subset(torch.isin(people.sources, numbers).nonzero()[:, 0])


def _store(
    recipe: Recipe,
    name: str,
    split: str,
    rule: str,
    root: Path | None,
    limit: int | None,
    out: Path | None,
    face_model: Path | None,
) -> Store:
    if rule not in BOX_RULES:
        raise unknown("box rule", rule, BOX_RULES)
    if name == "synthetic":
        return _synthetic(limit or 2000, recipe.seed)
    if root is None:
        raise ConfigError(
            f"recipe {recipe.name} trains on {name}: name the folder that contains it with --root"
        )
    dataset = datasets.read(name, root, split)
    dataset = with_pictures(replace(dataset, annotations=_usable(dataset)[:limit]))
    dataset = as_boxes(dataset) if recipe.skeleton == BOX else dataset
    mapped = _mapping(dataset, recipe.skeleton)
    boxes = _box_rule(rule, dataset, out, face_model)
    return store.build(dataset.annotations, boxes, recipe.cascade().context, recipe.canvas).in_terms_of(
        mapped
    )


def _box_rule(rule: str, dataset: Dataset, out: Path | None, face_model: Path | None) -> BoxRule:
    if rule == "face":
        return face_rule(dataset, face_detector(face_model), out)
    rules = {
        "full-image": store.full_image,
        "person": person_box,
        "given": given_box,
        "visible": visible_rule(dataset.skeleton),
    }
    return rules[rule]


def _mapping(dataset: Dataset, target: Skeleton) -> Mapping:
    """How the data set's joints serve a recipe of another skeleton: by their names; the others count as unlabelled."""
    mapped = mapping(dataset.skeleton, target)
    if len(mapped.missing) == len(target):
        raise ConfigError(
            f"data set {dataset.name} has none of the joints of skeleton {target.name}: "
            f"it labels {', '.join(dataset.skeleton.joints)}"
        )
    return mapped


def _usable(dataset: Dataset) -> list[Annotation]:
    """People with at least two labelled joints: fewer give neither a box nor a diameter."""
    return [a for a in dataset.annotations if a.labelled.sum() >= 2]


def _synthetic(count: int, seed: int) -> Store:
    from deeppose.data.synthetic import people

    made = people(count, seed)
    size = made.images.shape[1]
    boxes = torch.tensor([size / 2, size / 2, size, size], dtype=torch.float32).repeat(count, 1)
    return Store(
        torch.from_numpy(made.images), torch.from_numpy(made.joints).float(), torch.from_numpy(made.labelled),
        torch.ones(made.labelled.shape, dtype=torch.bool), boxes, torch.zeros(count, 2), torch.ones(count),
        torch.zeros(count, dtype=torch.long),
    )  # fmt: skip
