"""Boxes, normalisation and crops: N(y; b), N(x; b), diam(y) and joint boxes (paper, sections 3 and 3.2).

Conventions, for the whole project: a point is x, y in pixels; the picture's corner is (0, 0), so the first pixel's
centre is (0.5, 0.5). A box is centre and size, (cx, cy, w, h): the paper's b = (b_c, b_w, b_h).

Shape letters: N people (one canvas each), M boxes a person, K joints, H x W canvas, R side of a crop.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from deeppose.model import affine
from deeppose.model.body import AIR, FALLBACK, FLOOR

Size = int | tuple[int, int]
"""Of a crop: R for R x R, or (height, width)."""


def full_image_box(width: Tensor, height: Tensor) -> Tensor:
    """b^0 of section 3.2 where no detector runs: the box that is the whole picture, (..., 4)."""
    return torch.stack([width / 2, height / 2, width, height], dim=-1)


def sides(size: Size) -> tuple[int, int]:
    """Height and width of a crop: R is R x R."""
    return (size, size) if isinstance(size, int) else size


def grown(boxes: Tensor, size: Size) -> Tensor:
    """Boxes (..., 4) grown on one side to the shape of a crop, so that it keeps the picture's aspect ratio."""
    height, width = sides(size)
    tall = torch.maximum(boxes[..., 3:], boxes[..., 2:3] * (height / width))
    return torch.cat([boxes[..., :2], tall * (width / height), tall], dim=-1)


def turned_boxes(boxes: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Boxes (N, 4) of people turned by angles of cosine and sine (N,): of the ellipse in each, as no corner is full."""
    across, down = boxes[:, 2:].square(), boxes[:, 2:].flip(-1).square()
    sizes = (cos.square().unsqueeze(-1) * across + sin.square().unsqueeze(-1) * down).sqrt()
    return torch.cat([boxes[:, :2], sizes], dim=-1)


def normalize(points: Tensor, boxes: Tensor) -> Tensor:
    """N(y; b), eq. (1): points (..., 2) in pixels relative to boxes (..., 4); inside the box is [-0.5, 0.5]."""
    return (points - boxes[..., :2]) / boxes[..., 2:]


def denormalize(points: Tensor, boxes: Tensor) -> Tensor:
    """N^-1(y; b), the inverse of eq. (1): normalised points (..., 2) back to pixels."""
    return points * boxes[..., 2:] + boxes[..., :2]


def crop(images: Tensor, boxes: Tensor, size: Size, view: Tensor | None = None) -> Tensor:
    """N(x; b), section 3: cut every box out of its person's image and resample it to one size.

    One differentiable bilinear resampling serves stage-1 inputs, random crops, rotations, flips and joint crops.
    Outside the image is 0, which is mid-grey once pixels are normalised.

    Args:
        images: (N, C, H, W) floats.
        boxes: (N, M, 4) pixels, in view coordinates if a view is given.
        size: R, the side of a crop in pixels, or its (height, width).
        view: (N, 2, 3) affine from view to image pixels (a rotated or mirrored look at the image); identity if None.

    Returns:
        (N, M, C, R, R)
    """
    n, channels, height, width = images.shape
    m, (rows, columns) = boxes.shape[1], sides(size)
    placed = affine.placement(boxes)
    if view is not None:
        placed = affine.after(view[:, None], placed)
    # `grid_sample` counts an image from -1 to 1.
    placed = placed * placed.new_tensor([[2 / width], [2 / height]]) - placed.new_tensor([0, 0, 1])
    grid = affine.transform(cells(size, boxes), placed)
    grid = grid.reshape(n, m * rows, columns, 2).to(images.dtype)
    crops = F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return crops.reshape(n, channels, m, rows, columns).transpose(1, 2)


def cells(size: Size, like: Tensor) -> Tensor:
    """Centres (R*R, 2) of a crop's R x R pixels or of a map's cells, row by row, normalised by its box."""
    y, x = (
        (torch.arange(side, device=like.device, dtype=like.dtype) + 0.5) / side - 0.5 for side in sides(size)
    )
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(-1, 2)


def extent(joints: Tensor, labelled: Tensor) -> Tensor:
    """The tight box (..., 4) around the labelled joints of (..., K, 2); zeros where none is labelled."""
    inside = labelled.unsqueeze(-1)
    low = joints.masked_fill(~inside, torch.inf).amin(dim=-2)
    high = joints.masked_fill(~inside, -torch.inf).amax(dim=-2)
    box = torch.cat([(low + high) / 2, high - low], dim=-1)
    return torch.where(labelled.any(dim=-1, keepdim=True), box, torch.zeros_like(box))


def pose_boxes(joints: Tensor, labelled: Tensor | None = None) -> Tensor:
    """The boxes (N, 4) around poses (N, K, 2), with `AIR` on every side; all joints are known unless told."""
    known = torch.ones_like(joints[..., 0], dtype=torch.bool) if labelled is None else labelled
    box = extent(joints, known)
    return torch.cat([box[..., :2], box[..., 2:] + 2 * AIR * box[..., 2:].amax(-1, keepdim=True)], dim=-1)


def diameter(
    joints: Tensor, labelled: Tensor, torso: Sequence[tuple[int, int]], share: float = FALLBACK
) -> Tensor:
    """diam(y), section 3.2: the distance between opposing joints of the torso, or whatever pair tells a pose's size.

    The first of the `torso` pairs whose joints are both labelled is measured. Where none is (17.1 % of LSPet),
    `share` times the longer side of the joints' extent stands in; nothing falls below `FLOOR` times that side.

    Args:
        joints: (..., K, 2) pixels.
        labelled: (..., K) bool.
        torso: joint pairs in order of preference; none for poses whose extent alone tells their size.
        share: the skeleton's own.

    Returns:
        (...) pixels, at least 1.
    """
    side = extent(joints, labelled)[..., 2:].amax(dim=-1)
    diam = share * side
    for a, b in reversed(torso):
        length = torch.linalg.vector_norm(joints[..., a, :] - joints[..., b, :], dim=-1)
        diam = torch.where(labelled[..., a] & labelled[..., b], length, diam)
    return torch.maximum(diam, FLOOR * side).clamp_min(1.0)


def joint_boxes(joints: Tensor, diam: Tensor, sigma: float) -> Tensor:
    """b_i(y; sigma), eq. (7): squares of side sigma * diam(y) centred on each joint.

    Args:
        joints: (N, K, 2) pixels.
        diam: (N,) pixels.

    Returns:
        (N, K, 4)
    """
    side = (sigma * diam)[:, None, None].expand(*joints.shape[:2], 2)
    return torch.cat([joints, side], dim=-1)


def mirror_images(images: Tensor) -> Tensor:
    """Images (..., H, W) flipped left to right."""
    return images.flip(-1)


def mirror_joints(joints: Tensor, width: float, pairs: Sequence[int]) -> Tensor:
    """Joints (..., K, 2) of the mirrored image: x becomes width - x and left joints trade places with right ones."""
    flipped = torch.stack([width - joints[..., 0], joints[..., 1]], dim=-1)
    return flipped[..., list(pairs), :]
