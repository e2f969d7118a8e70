"""Second looks at a whole person, which the paper has not: mirrored, or with the torso upright."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from deeppose.model import affine, geometry
from deeppose.model.regressor import Output, Regressor
from deeppose.skeleton import Skeleton

LEANING = 0.7071
"""The cosine below which a torso is turned upright: 45 degrees; networks of upright people bear what leans less."""


SURE = 0.2
"""Nobody is turned whose torso's joints have scales above this share of diam(y): half of such leans are wrong."""


def mirrored(psi: Regressor, crops: Tensor, pairs: Sequence[int]) -> Output:
    """What psi says of the mirrored crops, mirrored back."""
    output: Output = psi(geometry.mirror_images(crops))
    log_scale = None if output.log_scale is None else output.log_scale[:, list(pairs)]
    return Output(geometry.mirror_joints(output.pose, 0.0, pairs), log_scale, output.context)


def torso(joints: Tensor, skeleton: Skeleton) -> tuple[Tensor, Tensor]:
    """Cosine and sine (N,) of the angles, clockwise on screen, by which torsos of poses (N, K, 2) are off upright.

    Those within `LEANING` count as upright, as does everyone of a skeleton without a torso.
    """
    upright = torch.ones_like(joints[:, 0, 0])
    if skeleton.spine is None:
        return upright, torch.zeros_like(upright)
    low, high = (joints[:, list(end)].mean(1) for end in skeleton.spine)
    up = high - low
    up = up / torch.linalg.vector_norm(up, dim=-1, keepdim=True).clamp_min(1e-3)
    leans = -up[:, 1] < LEANING
    return torch.where(leans, -up[:, 1], upright), torch.where(leans, up[:, 0], torch.zeros_like(upright))


def lean(joints: Tensor, labelled: Tensor, skeleton: Skeleton) -> Tensor:
    """The same as angles (N,) in radians of people whose torso is labelled; 0 of others."""
    ends = [] if skeleton.spine is None else [joint for end in skeleton.spine for joint in end]
    cos, sin = torso(joints, skeleton)
    return torch.where(labelled[:, ends].all(-1), torch.atan2(sin, cos), 0.0)


def sure(scales: Tensor, diam: Tensor, skeleton: Skeleton) -> Tensor:
    """(N,) whether a pose is sure of its torso, by its scales (N, K), 0 where unknown, and diam(y) (N,)."""
    if skeleton.spine is None:
        return torch.zeros_like(diam, dtype=torch.bool)
    return scales[:, [joint for end in skeleton.spine for joint in end]].mean(1) <= SURE * diam


def stood_up(
    joints: Tensor, boxes: Tensor, skeleton: Skeleton, view: Tensor | None, believed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """People of poses (N, K, 2) and boxes (N, 4), seen through `view`, turned so that their torso is upright.

    Args:
        believed: (N,) whether the pose is sure enough to turn by; who is not is seen as they are.

    Returns:
        the view (N, 2, 3) to look through, their boxes (N, 4) there, and the affine (N, 2, 3) back from there.
    """
    cos, sin = torso(joints, skeleton)
    cos = torch.where(believed, cos, torch.ones_like(cos))
    sin = torch.where(believed, sin, torch.zeros_like(sin))
    back = affine.rotation(boxes[:, :2], cos, sin)
    return back if view is None else affine.after(view, back), geometry.turned_boxes(boxes, cos, sin), back
