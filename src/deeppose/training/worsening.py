"""Pictures that are worse than a data set's: cut off, turned, or degraded on their way to a user."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from deeppose.data import degradation
from deeppose.data.canvas import FILL
from deeppose.data.store import Ragged, Store
from deeppose.inference import turning
from deeppose.model import geometry


def degraded(people: Store, u: Tensor, share: float) -> Tensor:
    """Canvases (N, C, C, 3) of which some are worse: `data.degradation.any_one`. Outside a picture they stay mid-grey.

    Codecs and filters are OpenCV's, so those few canvases visit the CPU wherever the store lives.

    Args:
        u: (N, 4) uniforms: whether at all (those below `share`), which, how strongly, in what direction.
    """
    canvases = people.dense()
    if not share:
        return canvases  # without asking the device
    worse = (u[:, 0] < share).nonzero()[:, 0]
    pictures = canvases[worse].cpu().numpy()
    sizes = people.boxes[worse, 2:].amax(-1).tolist()
    for picture, size, random in zip(pictures, sizes, u[worse, 1:].tolist(), strict=True):
        inside = (picture != FILL).any(-1)
        picture[inside] = degradation.any_one(picture, size, *random)[inside]
    return canvases.index_copy(0, worse, torch.from_numpy(pictures).to(canvases))


def framed(people: Store, u: Tensor) -> Store:
    """The same people in pictures that end too soon: a window around a random joint, mid-grey outside it.

    Joints outside the window count as unlabelled, and the window is the person's box: a portrait, half a body.

    Args:
        u: (N, 2) uniforms: the joint, and the window's size between 0.35 and 0.95 of the box.
    """
    order = people.labelled.cumsum(-1)
    chosen = (order >= (u[:, :1] * order[:, -1:]).floor() + 1).int().argmax(-1)
    centres = people.joints[torch.arange(len(people), device=u.device), chosen]
    side = people.boxes[:, 2:].amax(-1, keepdim=True) * (0.35 + 0.6 * u[:, 1:])
    windows = torch.cat([centres, side, side], dim=-1)
    inside = geometry.normalize(people.joints, windows[:, None]).abs().amax(-1) <= 0.5
    canvases = people.dense()
    ticks = torch.arange(canvases.shape[1], device=u.device) + 0.5
    beyond = ((ticks - centres[:, :, None]).abs() > side[:, :, None] / 2).unbind(1)  # (N, C) in x, in y
    outside = (beyond[0][:, None, :] | beyond[1][:, :, None])[..., None]
    canvases = canvases.masked_fill(outside, FILL)
    return replace(people, canvases=canvases, labelled=people.labelled & inside, boxes=windows)


def turned(people: Store, quarters: Tensor) -> Store:
    """The same people in pictures turned counter-clockwise; where a canvas lay in its picture is lost.

    Args:
        quarters: (N,) quarter turns.
    """
    pictures, joints, boxes = [], people.joints.clone(), people.boxes.clone()
    for i, quarter in enumerate(quarters.tolist()):
        picture = people.canvases.pictures[i] if isinstance(people.canvases, Ragged) else people.canvases[i]
        pictures.append(picture.rot90(quarter))
        joints[i] = torch.from_numpy(
            turning.turned(people.joints[i].cpu().numpy(), picture.shape[:2], quarter)
        )
        box = people.boxes[i : i + 1].cpu().numpy()
        boxes[i] = torch.from_numpy(turning.turned_boxes(box, picture.shape[:2], quarter))[0]
    return replace(people, canvases=Ragged(tuple(pictures)), joints=joints, boxes=boxes)
