"""The paper's network (section 3.1 and fig. 2), and every network by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeppose.errors import ConfigError, unknown
from deeppose.model.compact import CompactNet, LiteNet
from deeppose.model.regressor import Output, Regressor


class LocalResponseNorm(nn.Module):
    """LRN of Krizhevsky et al. 2012, section 3.3: b = a / (k + alpha * sum of a^2 over n channels)^0.75.

    The sum over neighbouring channels is a 1 x 1 convolution with a banded kernel, and x^-0.75 two square roots:
    the numbers of `nn.LocalResponseNorm` (a test compares them), and faster than shifted slices.
    """

    def __init__(self, n: int = 5, k: float = 2.0, alpha: float = 1e-4) -> None:
        super().__init__()
        self.n, self.k, self.alpha = n, k, alpha

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        channel = torch.arange(x.shape[1], device=x.device)
        near = (channel[:, None] - channel).abs() <= self.n // 2
        band = (near * self.alpha).to(x.dtype)[:, :, None, None]
        if torch.is_grad_enabled() and x.requires_grad:
            return cast(Tensor, _Normalized.apply(x, band, self.k))  # type: ignore[no-untyped-call]  # torch's is not
        return x * _scale(x, band, self.k)[1]


def _scale(x: Tensor, band: Tensor, k: float) -> tuple[Tensor, Tensor]:
    """s^-0.5 and s^-0.75 of LRN's sums s."""
    root = torch.rsqrt(F.conv2d(x * x, band) + k)
    return root, root * torch.sqrt(root)


class _Normalized(torch.autograd.Function):
    """LRN with its derivative written out: half of the steps that autograd would take, which are a tenth of a training.

    Of b = a s^-0.75: da = db s^-0.75 - 1.5 a (alpha * sum of db b / s over n channels), the band being symmetric.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, band: Tensor, k: float) -> Tensor:
        root, scale = _scale(x, band, k)
        ctx.save_for_backward(x, band, root, scale)
        return x * scale

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        x, band, root, scale = ctx.saved_tensors
        own = gradients[0] * scale
        near = (own * x).mul_(root).mul_(root)
        shared = F.conv2d(near, band.to(near.dtype)).mul_(x)
        return own.add_(shared, alpha=-1.5), None, None


class DeepPoseNet(Regressor):
    """The paper's network: C(55x55x96)-LRN-P-C(27x27x256)-LRN-P-C(13x13x384)-C-C(13x13x256)-P-F(4096)-F(4096)-2k.

    With every filter connected to every channel, as the paper describes the layers, it holds 58.4 M parameters for
    k = 14, not the "about 40M" of section 3.1: F(4096) on 6x6x256 alone holds 37.8 M, the second 16.8 M.

    Narrower members of the family have the same maps on smaller crops: at R = 110 conv1 has stride 2 and a filter of 5,
    so that it sees the same part of a person, 55 x 55 times.

    Args:
        joints: k.
        dropout: probability of *dropping* a unit of an F layer; the paper's 0.6.
        normalize_responses: False leaves the two LRN layers out (for ablation).
        width: of every hidden layer, as a share of the printed one.
        input_size: R, a multiple of 55; the paper's 220.

    Raises:
        ConfigError: another input size, or a width that leaves no channels.
    """

    def __init__(
        self,
        joints: int,
        dropout: float = 0.6,
        normalize_responses: bool = True,
        width: float = 1.0,
        input_size: int = 220,
    ) -> None:
        super().__init__()
        self.joints, self.input_size = joints, input_size
        stride, filter_size = _first_layer(input_size)
        a, b, c, f = (_narrowed(channels, width) for channels in (96, 256, 384, 4096))
        self.context_size = f
        lrn = LocalResponseNorm if normalize_responses else nn.Identity
        pad = filter_size - stride  # 220 at stride 4 gives 55 only with this padding (TensorFlow's SAME)
        self.features = nn.Sequential(
            nn.ZeroPad2d((pad // 2, pad - pad // 2) * 2),
            nn.Conv2d(3, a, filter_size, stride=stride), nn.ReLU(inplace=True), lrn(), nn.MaxPool2d(3, 2),
            nn.Conv2d(a, b, 5, padding=2), nn.ReLU(inplace=True), lrn(), nn.MaxPool2d(3, 2),
            nn.Conv2d(b, c, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(c, c, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(c, b, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.regressor = nn.Sequential(
            nn.Linear(6 * 6 * b, f), nn.ReLU(inplace=True), nn.Dropout(dropout),
            nn.Linear(f, f), nn.ReLU(inplace=True), nn.Dropout(dropout),
            nn.Linear(f, 2 * joints),
        )  # fmt: skip
        self.apply(_initialize)
        last = self.regressor[-1]
        assert isinstance(last, nn.Linear)
        nn.init.normal_(last.weight, std=1e-3)  # the first pose is then close to the box's centre

    def forward(self, crops: Tensor) -> Output:
        """(B, 3, R, R) to B poses."""
        hidden = self.regressor[:-1](self.features(crops).flatten(1))
        pose = self.regressor[-1](hidden)
        return Output(pose.reshape(-1, self.joints, 2), None, hidden)


def _first_layer(input_size: int) -> tuple[int, int]:
    """Stride and filter size of conv1 for crops of that size; the paper's are 4 and 11."""
    stride = input_size // 55
    if stride < 1 or input_size % 55:
        raise ConfigError(
            f"input_size {input_size}: the paper's maps need a multiple of 55: 55, 110, 165 or 220"
        )
    return stride, max(stride, 11 * stride // 4)


def _narrowed(channels: int, width: float) -> int:
    narrowed = round(channels * width)
    if narrowed < 1:
        raise ConfigError(f"width {width}: leaves no channels of {channels}; choose one between 0.05 and 1")
    return narrowed


def _initialize(module: nn.Module) -> None:
    """He et al. 2015, for rectified units; the paper names no initialisation, and AlexNet's N(0, 0.01) stalls here."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        assert module.bias is not None
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)


NETWORKS: dict[str, Callable[..., Regressor]] = {
    "deeppose": DeepPoseNet,
    "compact": CompactNet,
    "lite": LiteNet,
}


def build(name: str, joints: int, **options: Any) -> Regressor:
    """A network by name: "deeppose" (the paper's), "compact" or "lite".

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in NETWORKS:
        raise unknown("network", name, NETWORKS)
    return NETWORKS[name](joints, **options)
