"""A trained RTMDet-nano for one class (OpenMMLab) to start a person detector from."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from deeppose.errors import ModelError
from deeppose.training.starts.convolutions import read_convolutions

MEAN, DEVIATION = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
"""Of the channels blue, green, red it was trained with; ours are x / 127.5 - 1 of red, green, blue."""


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
    for layer, (weight, bias) in zip(layers, found, strict=True):
        assert layer.bias is not None
        layer.weight.data.copy_(torch.from_numpy(weight.copy()))
        layer.bias.data.copy_(torch.from_numpy(bias.copy()))
    _renormalise(layers[0])


def _renormalise(layer: nn.Conv2d) -> None:
    """The first layer on our pixels. Its zero padding, which was the mean colour, becomes mid-grey."""
    mean, deviation = torch.tensor(MEAN), torch.tensor(DEVIATION)
    weight = layer.weight.data
    assert layer.bias is not None
    layer.bias.data += (weight * ((127.5 - mean) / deviation)[:, None, None]).sum((1, 2, 3))
    layer.weight.data = (weight * (127.5 / deviation)[:, None, None]).flip(1)
