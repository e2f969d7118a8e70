"""Training examples: stage 1's D_N (eq. 3) and the later stages' D_A^s (section 3.2), a batch at a time.

A batch is a function of (seed, step) alone, whatever came before it and however many processes share it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model import geometry
from deeppose.model.cascade import Cascade
from deeppose.model.displacement import Displacements
from deeppose.training.settings import Recipe
from deeppose.training.views import COLUMNS, Look, look, relight, uniforms


class Batch(NamedTuple):
    """What one optimisation step sees.

    Attributes:
        crops: (B, 3, R, R).
        target: (B, K, 2) at stage 1, else (B, 1, 2); normalised by each crop's box, eq. (1).
        labelled: (B, K) or (B, 1).
        joint: (B,) the joint whose outputs count, psi_i; None at stage 1.
    """

    crops: Tensor
    target: Tensor
    labelled: Tensor
    joint: Tensor | None


class Sampler:
    """Which people step t looks at, and their random numbers; each epoch is one shuffled pass.

    Args:
        people: N.
        share: people a step in this process; `rank` of `world` processes takes every world-th of the step's people.
        passes: after so many epochs the same random numbers come again; 0 for never.
    """

    def __init__(
        self, people: int, joints: int, share: int, seed: int, rank: int = 0, world: int = 1, passes: int = 0
    ) -> None:
        self.people, self.joints, self.seed = people, joints, seed
        self.step_size, self.rank, self.world = min(share * world, people), rank, world
        self.steps_per_epoch = max(1, people // self.step_size)
        self.passes, self._epoch = passes, -1

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        """(index, uniforms) of this process's people at a step."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + 2 * epoch)
            self._order = torch.randperm(self.people, generator=generator)
            known = epoch % self.passes if self.passes else epoch
            self._table = uniforms(self.seed, known, self.people, self.joints)
            self._epoch = epoch
        index = self._order[within * self.step_size : (within + 1) * self.step_size][self.rank :: self.world]
        return index, self._table[index]


def stage_one(cascade: Cascade, look: Look, stage: int = 0) -> Batch:
    """D_N, eq. (3): (N(x; b), N(y; b)) for one look at each person, by a stage that sees the whole of them."""
    size = cascade.networks[stage].input_size
    crops = geometry.crop(look.images, look.boxes[:, None], size, look.view)
    target = geometry.normalize(look.joints, look.boxes[:, None])
    return Batch(relight(crops, look.light)[:, 0], target, look.labelled, None)


def later_stage(
    cascade: Cascade, stage: int, look: Look, displacements: Displacements, recipe: Recipe, u: Tensor
) -> Batch:
    """D_A^s: some joint crops a person, each centred on a simulated prediction y_i + delta, delta ~ N_i^(s-1).

    Args:
        u: (N, 3 K + 1) uniforms: displacements, the choice of joints, the box's size.
    """
    n, k = look.labelled.shape
    settings, jitter = recipe.stages[stage], recipe.size_jitter
    diam = cascade.diameter(look.joints, look.labelled)
    delta = displacements.sample(u[:, : 2 * k].reshape(n, k, 2), settings.displacements) * diam[:, None, None]
    boxes = geometry.joint_boxes(
        look.joints + delta, diam * jitter ** (u[:, -1] * 2 - 1), cascade.config.sigma
    )
    # Labelled joints first, in random order: an unlabelled one is drawn only where too few are labelled.
    drawn = (u[:, 2 * k : 3 * k] + ~look.labelled).argsort(-1)[:, : settings.joints]
    boxes = boxes.gather(1, drawn[..., None].expand(-1, -1, 4))
    truth = look.joints.gather(1, drawn[..., None].expand(-1, -1, 2))
    size = cascade.networks[stage].input_size
    crops = relight(geometry.crop(look.images, boxes, size, look.view), look.light).flatten(0, 1)
    target = geometry.normalize(truth, boxes).reshape(-1, 1, 2)
    return Batch(crops, target, look.labelled.gather(1, drawn).reshape(-1, 1), drawn.flatten())


def batches(
    cascade: Cascade,
    stage: int,
    recipe: Recipe,
    store: Store,
    displacements: Displacements | None,
    rank: int = 0,
    world: int = 1,
) -> Callable[[int], Batch]:
    """The stage's examples as a function of the step."""
    settings, device = recipe.stages[stage], store.canvases.device
    k, joints = len(cascade.skeleton), settings.joints if stage and not settings.config.upright else 1
    passes = math.ceil(settings.draws * k / joints) if stage else settings.draws
    people, seed = settings.batch // world // joints, recipe.seed * 1000 + stage
    sampler = Sampler(len(store), k, people, seed, rank, world, passes)

    def batch(step: int) -> Batch:
        index, u = sampler(step)
        u = u.to(device)
        seen = look(cascade, store.subset(index), u[:, :COLUMNS], recipe.augment, stage)
        if displacements is None:
            return stage_one(cascade, seen, stage)
        return later_stage(cascade, stage, seen, displacements, recipe, u[:, COLUMNS:])

    return batch
