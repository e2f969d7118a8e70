"""The Lite-HRNet trunk (Yu et al., CVPR 2021) in its naive form: maps of several strides kept side by side and fused.

Naive: shuffle units (Ma et al., ECCV 2018) in place of conditional channel weighting, 40, 80, 160 and 320 channels at
strides 4 to 32. It is PP-TinyPose's trunk, and has no batch norm of its own: trained parameters come with it folded
into the biases (`training/starts`), so that a step on a CPU costs less and what is exported is what was trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = (40, 80, 160, 320)
"""Of the maps of strides 4, 8, 16 and 32."""

MODULES = (2, 4, 2)
"""How many fusing modules work on two, three and four maps."""


def _conv(c_in: int, c_out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups)


def _separable(c_in: int, c_out: int, stride: int = 1, act: bool = True) -> list[nn.Module]:
    """Depthwise 3 x 3, then 1 x 1."""
    layers = [_conv(c_in, c_in, 3, stride, c_in), _conv(c_in, c_out)]
    return [*layers, nn.ReLU(inplace=True)] if act else list(layers)


def _shuffled(a: Tensor, b: Tensor) -> Tensor:
    """Two halves (B, C, H, W) with their channels taken in turn, (B, 2C, H, W)."""
    return torch.stack([a, b], dim=2).flatten(1, 2)


class _ShuffleUnit(nn.Module):
    """Half of the channels pass; 1 x 1, depthwise 3 x 3 and 1 x 1 work on the other half; both are shuffled."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(_conv(half, half), nn.ReLU(inplace=True), *_separable(half, half))

    def forward(self, x: Tensor) -> Tensor:
        kept, worked = x.chunk(2, dim=1)
        return _shuffled(kept, self.body(worked))


class _Stem(nn.Module):
    """Pixels to 32 channels at stride 4."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(_conv(3, 32, 3, 2), nn.ReLU(inplace=True))
        self.left = nn.Sequential(*_separable(16, 16, 2))
        self.right = nn.Sequential(_conv(16, 32), nn.ReLU(inplace=True), *_separable(32, 16, 2))

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.first(x).chunk(2, dim=1)
        return _shuffled(self.left(left), self.right(right))


class _Fuse(nn.Module):
    """Maps, fine to coarse, each of which gets the sum of all, brought to its size and channels."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        n = len(channels)
        # Row by row: to map i, from map j.
        self.paths = nn.ModuleList(_path(channels, j, i) for i in range(n) for j in range(n))
        self.maps = n

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        maps, fused = list(maps), []
        for i in range(self.maps):
            parts = [self.paths[i * self.maps + j](maps[j]) for j in range(self.maps)]
            # The trained network counts its finest map twice, and the coarser ones see the finest already fused.
            total = parts[0] + parts[0]
            for part in parts[1:]:
                total = total + part
            maps[0] = total if i == 0 else maps[0]
            fused.append(torch.relu(total))
        return fused


def _path(channels: Sequence[int], j: int, i: int) -> nn.Module:
    """From map j to map i: as it is, enlarged, or halved step by step."""
    if j == i:
        return nn.Identity()
    if j > i:
        return nn.Sequential(_conv(channels[j], channels[i]), nn.Upsample(scale_factor=2 ** (j - i)))
    steps = [_separable(channels[j], channels[j], 2) for _ in range(i - j - 1)]
    return nn.Sequential(
        *(m for step in steps for m in step), *_separable(channels[j], channels[i], 2, act=False)
    )


class LiteHRNet(nn.Module):
    """(B, 3, H, W) to maps of strides 4, 8, 16 and 32, coarse to fine last: see `forward`.

    Attributes:
        channels: of the maps returned.
    """

    channels = (CHANNELS[0], CHANNELS[-1])

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Stem()
        stages: list[nn.Module] = []
        for width, modules in enumerate(MODULES, start=2):
            c = CHANNELS[:width]
            new = [_separable(32, 40), _separable(32, 80, 2)] if width == 2 else [_separable(c[-2], c[-1], 2)]
            stages.append(_Stage(new, c, modules))
        self.stages = nn.ModuleList(stages)
        self.head = nn.ModuleList(
            nn.Sequential(*_separable(CHANNELS[i], CHANNELS[max(i - 1, 0)])) for i in (3, 2, 1, 0)
        )

    def freeze(self, blocks: int) -> None:
        """Hold the first `blocks` of stem and stages at their present weights, and train the rest."""
        self.requires_grad_(True)
        for part in [self.stem, *self.stages][:blocks]:
            part.requires_grad_(False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) to the finest map (B, 40, H/4, W/4), which all flow into, and the coarsest (B, 320, ...)."""
        maps = [self.stem(x)]
        for stage in self.stages:
            maps = stage(maps)
        y: Tensor | None = None
        for project, part in zip(self.head, maps[::-1], strict=True):
            if y is not None:
                part = part + F.interpolate(y, size=part.shape[-2:], mode="bilinear", align_corners=True)
            y = project(part)
        assert y is not None
        return y, maps[-1]


class _Stage(nn.Module):
    """New maps from the coarsest, then modules of two shuffle units a map and a fusion."""

    def __init__(self, new: list[list[nn.Module]], channels: Sequence[int], modules: int) -> None:
        super().__init__()
        self.new = nn.ModuleList(nn.Sequential(*layers) for layers in new)
        self.modules_ = nn.ModuleList(_Module(channels) for _ in range(modules))

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        kept = maps if len(self.new) == 1 else []
        maps = [*kept, *(make(maps[-1]) for make in self.new)]
        for module in self.modules_:
            maps = module(maps)
        return maps


class _Module(nn.Module):
    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(_ShuffleUnit(c), _ShuffleUnit(c)) for c in channels)
        self.fuse = _Fuse(channels)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        fused: list[Tensor] = self.fuse([branch(x) for branch, x in zip(self.branches, maps, strict=True)])
        return fused
