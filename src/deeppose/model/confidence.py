"""Scores, which the paper has not: how sure a joint is, and whether it is in the picture at all.

Two buffers of a cascade hold what was fitted on held-out people (`training/calibration`): `presence` (K, F + 1), the
weights and bias of a logistic regression on stage 1's context, and `calibration` (S, 4), an offset and the slopes on
three logits: of the stage's own raw score, of stage 1's, which saw the whole person, and of presence.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deeppose.model.cascade import Cascade
from deeppose.model.regressor import Estimate

REACH = 0.2
"""A score is the probability that a joint lies within this share of diam(y) of the truth: PDJ@0.2, section 4.1."""


def evidence(cascade: Cascade, estimate: Estimate) -> tuple[Tensor, Tensor]:
    """What a score is made of, as logits: of the raw score (N, S, K), and of presence (N, 1, K).

    Raw: the mass of a Laplace error of the predicted scale within reach, 1 - exp(-reach * diam / scale), or one
    half where the network predicts no scale.
    """
    joints, scales, context = estimate
    reach = REACH * cascade.diameter(joints).unsqueeze(-1)
    known = scales > 0
    raw = 1 - torch.exp(-reach / torch.where(known, scales, 1.0))
    logit = torch.where(known, torch.logit(raw, eps=1e-4), 0.0)
    if context is None:
        return logit, torch.zeros_like(logit[:, :1])
    weight, bias = cascade.presence[:, :-1], cascade.presence[:, -1]
    return logit, (context @ weight.T + bias).unsqueeze(1)


def scores(cascade: Cascade, estimate: Estimate) -> Tensor:
    """(N, S, K) probabilities that a joint is in the picture and lies within `REACH` * diam(y) of the truth."""
    raw, present = evidence(cascade, estimate)
    offset, by_own, by_first, by_presence = cascade.calibration[: raw.shape[1], :, None].unbind(1)
    return torch.sigmoid(offset + by_own * raw + by_first * raw[:, :1] + by_presence * present)
