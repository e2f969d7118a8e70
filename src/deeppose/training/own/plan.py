"""A recipe for own labels: from their number and kind, and from the time there is, by a rate measured here and now."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from deeppose.data.own.people import Own
from deeppose.data.own.shape import Looks, looks
from deeppose.errors import ConfigError
from deeppose.model import geometry
from deeppose.model.cascade import Cascade, StageConfig
from deeppose.skeleton import BODY_SHARE, Skeleton
from deeppose.training.examples import Batch
from deeppose.training.loop import loss_of, start
from deeppose.training.settings import Augment, LabelSource, Recipe, StageRecipe

SHARES = (0.6, 0.25, 0.15)
"""Of the time, for each stage."""

OVERHEAD = 1.35
"""Wall time over the time of bare steps: crops, validation, checkpoints."""

FIXED = 15.0
"""Seconds for reading, calibration and export."""

FEWEST_STEPS = 20
SHORTEST = 30.0
"""Seconds below which no plan is made."""

_FIRST = StageRecipe(
    StageConfig("compact", {"input_size": 160, "deep": True, "width": 96}),
    samples=0, batch=32, objective="laplace", optimizer="adamw", lr=1e-3, weight_decay=0.02,
    schedule="cosine", average=0.99,
)  # fmt: skip
_LATER = replace(
    _FIRST,
    batch=160,
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
    recipe, pace = _paced(recipe, seconds)
    return Plan(recipe, (own.split.how, *_sized(own.skeleton), *shown.why, boxing, _begun(trunk), *pace))


def _recipe(skeleton: Skeleton, shown: Looks, source: LabelSource, trained: bool, seed: int) -> Recipe:
    joints = min(len(skeleton), 7)
    later = replace(_LATER, joints=joints, batch=joints * max(1, _LATER.batch // joints))
    first = replace(_FIRST, frozen=4 if trained else 0)
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
            mirror=shown.mirror, translate=0.1, scale=1.5 if whole else 1.3, rotate=shown.rotate, tumble=shown.tumble,
            zoom=0.25 if whole else 0.1, colour=0.2, degrade=0.1,
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


def _paced(recipe: Recipe, seconds: float) -> tuple[Recipe, list[str]]:
    """Samples a stage for the time there is."""
    cascade = Cascade(recipe.cascade())
    left = max(seconds - FIXED, seconds / 2) / OVERHEAD
    stages, words = [], []
    for number, (stage, share) in enumerate(zip(recipe.stages, SHARES, strict=True)):
        rate = _rate(cascade, number, stage)
        samples = max(FEWEST_STEPS * stage.batch, int(rate * left * share) // stage.batch * stage.batch)
        average = 0.999 if samples / stage.batch > 3000 else 0.99
        stages.append(replace(stage, samples=samples, average=average))
        words.append(f"stage {number + 1} {samples:,} at {rate:.0f} a second")
    return replace(recipe, stages=tuple(stages)), [f"{seconds / 60:.3g} minutes: {', '.join(words)}"]


def _rate(cascade: Cascade, number: int, stage: StageRecipe) -> float:
    """Samples a second of bare optimisation steps on this machine, the best of three."""
    psi, joints = cascade.networks[number], len(cascade.skeleton)
    fit = start(psi, replace(stage, average=0.0))
    crops = torch.randn(stage.batch, 3, *geometry.sides(psi.input_size))
    crops = crops.contiguous(memory_format=torch.channels_last)
    own = torch.arange(stage.batch) % joints if number else None
    shape = (stage.batch, 1 if number else joints)
    batch = Batch(crops, torch.zeros(*shape, 2), torch.ones(shape, dtype=torch.bool), own)
    best = float("inf")
    psi.train()
    for _ in range(3):
        began = time.perf_counter()
        loss_of(psi(crops), batch, stage.objective).backward()
        fit.optimizer.step()
        fit.optimizer.zero_grad()
        best = min(best, time.perf_counter() - began)
    return stage.batch / best
