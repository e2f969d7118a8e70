"""The compact modern counterpart of the paper's network."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeppose.model import geometry
from deeppose.model.lite_hrnet import CHANNELS, LiteHRNet
from deeppose.model.mobilenet import MobileNetV2
from deeppose.model.regressor import Output, Pretrained, Regressor


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
        self.blends = nn.ModuleList(separable(width) for _ in self.trunk.channels[1:])
        self.votes = nn.Conv2d(width, 5 * joints, 1)
        start_uncertain(self.votes, -2.0)

    def freeze(self, blocks: int) -> None:
        """Of the trunk's blocks the first."""
        self.trunk.freeze(blocks)

    def load_start(self, start: Pretrained) -> None:
        """The trunk alone: pyramid and votes begin untrained."""
        start.fill_normalized(self.trunk)

    def forward(self, crops: Tensor) -> Output:
        """(B, 3, R, R) to B poses with scales."""
        x: Tensor | None = None
        maps = self.trunk(crops)  # coarse to fine
        for i, lateral in enumerate(self.laterals):
            y = lateral(maps[i])
            x = y if x is None else self.blends[i - 1](y + F.interpolate(x, scale_factor=2.0))
        return count(self.votes(x))._replace(context=maps[0].mean((2, 3)))


class LiteNet(Regressor):
    """The same votes on the stride-4 map of a Lite-HRNet, from portrait crops of a whole person.

    It is meant to start from trained parameters (`training/starts`): it has no batch norm.

    Args:
        joints: k.
        height, width: of a crop, multiples of 32.
    """

    predicts_scale = True
    context_size = CHANNELS[-1]

    def __init__(self, joints: int, height: int = 256, width: int = 192) -> None:
        super().__init__()
        self.joints, self.input_size = joints, (height, width)
        self.trunk = LiteHRNet()
        self.votes = nn.Conv2d(CHANNELS[0], 5 * joints, 1)
        start_uncertain(self.votes, -3.5)

    def freeze(self, blocks: int) -> None:
        """The stem, then stage after stage of the trunk."""
        self.trunk.freeze(blocks)

    def load_start(self, start: Pretrained) -> None:
        """The whole network: it then answers as the one whose parameters they are."""
        start.fill_voting(self.trunk, self.votes)

    def forward(self, crops: Tensor) -> Output:
        """(B, 3, H, W) to B poses with scales."""
        fine, coarse = self.trunk(crops)
        return count(self.votes(fine))._replace(context=coarse.mean((2, 3)))


def count(votes: Tensor) -> Output:
    """(B, 5K, G, G') votes to their weighted mean: of a cell and joint a weight, an offset, a log-scale."""
    b, channels, *shape = votes.shape
    votes = votes.float().reshape(b, channels // 5, 5, -1)
    weight = votes[:, :, :1].softmax(dim=-1)
    pose = (weight * (votes[:, :, 1:3] + geometry.cells((shape[0], shape[1]), votes).T)).sum(-1)
    return Output(pose, (weight * votes[:, :, 3:5]).sum(-1))


def separable(width: int) -> nn.Sequential:
    """Depthwise 3 x 3, then 1 x 1, each with batch norm."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False), nn.BatchNorm2d(width),
        nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6(inplace=True),
    )  # fmt: skip


def start_uncertain(votes: nn.Conv2d, log_scale: float) -> None:
    """Start at the box's centre with a Laplace scale of e^-2 = 0.14 boxes, say, near the spread of real joints."""
    nn.init.normal_(votes.weight, std=1e-3)
    assert votes.bias is not None
    with torch.no_grad():
        votes.bias.zero_().view(-1, 5)[:, 3:] = log_scale
