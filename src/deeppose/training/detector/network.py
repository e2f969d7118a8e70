"""The detector's network: MobileNetV2, a feature pyramid, and one anchor-free head for boxes and scores."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeppose.model.compact import separable
from deeppose.model.mobilenet import MobileNetV2

STRIDES = (8, 16, 32)
"""Of the pyramid's levels, fine to coarse."""

PRIOR = 0.01
"""The score every cell starts with: few cells are anybody's (Lin et al., ICCV 2017)."""


class PersonDetector(nn.Module):
    """Every cell of three levels says how sure it is of a person, and how far their box's edges are (FCOS, ICCV 2019).

    Args:
        width: channels of the pyramid and the head.
    """

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.trunk = _trunk()
        self.laterals = nn.ModuleList(nn.Conv2d(c, width, 1) for c in self.trunk.channels)
        self.blends = nn.ModuleList(separable(width) for _ in self.trunk.channels)
        self.tower = nn.ModuleList(separable(width) for _ in STRIDES)
        self.outputs = nn.ModuleList(nn.Conv2d(width, 5, 1) for _ in STRIDES)
        self.reach = nn.Parameter(torch.zeros(len(STRIDES)))
        for output in self.outputs:
            assert isinstance(output, nn.Conv2d)
            assert output.bias is not None
            nn.init.normal_(output.weight, std=1e-2)
            output.bias.data = torch.tensor([-math.log(1 / PRIOR - 1), 1.0, 1.0, 1.0, 1.0])

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) of x / 127.5 - 1, sides multiples of 32, to logits (B, A) and boxes (B, A, 4) x1, y1, x2, y2."""
        return self.head(self.trunk(pixels))

    def seen_by(self, pixels: Tensor, blocks: int) -> list[Tensor]:
        """The maps that the trunk's first `blocks` blocks give, fine to coarse; the last of them is where they end."""
        maps, x = [], pixels
        for i, block in enumerate(self.trunk.blocks[:blocks]):
            x = block(x)
            if i in self.trunk.taps:
                maps.append(x)
        return maps

    def go_on(self, maps: list[Tensor], blocks: int) -> tuple[Tensor, Tensor]:
        """The answers, as of `forward`, from what the first `blocks` blocks gave."""
        maps, x = list(maps), maps[-1]
        for i, block in enumerate(self.trunk.blocks[blocks:], blocks):
            x = block(x)
            if i in self.trunk.taps:
                maps.append(x)
        return self.head(maps[::-1])

    def head(self, maps: list[Tensor]) -> tuple[Tensor, Tensor]:
        """From the trunk's maps, coarse to fine, to logits (B, A) and boxes (B, A, 4), finest level first."""
        found = []
        x: Tensor | None = None
        for level, (lateral, blend) in enumerate(zip(self.laterals, self.blends, strict=True)):
            y = lateral(maps[level])
            x = blend(y if x is None else y + F.interpolate(x, scale_factor=2.0))
            found.append(self._answer(x, len(STRIDES) - 1 - level))
        logits, boxes = zip(*found[::-1], strict=True)
        return torch.cat(logits, 1), torch.cat(boxes, 1)

    def _answer(self, x: Tensor, level: int) -> tuple[Tensor, Tensor]:
        """One level's logits (B, A) and boxes (B, A, 4) in pixels."""
        said = self.outputs[level](self.tower[level](x))
        stride = STRIDES[level]
        edges = torch.exp(torch.clamp(said[:, 1:] + self.reach[level], max=6.0)) * stride
        columns = (torch.ones_like(said[:1, :1]).cumsum(3) - 0.5) * stride
        rows = (torch.ones_like(said[:1, :1]).cumsum(2) - 0.5) * stride
        centre = torch.cat([columns, rows], 1)
        boxes = torch.cat([centre - edges[:, :2], centre + edges[:, 2:]], 1)
        return said[:, 0].flatten(1), boxes.flatten(2).transpose(1, 2)


def _trunk() -> MobileNetV2:
    """Without its last block, a quarter of all parameters, which the pyramid narrows at once."""
    trunk = MobileNetV2(deep=True)
    trunk.blocks = trunk.blocks[:-1]
    trunk.taps, trunk.channels = (*trunk.taps[:2], len(trunk.blocks) - 1), (160, *trunk.channels[1:])
    return trunk


def centres(height: int, width: int) -> Tensor:
    """(A, 2) x, y in pixels of all levels' cells, in the order of the network's answers."""
    parts = []
    for stride in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        parts.append((torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride)
    return torch.cat(parts)
