"""Two networks' answers to the same joints, which the paper has not: whom to believe, by odds fitted on people."""

from __future__ import annotations

import torch
from torch import Tensor

from deeppose.model.regressor import Estimate

EQUAL = [2.0, 2.0, 0.0]
"""Slopes of odds that are the minimum-variance mean: what was not fitted believes both networks' scales."""

LEAST = 1e-3
"""The least scale over diam(y) that odds are made of: logarithms need one."""

DISPUTE = 0.25
"""Of the distance between two networks' answers, what adds to the scale of their mean: one of them is wrong."""


def weighed(before: Estimate, after: Estimate, diam: Tensor, odds: Tensor) -> Estimate:
    """The mean of both answers by odds fitted on people whose joints are known.

    The log-odds of `after` are an offset of the joint, and slopes times the logarithms of both predicted scales; they
    grow with the distance between the answers, because between two places far apart there is no joint. Offsets of 0 and
    slopes of 2, 2 and 0 are `looks.fused`. The scale is both's, mixed alike, and a part of the distance between them.

    Args:
        diam: diam(y) of the pose before, (N,) pixels.
        odds: (K + 3,) the offsets, the slopes on `before`'s and `after`'s scale, and the growth with distance.
    """
    offsets, (by_before, by_after, by_distance) = odds[:-3], odds[-3:].unbind()
    a, b = ((e.scales / diam[:, None]).clamp_min(LEAST).log() for e in (before, after))
    moved = after.joints - before.joints
    apart = torch.linalg.vector_norm(moved, dim=-1)
    logits = (offsets + by_before * a - by_after * b) * (1 + by_distance * apart / diam[:, None])
    share = torch.sigmoid(logits)
    scales = before.scales + share * (after.scales - before.scales) + DISPUTE * apart
    return Estimate(before.joints + share.unsqueeze(-1) * moved, scales)
