"""Which of two networks to believe, fitted on people held out: the odds of `model.looks.weighed`.

Predicted scales say which of a network's own answers are better, not which network's: one trained on little is as
unsure of everything, another too sure of people unlike its own.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from deeppose.data.store import Store, concatenate
from deeppose.model.cascade import Cascade
from deeppose.model.looks import EQUAL, weighed
from deeppose.model.regressor import Estimate
from deeppose.training.validation import in_chunks
from deeppose.training.worsening import turned

NEAR = (0.1, 0.2)
"""Shares of diam(y) within which a joint counts as found."""

SOFT = 0.25
"""Over how large a part of these a joint passes from found to lost: steps have no gradient."""

STEPS, RATE, DECAY = 120, 0.08, 1e-3


def weigh(cascade: Cascade, held_out: Store) -> None:
    """Fit the odds of every upright stage that is fused, in place, every data set of the held-out people alike.

    Everyone is looked at once more in a picture turned by quarters; those looks together are a data set too.
    """
    people = concatenate([held_out, _turned(held_out)])
    for stage, config in enumerate(cascade.config.stages):
        if config.upright and cascade.config.fuse:
            before, after = looks_of(cascade, stage, people)
            diam = cascade.diameter(before.joints)
            truth = cascade.diameter(people.joints, people.labelled)
            cascade.odds[stage] = fit(
                before, after, diam, people.joints, people.labelled, truth, people.sources,
                cascade.skeleton.mirror,
            )  # fmt: skip


def _turned(people: Store) -> Store:
    """Everyone turned by one, two or three quarters in turn, as people of one data set more."""
    copies = turned(people, torch.arange(len(people)) % 3 + 1)
    return replace(copies, sources=torch.full_like(people.sources, int(people.sources.max()) + 1))


@torch.no_grad()
def looks_of(cascade: Cascade, stage: int, people: Store) -> tuple[Estimate, Estimate]:
    """The poses before an upright stage and its own answers, neither weighed yet."""
    psi = cascade.networks[stage]
    cascade.eval()

    def both(part: Store) -> Estimate:
        images = cascade.prepare(part.dense())
        last = cascade(images, part.boxes, depth=stage)
        before = Estimate(last.joints[:, -1], last.scales[:, -1])
        after = cascade.stood_up(psi, images, part.boxes, before)
        joints, scales = (torch.stack(pair, 1) for pair in zip(before[:2], after[:2], strict=True))
        return Estimate(joints, scales)

    seen = in_chunks(both, people)
    before, after = (Estimate(seen.joints[:, i], seen.scales[:, i]) for i in range(2))
    return before, after


@torch.enable_grad()
def fit(
    before: Estimate,
    after: Estimate,
    diam: Tensor,
    truth: Tensor,
    labelled: Tensor,
    sizes: Tensor,
    sources: Tensor,
    mirror: tuple[int, ...],
) -> Tensor:
    """Odds (K + 3,) that find the most joints of N people; both sides of a body share an offset.

    Args:
        before, after: the two answers, joints (N, K, 2).
        diam: (N,) diam(y) of `before`.
        truth, labelled: (N, K, 2) and (N, K).
        sizes: (N,) diam(y) of the truth.
        sources: (N,) the data set of each person; every set's mean counts the same.
        mirror: for every joint the index of its mirror image.
    """
    weight = labelled / _joints_of_set(labelled, sources)[:, None]
    start = torch.tensor([0.0] * truth.shape[1] + EQUAL, device=truth.device)
    odds = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([odds], RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        joints = weighed(before, after, diam, _even(odds, mirror)).joints
        error = torch.linalg.vector_norm(joints - truth, dim=-1) / sizes[:, None]
        lost = sum(torch.sigmoid((error - near) / (SOFT * near)) for near in NEAR)
        ((lost * weight).sum() + DECAY * (odds - start).square().sum()).backward()
        optimizer.step()
    return _even(odds, mirror).detach()


def _joints_of_set(labelled: Tensor, sources: Tensor) -> Tensor:
    """(N,) how many joints are labelled in each person's data set."""
    counts = torch.zeros(int(sources.max()) + 1, device=labelled.device)
    counts.index_add_(0, sources, labelled.sum(-1).to(counts))
    return counts[sources].clamp_min(1)


def _even(odds: Tensor, mirror: tuple[int, ...]) -> Tensor:
    """Joints and their mirror images with the mean of both offsets; growth with distance never below 0."""
    offsets = odds[:-3]
    both = (offsets + offsets[list(mirror)]) / 2
    return torch.cat([both, odds[-3:-1], odds[-1:].clamp_min(0)])
