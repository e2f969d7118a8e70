"""How parameters move: optimizers, learning rates, and the moving average that a stage keeps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from deeppose.errors import unknown
from deeppose.training.settings import StageRecipe

Tensors = tuple[Tensor, ...] | list[Tensor]


def optimizer(psi: nn.Module, settings: StageRecipe) -> torch.optim.Optimizer:
    """A stage's optimizer of those parameters that are trained.

    Raises:
        ConfigError: an unknown one.
    """
    trained = [p for p in psi.parameters() if p.requires_grad]
    if settings.optimizer == "adagrad":
        return torch.optim.Adagrad(
            trained,
            settings.lr,
            weight_decay=settings.weight_decay,
            initial_accumulator_value=settings.accumulator,
        )
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(decayed(trained, settings.weight_decay), settings.lr)
    raise unknown("optimizer", settings.optimizer, ("adagrad", "adamw"))


def decayed(parameters: Iterable[nn.Parameter], decay: float) -> list[dict[str, Any]]:
    """AdamW's groups: biases, batch norm and other vectors are not decayed."""
    every = list(parameters)
    return [
        {"params": [p for p in every if p.dim() > 1], "weight_decay": decay},
        {"params": [p for p in every if p.dim() <= 1], "weight_decay": 0.0},
    ]


SCHEDULES = ("constant", "stepped", "cosine")


def learning_rate(settings: StageRecipe, step: int, steps: int) -> float:
    """The rate of a step: constant; tripled at milestones; or a linear warm-up and half a cosine down to zero.

    Raises:
        ConfigError: an unknown schedule.
    """
    if settings.schedule not in SCHEDULES:
        raise unknown("schedule", settings.schedule, SCHEDULES)
    if settings.schedule == "constant":
        return settings.lr
    if settings.schedule == "stepped":
        passed = sum(step >= round(share * steps) for share in settings.milestones)
        return settings.lr * 3.0**passed
    warm = max(1, round(settings.warmup * steps))
    if step < warm:
        return settings.lr * (step + 1) / warm
    return settings.lr * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def moving_average(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """An exponential moving average whose decay grows to `decay`, so that the first weights do not linger in it."""

    def update(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
        now = min(decay, (1 + int(count)) / (10 + int(count)))
        get_ema_multi_avg_fn(now)(averaged, current, count)

    return update
