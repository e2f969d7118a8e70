"""From own labels to two stores: people to train on and people held out."""

from __future__ import annotations

from pathlib import Path

from deeppose.data import store
from deeppose.data.annotation import Annotation
from deeppose.data.boxes import BoxRule, tight_box
from deeppose.data.own.people import Own, read
from deeppose.data.store import Store
from deeppose.errors import ConfigError, unknown
from deeppose.training.settings import LabelSource, Recipe
from deeppose.types import Floats


def own_of(source: LabelSource, seed: int) -> Own:
    """The labels of a recipe."""
    images = Path(source.images) if source.images else None
    return read(Path(source.file), images, source.category or None, source.pairs, seed)


def stores(recipe: Recipe, limit: int | None = None) -> tuple[Store, Store]:
    """(training people, the first `limit` of them, and all held-out people) on the CPU.

    Raises:
        ConfigError: the labels' joints are not the recipe's.
    """
    assert recipe.labels is not None
    own = own_of(recipe.labels, recipe.seed)
    if own.skeleton.joints != recipe.skeleton.joints:
        raise ConfigError(
            f"{recipe.labels.file}: has the joints {', '.join(own.skeleton.joints)}, the recipe "
            f"{', '.join(recipe.skeleton.joints)}; plan again with `deeppose train own`"
        )
    rule = box_rule(recipe.labels.box)
    parts = (own.train()[:limit], own.held_out())
    train, held_out = (store.build(people, rule, recipe.context, recipe.canvas) for people in parts)
    return train, held_out


def box_rule(name: str) -> BoxRule:
    """The rule of a `LabelSource.box`."""
    rules: dict[str, BoxRule] = {"full-image": store.full_image, "labelled": labelled_box}
    if name not in rules:
        raise unknown("box of own labels", name, rules)
    return rules[name]


def labelled_box(person: Annotation, size: tuple[int, int]) -> Floats:
    """The labels' box where they have one, else the joints' extent and a margin."""
    del size
    return tight_box(person.joints, person.labelled) if person.box is None else person.box
