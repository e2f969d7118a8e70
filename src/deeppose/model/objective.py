"""What training minimises: the squared L2 of eqs. (4) and (8), or a likelihood whose scale becomes a confidence.

Both equations are one sum; in eq. (8) a crop belongs to one joint, and psi_i is all that counts of its 2k outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deeppose.errors import ConfigError, unknown
from deeppose.model.regressor import Output


def own_joint(output: Output, joint: Tensor) -> Output:
    """psi_i: of the 2k outputs for each crop (B, K, 2), the two of that crop's own joint (B,), as (B, 1, 2)."""
    rows = torch.arange(joint.shape[0], device=joint.device)
    pose, log_scale = (None if part is None else part[rows, joint].unsqueeze(1) for part in output[:2])
    assert pose is not None
    return Output(pose, log_scale)


def squared_l2(output: Output, target: Tensor, labelled: Tensor) -> Tensor:
    """Eqs. (4) and (8): the sum over labelled joints of ||y_i - psi_i(x)||^2, as a mean over the people of a batch.

    "If for some images not all joints are labeled ... the corresponding terms in the sum would be omitted"
    (section 3.1): an unlabelled joint's target is never read.

    Args:
        output: `pose` (B, K, 2), normalised.
        target: (B, K, 2), normalised by the same boxes, eq. (1).
        labelled: (B, K) bool.
    """
    return _difference(output, target, labelled).square().sum() / labelled.shape[0]


def laplace(output: Output, target: Tensor, labelled: Tensor) -> Tensor:
    """Negative log-likelihood of independent Laplace errors: |y - mu| / b + log b, a mean over labelled joints.

    The base density of residual log-likelihood estimation (Li et al., ICCV 2021) without its flow: a joint the
    network cannot see gets a wide b, so it neither dominates the gradient nor a score.
    """
    if output.log_scale is None:
        raise ConfigError(
            "the laplace objective needs a network that predicts scales: choose network 'compact'"
        )
    log_scale = output.log_scale.clamp(-7.0, 3.0)
    terms = (_difference(output, target, labelled).abs() * torch.exp(-log_scale) + log_scale).sum(-1)
    return torch.where(labelled, terms, 0.0).sum() / labelled.sum().clamp_min(1)


def _difference(output: Output, target: Tensor, labelled: Tensor) -> Tensor:
    """psi_i - y_i, zero and without gradient where the joint is unlabelled, whatever its target holds."""
    return torch.where(labelled.unsqueeze(-1), output.pose - target, 0.0)


OBJECTIVES = {"l2": squared_l2, "laplace": laplace}


def objective(
    name: str, output: Output, target: Tensor, labelled: Tensor, joint: Tensor | None = None
) -> Tensor:
    """The objective of that name ("l2" or "laplace") on a batch: eq. (4), or eq. (8) where crops belong to a joint.

    Args:
        target: (B, K, 2) normalised, eq. (4), or (B, 1, 2), eq. (8).
        labelled: (B, K), or (B, 1).
        joint: (B,) whose crop each is; None where psi sees the whole person.

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in OBJECTIVES:
        raise unknown("objective", name, OBJECTIVES)
    counted = output if joint is None else own_joint(output, joint)
    return OBJECTIVES[name](counted, target, labelled)
