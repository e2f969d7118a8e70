"""Boxes, normalisation and crops: N(y; b), N(x; b), diam(y) and joint boxes (paper, sections 3 and 3.2).

Below them the affine maps (..., 2, 3) they are made of: a box in its image, a rotated or mirrored look at it.

Conventions, for the whole project: a point is x, y in pixels; the picture's corner is (0, 0), so the first pixel's
centre is (0.5, 0.5). A box is centre and size, (cx, cy, w, h): the paper's b = (b_c, b_w, b_h).

Shape letters: N people (one canvas each), M boxes a person, K joints, H x W canvas, R side of a crop.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from deeppose.skeleton import AIR, BODY_SHARE, DIAMETER_FLOOR

Size = int | tuple[int, int]
"""Of a crop: R for R x R, or (height, width)."""


def sides(size: Size) -> tuple[int, int]:
    """Height and width of a crop: R is R x R."""
    return (size, size) if isinstance(size, int) else size


def grown(boxes: Tensor, size: Size) -> Tensor:
    """Boxes (..., 4) grown on one side to the shape of a crop, so that it keeps the picture's aspect ratio."""
    height, width = sides(size)
    tall = torch.maximum(boxes[..., 3:], boxes[..., 2:3] * (height / width))
    return torch.cat([boxes[..., :2], tall * (width / height), tall], dim=-1)


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
    placed = placement(boxes)
    if view is not None:
        placed = after(view[:, None], placed)
    # `grid_sample` counts an image from -1 to 1.
    placed = placed * placed.new_tensor([[2 / width], [2 / height]]) - placed.new_tensor([0, 0, 1])
    grid = transform(cells(size, boxes), placed)
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
    joints: Tensor, labelled: Tensor, torso: Sequence[tuple[int, int]], share: float = BODY_SHARE
) -> Tensor:
    """diam(y), section 3.2: the distance between opposing joints of the torso, or whatever pair tells a pose's size.

    The first of the `torso` pairs whose joints are both labelled is measured. Where none is (17.1 % of LSPet),
    `share` times the longer side of the joints' extent stands in; nothing falls below `DIAMETER_FLOOR` times that side.

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
    return torch.maximum(diam, DIAMETER_FLOOR * side).clamp_min(1.0)


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


def transform(points: Tensor, affine: Tensor) -> Tensor:
    """Apply affines (..., 2, 3) to points (..., P, 2)."""
    x, y = points.unbind(-1)
    # Coordinate by coordinate: ONNX Runtime walks whole rows, not pairs, and autocast leaves sums in 32 bits.
    moved = [row[..., :1] * x + row[..., 1:2] * y + row[..., 2:] for row in affine.unbind(-2)]
    return torch.stack(moved, dim=-1)


def after(outer: Tensor, inner: Tensor) -> Tensor:
    """The affine (..., 2, 3) that does `inner`, then `outer`."""
    linear = (outer[..., :2, None] * inner.unsqueeze(-3)).sum(-2)  # a product that autocast leaves in 32 bits
    return linear + F.pad(outer[..., 2:], (2, 0))


def invert(affine: Tensor) -> Tensor:
    """The inverse of affines (..., 2, 3)."""
    linear = torch.linalg.inv(affine[..., :2])
    return torch.cat([linear, -linear @ affine[..., 2:]], dim=-1)


def placement(boxes: Tensor) -> Tensor:
    """N^-1(.; b) as affines (..., 2, 3): from boxes (..., 4) of unit side to pixels."""
    sizes = boxes[..., 2:, None] * torch.eye(2, dtype=boxes.dtype, device=boxes.device)
    return torch.cat([sizes, boxes[..., :2, None]], dim=-1)


def turn(centres: Tensor, angles: Tensor, mirrored: Tensor) -> Tensor:
    """Affines (N, 2, 3) from view to image: rotate about `centres` (N, 2) by `angles` (N,), mirror left-right first.

    Angles are radians, clockwise on screen (y points down); `mirrored` is (N,) bool.
    """
    cos, sin = torch.cos(angles), torch.sin(angles)
    flip = 1.0 - 2.0 * mirrored.to(centres.dtype)
    linear = torch.stack([cos * flip, -sin, sin * flip, cos], dim=-1).reshape(-1, 2, 2)
    shift = centres.unsqueeze(-1) - linear @ centres.unsqueeze(-1)
    return torch.cat([linear, shift], dim=-1)
