"""Scores that mean what they say: a score of 0.8 is right 80 % of the time, on people held out."""

from __future__ import annotations

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model import geometry
from deeppose.model.cascade import REACH, Cascade
from deeppose.training.validation import predict


@torch.no_grad()
def calibrate(cascade: Cascade, held_out: Store) -> None:
    """Fit every stage's offset and slope on the logit of its raw scores (Platt, 1999), in place.

    The event is PDJ@0.2: within `REACH` * diam(y) of the truth, y the true pose. One line serves all joints of a
    stage, since a hundred held-out people are too few to fit one a joint.
    """
    k = len(cascade.skeleton)
    cascade.calibration.copy_(torch.tensor([0.0, 1.0]).repeat(len(cascade.stages), k, 1))
    estimate = predict(cascade, held_out)
    raw = torch.logit(cascade.scores(estimate), eps=1e-4)
    diam = geometry.diameter(held_out.joints, held_out.labelled, cascade.skeleton.torso)
    error = torch.linalg.vector_norm(estimate.joints - held_out.joints[:, None], dim=-1)
    hit = error <= REACH * diam[:, None, None]
    for s in range(len(cascade.stages)):
        seen = held_out.labelled
        cascade.calibration[s] = _platt(raw[:, s][seen], hit[:, s][seen])


@torch.enable_grad()
def _platt(logit: Tensor, hit: Tensor) -> Tensor:
    """(2,) offset and slope of the logistic regression of hits on raw logits."""
    line = torch.tensor([0.0, 1.0], device=logit.device, requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(line[0] + line[1] * logit, hit.float())
        # A prior worth about one person keeps the fit finite where every joint hits, or none does.
        loss = wrong + 1e-3 * (line - torch.tensor([0.0, 1.0], device=line.device)).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return line.detach()
