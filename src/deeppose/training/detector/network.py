"""The detector's network: RTMDet-nano's (Lyu et al., 2022), so that its weights can be started from.

CSPNeXt, a pyramid that goes down and up again, and one anchor-free head a level for a score and four distances.
Batch norm is folded into the convolutions, as in the file it starts from. Layers are registered in the order in which
they compute, which is the order of the convolutions in that file (`training.starts.rtmdet`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeppose.inference.finders.layouts import STRIDES, grid

WIDTHS = (64, 128, 256)
"""Channels of the trunk's maps at these strides."""

HEAD = 64
"""Channels of the head."""


def convolution(before: int, after: int, size: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution and SiLU."""
    return nn.Sequential(nn.Conv2d(before, after, size, stride, size // 2, groups=groups), nn.SiLU())


def separable(before: int, after: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """A depthwise and a pointwise one."""
    return nn.Sequential(convolution(before, before, size, stride, groups=before), convolution(before, after))


class Block(nn.Module):
    """CSPNeXt's block: 3 x 3, then 5 x 5; `add` what came in."""

    def __init__(self, width: int, add: bool) -> None:
        super().__init__()
        self.add = add
        self.body = nn.Sequential(separable(width, width), separable(width, width, 5))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        y: Tensor = self.body(x)
        return y + x if self.add else y


class Attention(nn.Module):
    """Channels weighed by what they hold on average."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        return x * F.hardsigmoid(self.fc(x.mean((2, 3), keepdim=True)))


class Csp(nn.Module):
    """A cross-stage partial layer: half of the channels through the blocks, half past them."""

    def __init__(self, before: int, after: int, blocks: int, add: bool, attention: bool) -> None:
        super().__init__()
        half = after // 2
        self.short, self.main = convolution(before, half), convolution(before, half)
        self.blocks = nn.Sequential(*(Block(half, add) for _ in range(blocks)))
        self.attention = Attention(after) if attention else nn.Identity()
        self.final = convolution(after, after)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, after, H, W)."""
        both = torch.cat([self.blocks(self.main(x)), self.short(x)], 1)
        y: Tensor = self.final(self.attention(both))
        return y


class Pooling(nn.Module):
    """Spatial pyramid pooling: the largest of 5 x 5, 9 x 9 and 13 x 13 beside the map itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow, self.widen = convolution(width, width // 2), convolution(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        x = self.narrow(x)
        pooled = [F.max_pool2d(x, size, 1, size // 2) for size in (5, 9, 13)]
        y: Tensor = self.widen(torch.cat([x, *pooled], 1))
        return y


class Trunk(nn.Module):
    """CSPNeXt at a quarter of the width: maps at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.stem = nn.Sequential(convolution(3, 8, 3, 2), convolution(8, 8, 3), convolution(8, 16, 3))
        self.stages = nn.ModuleList(
            [
                nn.Sequential(separable(16, 32, stride=2), Csp(32, 32, 1, True, True)),
                nn.Sequential(separable(32, a, stride=2), Csp(a, a, 2, True, True)),
                nn.Sequential(separable(a, b, stride=2), Csp(b, b, 2, True, True)),
                nn.Sequential(separable(b, c, stride=2), Pooling(c), Csp(c, c, 1, False, True)),
            ]
        )

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(B, 3, H, W) to maps, fine to coarse."""
        x, maps = self.stem(pixels), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps[1:]


class Pyramid(nn.Module):
    """Coarse knowledge to fine maps and back (PAFPN), then one width for all levels."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.narrow_coarse, self.down_middle = convolution(c, b), Csp(c, b, 1, False, False)
        self.narrow_middle, self.down_fine = convolution(b, a), Csp(b, a, 1, False, False)
        self.step_fine, self.up_middle = separable(a, a, stride=2), Csp(b, b, 1, False, False)
        self.step_middle, self.up_coarse = separable(b, b, stride=2), Csp(c, c, 1, False, False)
        self.outputs = nn.ModuleList(separable(width, HEAD) for width in WIDTHS)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Maps of `WIDTHS` channels to maps of `HEAD`."""
        fine, middle, coarse = maps
        coarse = self.narrow_coarse(coarse)
        middle = self.narrow_middle(self.down_middle(torch.cat([_twice(coarse), middle], 1)))
        fine = self.down_fine(torch.cat([_twice(middle), fine], 1))
        middle = self.up_middle(torch.cat([self.step_fine(fine), middle], 1))
        coarse = self.up_coarse(torch.cat([self.step_middle(middle), coarse], 1))
        return [output(x) for output, x in zip(self.outputs, (fine, middle, coarse), strict=True)]


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0)


class Head(nn.Module):
    """One level's answers: a score's logit and the distances to a box's four edges, in strides."""

    def __init__(self) -> None:
        super().__init__()
        self.score, self.reach = self._tower(1), self._tower(4)

    @staticmethod
    def _tower(outputs: int) -> nn.Sequential:
        return nn.Sequential(separable(HEAD, HEAD), separable(HEAD, HEAD), nn.Conv2d(HEAD, outputs, 1))

    def forward(self, x: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """(B, HEAD, H, W) to logits (B, H W) and boxes (B, H W, 4) x1, y1, x2, y2 in pixels."""
        logit, edges = self.score(x), self.reach(x) * stride
        columns = (torch.ones_like(logit[:1]).cumsum(3) - 1) * stride
        rows = (torch.ones_like(logit[:1]).cumsum(2) - 1) * stride
        cell = torch.cat([columns, rows], 1)
        boxes = torch.cat([cell - edges[:, :2], cell + edges[:, 2:]], 1)
        return logit.flatten(1), boxes.flatten(2).transpose(1, 2)


class PersonDetector(nn.Module):
    """Every cell of three levels says how sure it is of a person, and where their box's edges are."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.pyramid = Trunk(), Pyramid()
        self.heads = nn.ModuleList(Head() for _ in STRIDES)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) of x / 127.5 - 1, sides multiples of 32, to logits (B, A) and boxes (B, A, 4) x1, y1, x2, y2."""
        maps = self.pyramid(self.trunk(pixels))
        found = [head(x, s) for head, x, s in zip(self.heads, maps, STRIDES, strict=True)]
        logits, boxes = zip(*found, strict=True)
        return torch.cat(logits, 1), torch.cat(boxes, 1)


def cells(height: int, width: int) -> Tensor:
    """(A, 2) x, y in pixels from which all levels' distances count, in the order of the network's answers."""
    places, strides = grid((height, width))
    return torch.from_numpy(places * strides).float()
