"""One stage's answer: eqs. (2), (5) and (6) of the paper, section 3.2, and how two answers become one.

Shape letters: N people, S stages, K joints, H x W canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from deeppose.model import geometry, looks
from deeppose.model.regressor import Output, Regressor


class Estimate(NamedTuple):
    """Poses in pixels, of one stage (N, K, ...) or of all (N, S, K, ...).

    Attributes:
        joints: (..., K, 2) pixels.
        scales: (..., K) Laplace scale of the error in pixels, 0 where the network predicts none.
        context: (N, F) what stage 1 saw of the whole person.
    """

    joints: Tensor
    scales: Tensor
    context: Tensor | None = None


def first_stage(
    psi: Regressor,
    images: Tensor,
    boxes: Tensor,
    view: Tensor | None = None,
    pairs: Sequence[int] | None = None,
) -> Estimate:
    """Eqs. (2) and (5): y^1 = N^-1(psi(N(x; b^0); theta_1); b^0).

    Args:
        images: (N, 3, H, W) normalised pixels.
        boxes: b^0, (N, 4) pixels.
        pairs: look at the mirrored crop; for every joint the index of its mirror image.
    """
    crops = geometry.crop(images, boxes[:, None], psi.input_size, view)[:, 0]
    output: Output = psi(crops) if pairs is None else looks.mirrored(psi, crops, pairs)
    joints = geometry.denormalize(output.pose, boxes[:, None])
    return Estimate(joints, _pixel_scales(output.log_scale, joints, boxes[:, None, 2:]), output.context)


def refine(
    psi: Regressor, images: Tensor, joints: Tensor, boxes: Tensor, view: Tensor | None = None
) -> Estimate:
    """Eq. (6): y_i^s = y_i^(s-1) + N^-1(psi_i(N(x; b); theta_s); b) for b = b_i^(s-1), all joints at once.

    A displacement has no origin, so N^-1 scales it by the box and adds no centre: b is centred on y_i^(s-1) already.

    Args:
        joints: y^(s-1), (N, K, 2) pixels.
        boxes: b^(s-1), (N, K, 4) pixels, eq. (7).
    """
    n, k = joints.shape[:2]
    crops = geometry.crop(images, boxes, psi.input_size, view)
    output: Output = psi(crops.flatten(0, 1))
    own = own_joint(output, torch.arange(k, device=joints.device).repeat(n))
    refined = joints + own.pose.reshape(n, k, 2) * boxes[..., 2:]
    log_scale = None if own.log_scale is None else own.log_scale.reshape(n, k, 2)
    return Estimate(refined, _pixel_scales(log_scale, refined, boxes[..., 2:]))


def fused(before: Estimate, after: Estimate) -> Estimate:
    """The minimum-variance mean of two looks at the same joints: each weighs as the other's squared scale.

    A refinement sees its joint's surroundings alone; where it is less sure than the stage before, it moves less.
    """
    joints, share = _weighed(before, after)
    return Estimate(joints, torch.sqrt(share * after.scales.square()))


def averaged(before: Estimate, after: Estimate) -> Estimate:
    """The mean of two looks of one network at the same joints, weighed as in `fused`.

    The looks share the network's errors, which do not cancel: the scale is the weighted mean of both. The context is
    the first look's, which saw where the picture ends.
    """
    joints, share = _weighed(before, after)
    return Estimate(joints, before.scales + share * (after.scales - before.scales), before.context)


def _weighed(before: Estimate, after: Estimate) -> tuple[Tensor, Tensor]:
    """Joints between two answers, each weighing as the other's squared scale, and `after`'s share (N, K) in them."""
    a, b = before.scales.square(), after.scales.square()
    share = a / (a + b)
    return before.joints + share.unsqueeze(-1) * (after.joints - before.joints), share


def own_joint(output: Output, joint: Tensor) -> Output:
    """psi_i: of the 2k outputs for each crop (B, K, 2), the two of that crop's own joint (B,), as (B, 2)."""
    rows = torch.arange(joint.shape[0], device=joint.device)
    return Output(
        output.pose[rows, joint], None if output.log_scale is None else output.log_scale[rows, joint]
    )


def _pixel_scales(log_scale: Tensor | None, joints: Tensor, sizes: Tensor) -> Tensor:
    if log_scale is None:
        return torch.zeros_like(joints[..., 0])
    return (log_scale.exp() * sizes).mean(-1)
