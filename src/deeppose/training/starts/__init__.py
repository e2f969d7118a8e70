"""Where a network's parameters come from before it is trained: files of other networks, and how they are read."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from deeppose.errors import ConfigError
from deeppose.model.compact import CompactNet, LiteNet
from deeppose.model.regressor import Regressor
from deeppose.skeleton import Skeleton
from deeppose.training.starts.tinypose import load_tinypose
from deeppose.training.starts.trunk import load_trunk


def load(psi: Regressor, path: Path, sample: Tensor, skeleton: Skeleton) -> None:
    """Start a network from a file of its kind.

    Args:
        sample: (B, 3, R, R) normalised crops for statistics.
        skeleton: whose joints `psi` answers.

    Raises:
        ConfigError: there are no files for networks of this kind.
        ModelError: the file is missing or holds another network.
    """
    if isinstance(psi, CompactNet):
        load_trunk(psi.trunk, path, sample)
    elif isinstance(psi, LiteNet):
        load_tinypose(psi, skeleton, path)
    else:
        raise ConfigError(f"{type(psi).__name__} starts from nothing: leave `pretrained` off")
