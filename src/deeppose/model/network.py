"""psi(x; theta), the regressor of every stage (paper, section 3.1 and fig. 2), and its compact modern counterpart.

Both map crops (B, 3, R, R) to an `Output`: a normalised pose vector, one (x, y) a joint, and for networks trained by
likelihood the scale of its error. Stage 1 reads all K joints; for joint i's crop a later stage reads joint i's (psi_i).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeppose.errors import unknown
from deeppose.model.mobilenet import MobileNetV2


class Output(NamedTuple):
    """What psi says of a crop.

    Attributes:
        pose: (B, K, 2) joints normalised by the crop's box, eq. (1).
        log_scale: (B, K, 2) logarithm of the Laplace scale of the error, in the same units; None for plain L2.
        context: (B, F) what the network saw of the whole crop, for judging which joints are in the picture at all.
    """

    pose: Tensor
    log_scale: Tensor | None
    context: Tensor | None = None


class Regressor(nn.Module):
    """What every psi is: crops (B, 3, R, R) in, an `Output` for K joints out.

    Attributes:
        joints: K.
        input_size: R, the side of its crops in pixels.
        context_size: F, 0 for a network that gives no context.
        predicts_scale: whether its outputs have a `log_scale`.
    """

    joints: int
    input_size: int
    context_size: int = 0
    predicts_scale: bool = False


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
        root = torch.rsqrt(F.conv2d(x * x, band) + self.k)
        return x * root * torch.sqrt(root)


class DeepPoseNet(Regressor):
    """The paper's network: C(55x55x96)-LRN-P-C(27x27x256)-LRN-P-C(13x13x384)-C-C(13x13x256)-P-F(4096)-F(4096)-2k.

    With every filter connected to every channel, as the paper describes the layers, it holds 58.4 M parameters for
    k = 14, not the "about 40M" of section 3.1: F(4096) on 6x6x256 alone holds 37.8 M, the second 16.8 M.

    Args:
        joints: k.
        dropout: probability of *dropping* a unit of an F layer; the paper's 0.6.
        normalize_responses: False leaves the two LRN layers out (for ablation).
    """

    input_size = 220
    context_size = 4096

    def __init__(self, joints: int, dropout: float = 0.6, normalize_responses: bool = True) -> None:
        super().__init__()
        lrn = LocalResponseNorm if normalize_responses else nn.Identity
        self.joints = joints
        self.features = nn.Sequential(
            nn.ZeroPad2d((3, 4, 3, 4)),  # 220 at stride 4 gives 55 only with this padding (TensorFlow's SAME)
            nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(inplace=True), lrn(), nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(inplace=True), lrn(), nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.regressor = nn.Sequential(
            nn.Linear(6 * 6 * 256, 4096), nn.ReLU(inplace=True), nn.Dropout(dropout),
            nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Dropout(dropout),
            nn.Linear(4096, 2 * joints),
        )  # fmt: skip
        self.apply(_initialize)

    def forward(self, crops: Tensor) -> Output:
        """(B, 3, 220, 220) to B poses."""
        hidden = self.regressor[:-1](self.features(crops).flatten(1))
        pose = self.regressor[-1](hidden)
        return Output(pose.reshape(-1, self.joints, 2), None, hidden)


def _initialize(module: nn.Module) -> None:
    """He et al. 2015, for rectified units; the paper names no initialisation, and AlexNet's N(0, 0.01) stalls here."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        assert module.bias is not None
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
    if isinstance(module, nn.Linear) and module.out_features % 4096:
        nn.init.normal_(module.weight, std=1e-3)  # the first pose is then close to the box's centre


class CompactNet(Regressor):
    """A depthwise-separable network whose every output cell votes for every joint.

    A MobileNetV2 trunk feeds a feature pyramid of stride 8. Each of its cells regresses, for each joint, an offset
    from its own centre, a log-scale, and a weight; the pose is the softmax-weighted mean of the votes (as the anchors
    of A2J, Xiong et al., ICCV 2019). It stays a regression of 2k numbers, differentiable end to end, needs no
    heatmap targets, may answer outside its crop, and learns from far fewer samples than a fully connected layer.

    Args:
        joints: k.
        input_size: side R of a crop, a multiple of 32 (of 16 with a shallow trunk).
        deep: keep the trunk's stride-32 blocks (stage 1), or stop at stride 16 (refinement, which needs no context).
        width: channels of the pyramid.
    """

    predicts_scale = True

    def __init__(self, joints: int, input_size: int = 128, deep: bool = True, width: int = 128) -> None:
        super().__init__()
        self.joints, self.input_size = joints, input_size
        self.trunk = MobileNetV2(deep=deep)
        self.context_size = self.trunk.channels[0]
        self.laterals = nn.ModuleList(nn.Conv2d(c, width, 1) for c in self.trunk.channels)
        self.blends = nn.ModuleList(_separable(width) for _ in self.trunk.channels[1:])
        self.votes = nn.Conv2d(width, 5 * joints, 1)
        _start_uncertain(self.votes, joints)

    def forward(self, crops: Tensor) -> Output:
        """(B, 3, R, R) to B poses with scales."""
        x: Tensor | None = None
        maps = self.trunk(crops)  # coarse to fine
        for i, lateral in enumerate(self.laterals):
            y = lateral(maps[i])
            x = y if x is None else self.blends[i - 1](y + F.interpolate(x, scale_factor=2.0))
        return self._count(self.votes(x))._replace(context=maps[0].mean((2, 3)))

    def _count(self, votes: Tensor) -> Output:
        """(B, 5K, G, G) votes to their weighted mean."""
        b, _, g, _ = votes.shape
        votes = votes.float().reshape(b, self.joints, 5, g * g)
        weight = votes[:, :, :1].softmax(dim=-1)
        ticks = (torch.arange(g, device=votes.device, dtype=votes.dtype) + 0.5) / g - 0.5
        cells = torch.stack(torch.meshgrid(ticks, ticks, indexing="xy")).reshape(2, -1)
        pose = (weight * (votes[:, :, 1:3] + cells)).sum(-1)
        return Output(pose, (weight * votes[:, :, 3:5]).sum(-1))


def _separable(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False), nn.BatchNorm2d(width),
        nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6(inplace=True),
    )  # fmt: skip


def _start_uncertain(votes: nn.Conv2d, joints: int) -> None:
    """Start at the box's centre with a Laplace scale of e^-2 = 0.14 boxes, near the spread of real joints."""
    nn.init.normal_(votes.weight, std=1e-3)
    assert votes.bias is not None
    with torch.no_grad():
        votes.bias.zero_().view(joints, 5)[:, 3:] = -2.0


NETWORKS: dict[str, Callable[..., Regressor]] = {"deeppose": DeepPoseNet, "compact": CompactNet}


def build(name: str, joints: int, **options: Any) -> Regressor:
    """A network by name: "deeppose" (the paper's) or "compact".

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in NETWORKS:
        raise unknown("network", name, NETWORKS)
    return NETWORKS[name](joints, **options)
