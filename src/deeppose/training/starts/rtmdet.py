"""A trained RTMDet-nano for one class (OpenMMLab) to start a person detector from."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from deeppose.errors import ModelError
from deeppose.inference.finders.layouts import Rtmdet
from deeppose.training.starts.convolutions import read_convolutions
from deeppose.training.starts.layers import fill, renormalise


def load_rtmdet(network: nn.Module, path: Path) -> None:
    """Fill a `PersonDetector`, so that it answers as the file does before it is trained.

    Args:
        path: the .onnx file as MMDeploy exports it.

    Raises:
        ModelError: the file is missing or holds another network.
    """
    layers = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    found = read_convolutions(path)
    if [weight.shape for weight, _ in found] != [tuple(layer.weight.shape) for layer in layers]:
        raise ModelError(f"{path}: its convolutions are not those of RTMDet-nano for one class")
    fill(layers, found)
    # Its channels are blue, green, red; ours red, green, blue.
    renormalise(layers[0], Rtmdet.mean.tolist(), Rtmdet.std.tolist(), 127.5)
    layers[0].weight.data = layers[0].weight.data.flip(1)
