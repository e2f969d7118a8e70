"""N_i^(s-1): how far the last stage's predictions lie from the truth, per joint; and D_A^s, drawn from it.

Section 3.2: stages s >= 2 train on simulated predictions, "randomly displacing the ground truth location for joint i
by a vector sampled at random from a 2-dimensional Normal distribution with mean and variance equal to the mean and
variance of the observed displacements (y_i^(s-1) - y_i) across all examples in the training data".

Displacements are in units of diam(y): LSP's people are all about 150 px long, others' need not be.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deeppose.errors import DataError


@dataclass(frozen=True)
class Displacements:
    """The observed displacements of one stage's predictions.

    Attributes:
        mean: (K, 2), units of diam(y).
        covariance: (K, 2, 2).
        bank: (K, B, 2) observed displacements to draw from instead of the Normal, whose two moments a few gross
            errors (left for right) inflate; B is the count of the most-observed joint, others' come again and again.
    """

    mean: Tensor
    covariance: Tensor
    bank: Tensor

    def sample(self, uniforms: Tensor, kind: str = "normal") -> Tensor:
        """Displacements (N, K, 2) from uniforms (N, K, 2): of the Normal (the paper's), or of the "empirical" bank."""
        if kind == "empirical":
            k, count = self.bank.shape[:2]
            pick = (uniforms[..., 0] * count).long().clamp_max(count - 1)
            return self.bank[torch.arange(k, device=pick.device), pick]
        deviates = torch.special.ndtri(uniforms.clamp(1e-6, 1 - 1e-6))
        return self.mean + torch.einsum("kij,nkj->nki", torch.linalg.cholesky(self.covariance), deviates)

    def to(self, device: torch.device | str) -> Displacements:
        """A copy on that device."""
        return Displacements(self.mean.to(device), self.covariance.to(device), self.bank.to(device))


def fit(predicted: Tensor, truth: Tensor, labelled: Tensor, diam: Tensor) -> Displacements:
    """Observe (y^(s-1) - y) / diam(y) over labelled joints.

    Args:
        predicted, truth: (N, K, 2) pixels.
        labelled: (N, K) bool.
        diam: (N,) pixels, of the truth.

    A joint labelled in fewer than three examples, too few for a covariance, is given those of all joints together.

    Raises:
        DataError: fewer than three joints are labelled at all.
    """
    offsets = (predicted - truth) / diam[:, None, None]
    everything = offsets[labelled]
    if len(everything) < 3:
        raise DataError(f"{len(everything)} labelled joints to observe displacements on: label more people")
    seen = [offsets[labelled[:, i], i] for i in range(truth.shape[1])]
    enough = [rows if len(rows) >= 3 else everything for rows in seen]
    count = max(len(rows) for rows in enough)
    means, covariances, banks = [], [], []
    for rows in enough:
        means.append(rows.mean(0))
        covariances.append(torch.cov(rows.T) + 1e-8 * torch.eye(2, device=rows.device))
        banks.append(rows[torch.arange(count, device=rows.device) % len(rows)])
    return Displacements(torch.stack(means), torch.stack(covariances), torch.stack(banks))
