"""The loop: one visible pass from a batch to a parameter update, the same for every stage and recipe."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from deeppose.errors import TrainingError
from deeppose.model.objective import objective
from deeppose.model.regressor import Regressor
from deeppose.training.examples import Batch
from deeppose.training.optimisation import learning_rate, moving_average, optimizer
from deeppose.training.settings import StageRecipe

LOOK_EVERY = 10
"""Steps between two looks at the loss: each makes a GPU wait for the CPU."""


@dataclass
class Fit:
    """One stage in training: what a checkpoint must hold to continue exactly.

    Attributes:
        psi: the stage's network, with parameters theta_s.
        averaged: its moving average, which is what the stage keeps; None where the recipe keeps the last weights.
        step: optimisation steps done.
    """

    psi: Regressor
    optimizer: torch.optim.Optimizer
    averaged: AveragedModel | None
    step: int = 0

    def result(self) -> Regressor:
        """The network to use: averaged where the recipe says so."""
        # torch's annotations do not know that the average is of the kind of what it averages.
        return self.psi if self.averaged is None else cast(Regressor, self.averaged.module)

    def state(self) -> dict[str, object]:
        """For a checkpoint. Random state is none of it: every step seeds anew what dropout draws from."""
        return {
            "psi": self.psi.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averaged": None if self.averaged is None else self.averaged.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where `state` was taken."""
        self.psi.load_state_dict(state["psi"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.averaged is not None:
            self.averaged.load_state_dict(state["averaged"])
        self.step = int(state["step"])


def start(psi: Regressor, settings: StageRecipe) -> Fit:
    """A stage about to be trained."""
    averaged = None
    if settings.average:
        averaged = AveragedModel(psi, multi_avg_fn=moving_average(settings.average), use_buffers=True)
    return Fit(psi, optimizer(psi, settings), averaged)


def steps_of(settings: StageRecipe) -> int:
    """Optimisation steps of a stage."""
    return math.ceil(settings.samples / settings.batch)


def fit(
    fabric: Fabric, state: Fit, settings: StageRecipe, batch: Callable[[int], Batch], name: str, seed: int,
    after: Callable[[Fit, dict[str, float]], None], each: Callable[[Fit], None],
) -> None:  # fmt: skip
    """Train from `state.step` to the end of the stage's budget, in place.

    Args:
        batch: step to this process's examples.
        name: for the progress bar.
        seed: of what dropout draws; a step's draws depend on it, the step and the process alone.
        after: called every `LOOK_EVERY` steps and at the last, for logs and validation.
        each: called after every step, for checkpoints.

    Raises:
        TrainingError: the loss is no longer finite.
    """
    psi, optimizer = fabric.setup(state.psi, state.optimizer)
    steps, first, began = steps_of(settings), state.step, time.monotonic()
    bar = tqdm(
        total=steps, initial=first, desc=name, unit="step", disable=None if fabric.is_global_zero else True
    )
    lines = Lines(name, steps, quiet=not (fabric.is_global_zero and bar.disable))
    psi.train()
    while state.step < steps:
        torch.manual_seed(_seed(seed, state.step, fabric.global_rank))
        rate = _set_learning_rate(optimizer, settings, state.step, steps)
        loss = _update(fabric, psi, optimizer, batch(state.step), settings)
        if state.averaged is not None:
            state.averaged.update_parameters(state.psi)
        state.step += 1
        bar.update()
        if state.step % LOOK_EVERY == 0 or state.step == steps:
            _check(loss, name, state.step, settings)
            speed = (state.step - first) * settings.batch / (time.monotonic() - began)
            bar.set_postfix_str(f"loss {loss.item():.4f}, {speed:.0f} samples/s", refresh=False)
            lines.say(state.step, loss.item(), speed, settings.batch)
            after(state, {"loss": loss.item(), "lr": rate, "samples_per_second": speed})
            psi.train()
        each(state)
    bar.close()


def _seed(seed: int, step: int, rank: int) -> int:
    """One number from three, far apart for neighbours (splitmix64's multipliers)."""
    mixed = seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + rank * 0x94D049BB133111EB
    return mixed % 2**63


@dataclass
class Lines:
    """Where standard error is no terminal, a plain line every so many seconds instead of a bar."""

    name: str
    steps: int
    quiet: bool
    seconds: float = 30.0
    last: float = field(default_factory=time.monotonic)

    def say(self, step: int, loss: float, speed: float, batch: int) -> None:
        """Perhaps print how far it is, and how long it will take."""
        now = time.monotonic()
        if self.quiet or (now - self.last < self.seconds and step < self.steps):
            return
        self.last = now
        left = (self.steps - step) * batch / max(speed, 1e-9) / 60
        print(
            f"{self.name}: step {step} of {self.steps}, loss {loss:.4f}, {speed:.0f} samples/s, {left:.1f} min left",
            file=sys.stderr, flush=True,
        )  # fmt: skip


def _update(
    fabric: Fabric, psi: nn.Module, optimizer: torch.optim.Optimizer, examples: Batch, settings: StageRecipe
) -> Tensor:
    """One step: forward, backward, update; returns the loss."""
    # Channels last is what depthwise convolutions are fast in: four times on a CPU in bf16.
    output = psi(examples.crops.contiguous(memory_format=torch.channels_last))
    loss = objective(settings.objective, output, examples.target, examples.labelled, examples.joint)
    fabric.backward(loss)
    if settings.clip:
        fabric.clip_gradients(psi, optimizer, max_norm=settings.clip)
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def _set_learning_rate(
    optimizer: torch.optim.Optimizer, settings: StageRecipe, step: int, steps: int
) -> float:
    rate = learning_rate(settings, step, steps)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate


def _check(loss: Tensor, name: str, step: int, settings: StageRecipe) -> None:
    if not torch.isfinite(loss):
        raise TrainingError(
            f"{name}: the loss is {loss.item()} at step {step}; lower the learning rate (now {settings.lr:g}), "
            "or train in 32 bits if this run is in 16; the last checkpoint is intact"
        )
