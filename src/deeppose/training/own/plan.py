"""A recipe for own labels: from their number and kind, and from the time there is, by a rate measured here and now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deeppose.data.images import upright_size
from deeppose.data.own.people import Own
from deeppose.data.own.shape import Looks, looks
from deeppose.errors import ConfigError
from deeppose.model.cascade import StageConfig
from deeppose.skeleton import BODY_SHARE, Skeleton
from deeppose.training.own.pace import paced
from deeppose.training.settings import Augment, LabelSource, Recipe, StageRecipe

CROP = 72
"""Pixels of a canvas that a pose should span: more make batches slower, and a look at the whole picture coarser."""

CANVASES = (256, 1024)

MEMORY = 2e9
"""Bytes that all canvases together may take; people beyond it get smaller ones, down to the least."""

SHORTEST = 30.0
"""Seconds below which no plan is made."""

_FIRST = StageRecipe(
    StageConfig("compact", {"input_size": 160, "deep": True, "width": 96}),
    samples=0, batch=32, objective="laplace", optimizer="adamw", lr=1e-3, weight_decay=0.02,
    schedule="cosine", average=0.99,
)  # fmt: skip
_LATER = replace(
    _FIRST,
    batch=128,
    config=StageConfig("compact", {"input_size": 48, "deep": False, "width": 64}),
    displacements="empirical",
)


@dataclass(frozen=True)
class Plan:
    """A recipe, and a sentence for each of its choices."""

    recipe: Recipe
    why: tuple[str, ...]


def plan(own: Own, source: LabelSource, seconds: float, trunk: str, seed: int = 0) -> Plan:
    """The recipe for these labels and this long.

    Args:
        trunk: "none", or what `--trunk` names.

    Raises:
        ConfigError: less time than half a minute.
    """
    if seconds < SHORTEST:
        raise ConfigError(f"--time: {seconds:g} s are too few to plan with; give {SHORTEST:.0f}s or more")
    people = own.train()
    shown = looks(own.skeleton, np.stack([p.joints for p in people]), np.stack([p.labelled for p in people]))
    box, boxing = _box(own)
    recipe = _recipe(own.skeleton, shown, replace(source, box=box), trunk != "none", seed)
    recipe = replace(recipe, canvas=_canvas(own, box))
    recipe, pace = paced(recipe, seconds)
    seen = f"a canvas of {recipe.canvas} x {recipe.canvas} pixels holds what all stages see of a picture"
    return Plan(
        recipe, (own.split.how, *_sized(own.skeleton), *shown.why, boxing, seen, _begun(trunk), *pace)
    )


def _recipe(skeleton: Skeleton, shown: Looks, source: LabelSource, trained: bool, seed: int) -> Recipe:
    joints = min(len(skeleton), 7)
    frozen = 4 if trained else 0
    later = replace(_LATER, joints=joints, batch=joints * max(1, _LATER.batch // joints), frozen=frozen)
    first = replace(_FIRST, frozen=frozen)
    whole = source.box == "full-image"
    return Recipe(
        name="own",
        stages=(first, later, replace(later, lr=5e-4, warm_start=True)),
        skeleton=skeleton,
        sigma=round(BODY_SHARE / skeleton.share, 2),
        looks=2,
        flip=shown.mirror,
        fuse=True,
        square=True,
        held_out=0,
        augment=Augment(
            mirror=shown.mirror, translate=0.1, scale=1.3, rotate=shown.rotate, tumble=shown.tumble, zoom=0.1,
            close=0.5 if whole else 0.0, colour=0.2, degrade=0.1,
        ),
        size_jitter=1.2,
        pretrained=trained,
        seed=seed,
        context=1.0 if whole else 1.25,
        labels=source,
    )  # fmt: skip


def _box(own: Own) -> tuple[str, str]:
    """Whole pictures where each holds one individual, else the labels' boxes."""
    people, crowd = own.labels.people, own.crowd()
    if crowd <= 0.05 * len(people):
        return (
            "full-image",
            "one individual a picture: stage 1 starts from the whole picture, and needs no detector",
        )
    return "labelled", (
        f"{crowd} individuals share a picture with others: stage 1 starts from boxes; predict with --boxes"
    )


def _canvas(own: Own, box: str) -> int:
    if box != "full-image":
        return CANVASES[0]
    people = own.train()
    extents = [np.ptp(p.joints[p.labelled], axis=0).max() for p in people]
    pictures = [max(upright_size(p.image)) for p in people]
    return canvas_side(float(np.median(extents)), float(np.median(pictures)), len(own.labels.people))


def canvas_side(extent: float, picture: float, people: int) -> int:
    """Side of the canvas of whole pictures of that longer side: a pose's longer side spans `CROP` pixels if it can."""
    wanted = picture * min(1.0, CROP / max(extent, 1.0))
    room = (MEMORY / (3 * people)) ** 0.5
    return int(np.clip(min(32 * np.ceil(wanted / 32), 32 * np.floor(room / 32)), *CANVASES))


def _sized(skeleton: Skeleton) -> list[str]:
    if not skeleton.torso:
        return ["diam(y) is the longer side of the joints' extent"]
    a, b = skeleton.torso[0]
    return [
        f"diam(y) is the distance from {skeleton.joints[a]} to {skeleton.joints[b]}, {skeleton.share:.2f} of the pose; "
        f"joint boxes are {BODY_SHARE / skeleton.share:.2f} of it, as large in the pose as a person's"
    ]


def _begun(trunk: str) -> str:
    if trunk == "none":
        return "all weights start at random (--trunk none)"
    return f"the trunk starts from {Path(trunk).stem}, its first four blocks stay as they are in stage 1"
