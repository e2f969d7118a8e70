"""Affine maps (..., 2, 3) of points: a box in its image, a rotated or mirrored look at it, one after the other.

Points are x, y in pixels, as everywhere (`geometry`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


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


def rotation(centres: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Affines (N, 2, 3) that rotate about `centres` (N, 2), clockwise on screen, by angles of that cosine and sine."""
    linear = torch.stack([cos, -sin, sin, cos], dim=-1).reshape(-1, 2, 2)
    x, y = centres.unbind(-1)
    shift = torch.stack([x - cos * x + sin * y, y - sin * x - cos * y], dim=-1)
    return torch.cat([linear, shift.unsqueeze(-1)], dim=-1)
