"""Random looks at people: which box, turned how, mirrored or not, in which light.

Every number comes from a table of uniforms indexed by (seed, epoch, person), so a sample does not depend on the batch,
the process or the order in which it is drawn.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model import geometry, looks
from deeppose.model.cascade import Cascade
from deeppose.skeleton import Skeleton
from deeppose.training.settings import Augment
from deeppose.training.worsening import degraded

COLUMNS = 17
"""Uniforms a look consumes; a later stage takes 2 K + K + 1 more."""


class Look(NamedTuple):
    """N people as one augmentation shows them; joints and boxes are in view pixels.

    Attributes:
        images: (N, 3, C, C) normalised pixels of the canvas, degraded at most: crops apply `view` and `light`.
        view: (N, 2, 3) view to canvas, or None for the identity.
        light: (N, 2, 3): gain and shift of each colour channel, or None.
    """

    images: Tensor
    view: Tensor | None
    joints: Tensor
    labelled: Tensor
    boxes: Tensor
    light: Tensor | None


def uniforms(seed: int, epoch: int, people: int, joints: int) -> Tensor:
    """(people, COLUMNS + 3 * joints + 1) numbers in [0, 1), the same for the same (seed, epoch) on every machine."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + 2 * epoch + 1)
    return torch.rand(people, COLUMNS + 3 * joints + 1, generator=generator)


def plain(cascade: Cascade, people: Store) -> Look:
    """People as they are, for validation: never augmented."""
    images = cascade.prepare(people.dense())
    return Look(images, None, people.joints, people.labelled, cascade.initial_boxes(people.boxes), None)


def look(cascade: Cascade, people: Store, u: Tensor, augment: Augment, stage: int = 0) -> Look:
    """A random look at each of N people from their uniforms (N, >= COLUMNS).

    For a stage that looks at people with their torso upright angles are counted from there, and nobody tumbles.
    """
    upright = cascade.config.stages[stage].upright
    augment = replace(augment, tumble=0.0) if upright else augment
    psi = cascade.networks[stage] if upright else cascade.networks[0]
    mirrored = (u[:, 0] < 0.5) & augment.mirror
    quarters = _quarters(u[:, 1:3], augment)
    angles = _angles(u[:, 1:3], quarters, augment)
    if upright:
        angles = angles + looks.lean(people.joints, people.labelled, cascade.skeleton)
    view = geometry.turn(people.boxes[:, :2], angles, mirrored)
    joints = geometry.transform(people.joints, geometry.invert(view))
    names = _names(cascade.skeleton, quarters, mirrored)
    joints = joints.gather(1, names[..., None].expand_as(joints))
    labelled = people.labelled.gather(1, names)
    boxes = looks.turned_boxes(people.boxes, torch.cos(angles), torch.sin(angles))
    boxes = _close(boxes, joints, labelled, u[:, 6], augment)
    boxes = _moved(cascade.shaped(boxes, psi), u[:, 3:6], augment)
    boxes = _zoomed(boxes, joints, labelled, u[:, 6:9], augment)
    images = cascade.prepare(degraded(people, u[:, 13:17], augment.degrade))
    return Look(images, view, joints, labelled, boxes, _light(u[:, 9:13], augment))


def relight(crops: Tensor, light: Tensor | None) -> Tensor:
    """Crops (N, M, 3, R, R) under each person's light."""
    if light is None:
        return crops
    gain, shift = light[:, 0, :, None, None], light[:, 1, :, None, None]
    return torch.addcmul(shift[:, None], crops, gain[:, None])


def _quarters(u: Tensor, augment: Augment) -> Tensor:
    """How many quarters (N,) a look is turned by: none, or for a share of `quarter` 1, 2 or 3."""
    return torch.where(u[:, 0] >= 1 - augment.quarter, 1 + (3 * u[:, 1]).long(), 0)


def _angles(u: Tensor, quarters: Tensor, augment: Augment) -> Tensor:
    """Radians (N,): normal about upright, for a share of `tumble` uniform over the circle, or whole quarters."""
    # The same two uniforms serve all three: below `tumble` the second is stretched to the circle.
    spread = math.radians(augment.rotate) * torch.special.ndtri(u[:, 1].clamp(1e-3, 1 - 1e-3))
    angles = torch.where(u[:, 0] < augment.tumble, (u[:, 1] * 2 - 1) * math.pi, spread)
    return torch.where(quarters > 0, quarters * (math.pi / 2), angles)


def _names(skeleton: Skeleton, quarters: Tensor, mirrored: Tensor) -> Tensor:
    """(N, K): for each joint of a look which one of the picture bears its name there; turned first, then mirrored."""
    turned = [list(range(len(skeleton)))]
    for _ in range(3):
        turned.append([turned[-1][k] for k in skeleton.turned])
    names = torch.tensor(turned, device=quarters.device)[quarters]
    return torch.where(mirrored[:, None], names[:, list(skeleton.mirror)], names)


def _moved(boxes: Tensor, u: Tensor, augment: Augment) -> Tensor:
    """Boxes (N, 4) translated and scaled."""
    signed = u * 2 - 1
    centres = boxes[:, :2] + signed[:, :2] * augment.translate * boxes[:, 2:]
    return torch.cat([centres, boxes[:, 2:] * augment.scale ** signed[:, 2:3]], dim=-1)


def _close(boxes: Tensor, joints: Tensor, labelled: Tensor, u: Tensor, augment: Augment) -> Tensor:
    """For a share of `close`, the boxes (N, 4) around the poses in place of the people's; never those that zoom."""
    chosen = (u >= augment.zoom) & (u < augment.zoom + augment.close)
    return torch.where(chosen[:, None], geometry.pose_boxes(joints, labelled), boxes)


def _zoomed(boxes: Tensor, joints: Tensor, labelled: Tensor, u: Tensor, augment: Augment) -> Tensor:
    """For a share of `zoom`, boxes of 0.35 to 0.75 the size centred on a random labelled joint."""
    order = labelled.cumsum(-1)
    wanted = (u[:, 1] * order[:, -1]).floor() + 1
    chosen = (order >= wanted[:, None]).int().argmax(-1)
    centres = joints[torch.arange(len(joints), device=joints.device), chosen]
    closer = torch.cat([centres, boxes[:, 2:] * (0.35 + 0.4 * u[:, 2:3])], dim=-1)
    return torch.where((u[:, 0] < augment.zoom)[:, None], closer, boxes)


def _light(u: Tensor, augment: Augment) -> Tensor | None:
    """Gains of the three channels and one common brightness shift."""
    if augment.colour == 0:
        return None
    signed = (u * 2 - 1) * augment.colour
    return torch.stack([1 + signed[:, :3], signed[:, 3:].expand(-1, 3)], dim=1)
