"""Second looks at a person, which the paper has not: closer, mirrored, or the torso upright; and two answers fused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from deeppose.model import geometry
from deeppose.model.regressor import Estimate, Output, Psi
from deeppose.skeleton import Skeleton

LEANING = 0.7071
"""The cosine below which a torso is turned upright: 45 degrees; networks of upright people bear what leans less."""


SURE = 0.2
"""Nobody is turned whose torso's joints have scales above this share of diam(y): half of such leans are wrong."""

EQUAL = [2.0, 2.0, 0.0]
"""Slopes of odds that are the minimum-variance mean: what was not fitted believes both networks' scales."""

LEAST = 1e-3
"""The least scale over diam(y) that odds are made of: logarithms need one."""

DISPUTE = 0.25
"""Of the distance between two networks' answers, what adds to the scale of their mean: one of them is wrong."""


def repeated(
    see: Callable[[Psi, Tensor], Estimate], psi: Psi, boxes: Tensor, times: int, pairs: Sequence[int] | None
) -> Estimate:
    """So many looks at everyone, each after the first from the box around the pose seen before.

    Args:
        see: a network's answer from people's boxes (N, 4).
        pairs: later looks are mirrored and averaged with the look before; for every joint the index of its mirror
            image. None: they replace it.
    """
    estimate = see(psi, boxes)
    for _ in range(times - 1):
        closer = geometry.pose_boxes(estimate.joints)
        again = see(psi if pairs is None else Mirrored(psi, pairs), closer)
        estimate = again if pairs is None else averaged(estimate, again)
    return estimate


class Mirrored:
    """A network that sees every crop mirrored, and whose answer is mirrored back."""

    def __init__(self, psi: Psi, pairs: Sequence[int]) -> None:
        self.psi, self.pairs, self.input_size = psi, pairs, psi.input_size

    def __call__(self, crops: Tensor) -> Output:
        """(B, 3, R, R) to B poses."""
        output = self.psi(mirror_images(crops))
        log_scale = None if output.log_scale is None else output.log_scale[:, list(self.pairs)]
        return Output(mirror_joints(output.pose, 0.0, self.pairs), log_scale, output.context)


def mirror_images(images: Tensor) -> Tensor:
    """Images (..., H, W) flipped left to right."""
    return images.flip(-1)


def mirror_joints(joints: Tensor, width: float, pairs: Sequence[int]) -> Tensor:
    """Joints (..., K, 2) of the mirrored image: x becomes width - x and left joints trade places with right ones."""
    flipped = torch.stack([width - joints[..., 0], joints[..., 1]], dim=-1)
    return flipped[..., list(pairs), :]


def fused(before: Estimate, after: Estimate) -> Estimate:
    """The minimum-variance mean of two looks at the same joints: each weighs as the other's squared scale.

    A refinement sees its joint's surroundings alone; where it is less sure than the stage before, it moves less.
    """
    joints, share = _mean(before, after)
    return Estimate(joints, torch.sqrt(share * after.scales.square()))


def averaged(before: Estimate, after: Estimate) -> Estimate:
    """The mean of two looks of one network at the same joints, weighed as in `fused`.

    The looks share the network's errors, which do not cancel: the scale is the weighted mean of both. The context is
    the first look's, which saw where the picture ends.
    """
    joints, share = _mean(before, after)
    return Estimate(joints, before.scales + share * (after.scales - before.scales), before.context)


def _mean(before: Estimate, after: Estimate) -> tuple[Tensor, Tensor]:
    """Joints between two answers, each weighing as the other's squared scale, and `after`'s share (N, K) in them."""
    a, b = before.scales.square(), after.scales.square()
    share = a / (a + b)
    return before.joints + share.unsqueeze(-1) * (after.joints - before.joints), share


def weighed(before: Estimate, after: Estimate, diam: Tensor, odds: Tensor) -> Estimate:
    """The mean of both answers by odds fitted on people whose joints are known.

    The log-odds of `after` are an offset of the joint, and slopes times the logarithms of both predicted scales; they
    grow with the distance between the answers, because between two places far apart there is no joint. Offsets of 0 and
    slopes of 2, 2 and 0 are `fused`. The scale is both's, mixed alike, and a part of the distance between them.

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


def upright(
    see: Callable[[Tensor, Tensor], Estimate],
    before: Estimate,
    boxes: Tensor,
    view: Tensor | None,
    skeleton: Skeleton,
    diam: Tensor,
) -> Estimate:
    """A look at whole people, turned by the pose before so that their torso is upright; the answer is turned back.

    Args:
        see: a network's answer from boxes (N, 4) in a view (N, 2, 3).
        boxes: people's boxes (N, 4), seen through `view`.
        diam: (N,) diam(y) of the pose before.
    """
    believed = sure(before.scales, diam, skeleton)
    seen, there, back = stood_up(before.joints, boxes, skeleton, view, believed)
    estimate = see(there, seen)
    return estimate._replace(joints=geometry.transform(estimate.joints, back))


def torso(joints: Tensor, skeleton: Skeleton) -> tuple[Tensor, Tensor]:
    """Cosine and sine (N,) of the angles, clockwise on screen, by which torsos of poses (N, K, 2) are off upright.

    Those within `LEANING` count as upright, as does everyone of a skeleton without a torso.
    """
    one = torch.ones_like(joints[:, 0, 0])
    if skeleton.spine is None:
        return one, torch.zeros_like(one)
    low, high = (joints[:, list(end)].mean(1) for end in skeleton.spine)
    up = high - low
    up = up / torch.linalg.vector_norm(up, dim=-1, keepdim=True).clamp_min(1e-3)
    leans = -up[:, 1] < LEANING
    return torch.where(leans, -up[:, 1], one), torch.where(leans, up[:, 0], torch.zeros_like(one))


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
    back = rotation(boxes[:, :2], cos, sin)
    return back if view is None else geometry.after(view, back), turned_boxes(boxes, cos, sin), back


def rotation(centres: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Affines (N, 2, 3) that rotate about `centres` (N, 2), clockwise on screen, by angles of that cosine and sine."""
    linear = torch.stack([cos, -sin, sin, cos], dim=-1).reshape(-1, 2, 2)
    x, y = centres.unbind(-1)
    shift = torch.stack([x - cos * x + sin * y, y - sin * x - cos * y], dim=-1)
    return torch.cat([linear, shift.unsqueeze(-1)], dim=-1)


def turned_boxes(boxes: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Boxes (N, 4) of people turned by angles of cosine and sine (N,): of the ellipse in each, as no corner is full."""
    across, down = boxes[:, 2:].square(), boxes[:, 2:].flip(-1).square()
    sizes = (cos.square().unsqueeze(-1) * across + sin.square().unsqueeze(-1) * down).sqrt()
    return torch.cat([boxes[:, :2], sizes], dim=-1)
