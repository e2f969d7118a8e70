"""Scores that mean what they say: of joints that score 0.8, 80 % are in the picture and close, on people held out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from deeppose.data.store import Store, concatenate
from deeppose.model.cascade import Cascade
from deeppose.model.confidence import REACH, evidence
from deeppose.training.validation import predict, sizes_of
from deeppose.training.worsening import framed

PEOPLE = 4000
"""Training people presence is fitted on, each twice: as they are, and in a picture that ends too soon."""

CUT = 0.3
"""How much somebody held out counts in a picture that ends too soon, beside themselves as they are: few pictures do."""


@torch.no_grad()
def calibrate(
    cascade: Cascade, train: Store, held_out: Store, seed: int = 0, portraits: Store | None = None
) -> None:
    """Fit presence on training people and portraits, then every stage's calibration on people held out, in place."""
    generator = torch.Generator().manual_seed(seed)
    some = train.subset(torch.randperm(len(train), generator=generator)[:PEOPLE])
    shown = _both(some, generator)
    _fit_presence(
        cascade, shown if portraits is None else concatenate([shown, portraits.to(shown.boxes.device)])
    )
    counts = torch.tensor([1.0, CUT]).repeat_interleave(len(held_out))
    _fit_scores(cascade, _both(held_out, generator), counts)


def _both(people: Store, generator: torch.Generator) -> Store:
    """Everyone as they are and once more framed too tightly."""
    u = torch.rand(len(people), 2, generator=generator).to(people.joints)
    return concatenate([people, framed(people, u)])


def _fit_presence(cascade: Cascade, people: Store) -> None:
    """One logistic regression a joint on stage 1's context: is the joint labelled, inside the picture?"""
    context = predict(cascade, people, depth=1).context
    if context is None:
        return
    mean, std = context.mean(0), context.std(0).clamp_min(1e-3)
    inputs = (context - mean) / std
    inputs = F.pad(inputs, (0, 1), value=1.0)
    weight = _logistic(inputs, people.labelled.float(), decay=1e-2, known=people.known)  # (K, F + 1)
    scaled = weight[:, :-1] / std
    cascade.presence.copy_(
        torch.cat([scaled, weight[:, -1:] - (scaled * mean).sum(-1, keepdim=True)], dim=-1)
    )


def _fit_scores(cascade: Cascade, people: Store, counts: Tensor) -> None:
    """Every stage's offset and slopes (Platt, 1999). The event: labelled, and within `REACH` * diam(y) of the truth.

    One line serves all joints of a stage: a hundred people are too few to fit one a joint. Joints that a data set was
    never asked for do not count, nor do people of unknown size: what stands in for it is too small for who is close or
    half hidden, so that hits were misses, and everybody else's scores too low.

    Args:
        counts: (N,) how much each of the people counts.
    """
    estimate = predict(cascade, people)
    raw, present = evidence(cascade, estimate)
    diam = cascade.diameter(people.joints, people.labelled)
    error = torch.linalg.vector_norm(estimate.joints - people.joints[:, None], dim=-1)
    hit = (error <= REACH * diam[:, None, None]) & people.labelled[:, None]
    weight = people.known * (counts.to(diam) * _sized(cascade, people))[:, None]
    for s in range(raw.shape[1]):
        inputs = torch.stack([torch.ones_like(raw[:, s]), raw[:, s], raw[:, 0], present[:, 0]], dim=-1)
        cascade.calibration[s] = _logistic(
            inputs.flatten(0, 1),
            hit[:, s].reshape(-1, 1).float(),
            decay=1e-4,
            known=weight.reshape(-1, 1),
        )[0]


def _sized(cascade: Cascade, people: Store) -> Tensor:
    """(N,) whose size PDJ knows: with a labelled torso, where the skeleton has one; everybody's if nobody's is."""
    labelled = people.labelled.cpu().numpy()
    known = torch.from_numpy(sizes_of(people.joints.cpu().double().numpy(), labelled, cascade.skeleton)[1])
    return (known if known.any() else torch.ones_like(known)).to(people.boxes.device)


@torch.enable_grad()
def _logistic(inputs: Tensor, target: Tensor, decay: float, known: Tensor | None = None) -> Tensor:
    """(T, F) weights of T logistic regressions of targets (N, T) on inputs (N, F), held small by `decay`.

    Targets count by `known` (N, T), a mask or weights.
    """
    counted = torch.ones_like(target) if known is None else known.to(target)
    weight = torch.zeros(target.shape[1], inputs.shape[1], device=inputs.device, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        wrong = F.binary_cross_entropy_with_logits(inputs @ weight.T, target, reduction="none")
        loss = ((wrong * counted).sum(0) / counted.sum(0).clamp_min(1)).sum() + decay * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return weight.detach()
