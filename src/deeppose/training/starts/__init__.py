"""Where a network's parameters come from before it is trained: files of other networks, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from deeppose.skeleton import Skeleton
from deeppose.training.starts.tinypose import load_tinypose
from deeppose.training.starts.trunk import load_trunk


@dataclass(frozen=True)
class FileStart:
    """A file of another network, as `Regressor.load_start` takes it (`model.regressor.Pretrained`).

    Attributes:
        sample: (B, 3, R, R) normalised crops for statistics.
        skeleton: whose joints the network answers.
    """

    path: Path
    sample: Tensor
    skeleton: Skeleton

    def fill_normalized(self, trunk: nn.Module) -> None:
        """MobileNetV2's convolutions, batch norm put back as measured on the sample."""
        load_trunk(trunk, self.path, self.sample)

    def fill_voting(self, trunk: nn.Module, votes: nn.Conv2d) -> None:
        """PP-TinyPose's trunk, and its heatmaps as the votes' weights."""
        load_tinypose(trunk, votes, self.skeleton, self.path)
