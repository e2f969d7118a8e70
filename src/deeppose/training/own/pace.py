"""How much of a recipe fits into a time, by a rate measured here and now: stages, crops, batches, samples."""

from __future__ import annotations

import time
from dataclasses import replace

import torch

from deeppose.model import geometry
from deeppose.model.cascade import Cascade
from deeppose.model.objective import objective
from deeppose.training.examples import Batch
from deeppose.training.loop import start
from deeppose.training.settings import Recipe, StageRecipe

SHARES = {2: (0.6, 0.4), 3: (0.5, 0.3, 0.2)}
"""Of the time, for each of so many stages."""

SIDES = (128, 96)
"""Smaller crops for stage 1 where there is little time: more looks at fewer pixels; stage 2 sees what they lose."""

ENOUGH = 6000
"""Looks at people that stage 1 should have, and crops that stage 2 should have before there is a stage 3."""

STEPS = 800
"""Steps that smaller batches make of a small budget, down to a quarter of a recipe's batch."""

OVERHEAD = 1.35
"""Wall time over the time of bare steps: crops, validation, checkpoints."""

FIXED = 30.0
"""Seconds for reading, calibration and export."""

FEWEST_STEPS = 20


def paced(recipe: Recipe, seconds: float) -> tuple[Recipe, list[str]]:
    """Samples a stage for the time there is: so many stages, crops and batches that they are not too few."""
    cascade = Cascade(recipe.cascade())
    rates = [_rate(cascade, number, stage) for number, stage in enumerate(recipe.stages[:2])]
    left = max(seconds - FIXED, seconds / 2) / OVERHEAD
    count = 3 if rates[1] * left * SHARES[3][1] >= ENOUGH else 2
    first, faster = _smaller(recipe.stages[0], rates[0] * left * SHARES[count][0])
    rates = [rates[0] * faster, rates[1], rates[1]]
    stages, words = [], []
    for number, stage in enumerate((first, *recipe.stages[1:count])):
        stages.append(_budget(stage, int(rates[number] * left * SHARES[count][number])))
        words.append(f"stage {number + 1} {stages[-1].samples:,} at {rates[number]:.0f} a second")
    said = f"{seconds / 60:.3g} minutes: {', '.join(words)}; stage 1 sees crops of {_side(first)} pixels"
    return replace(recipe, stages=tuple(stages)), [said]


def _side(stage: StageRecipe) -> int:
    return int(stage.config.options["input_size"])


def _smaller(stage: StageRecipe, samples: float) -> tuple[StageRecipe, float]:
    """Stage 1 with crops as large as leave `ENOUGH` samples, and how many times as fast that is."""
    whole = _side(stage)
    sides = [whole, *(side for side in SIDES if side < whole)]
    side = next((s for s in sides if samples * (whole / s) ** 2 >= ENOUGH), sides[-1])
    options = stage.config.options | {"input_size": side}
    return replace(stage, config=replace(stage.config, options=options)), (whole / side) ** 2


def _budget(stage: StageRecipe, samples: int) -> StageRecipe:
    """So many samples, in smaller batches where they would be few steps."""
    parts = next((parts for parts in (1, 2) if samples >= STEPS * stage.batch // parts), 4)
    batch = max(1, stage.batch // parts // stage.joints) * stage.joints
    samples = max(FEWEST_STEPS * batch, samples // batch * batch)
    average = 0.999 if samples / batch > 3000 else 0.99
    return replace(stage, batch=batch, samples=samples, average=average)


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
        objective(stage.objective, psi(crops), batch.target, batch.labelled, batch.joint).backward()
        fit.optimizer.step()
        fit.optimizer.zero_grad()
        best = min(best, time.perf_counter() - began)
    return stage.batch / best
