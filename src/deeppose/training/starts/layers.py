"""Parameters of another network's convolutions into ours, and ours on our pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from deeppose.training.starts.convolutions import Convolution


def fill(layers: Iterable[nn.Conv2d], found: Sequence[Convolution]) -> None:
    """Weights and biases of the first convolutions found, one a layer, whose shapes the caller has compared."""
    for layer, (weight, bias) in zip(layers, found, strict=False):
        assert layer.bias is not None
        layer.weight.data.copy_(torch.from_numpy(weight.copy()))
        layer.bias.data.copy_(torch.from_numpy(bias.copy()))


def renormalise(layer: nn.Conv2d, mean: Sequence[float], deviation: Sequence[float], middle: float) -> None:
    """The first layer on pixels x / 127.5 - 1. Its zero padding, which was the mean colour, becomes mid-grey.

    Args:
        mean, deviation: of each channel, with which the network was trained.
        middle: mid-grey in their units, 127.5 or 0.5.
    """
    means, deviations = torch.tensor(mean), torch.tensor(deviation)
    weight = layer.weight.data
    assert layer.bias is not None
    layer.bias.data += (weight * ((middle - means) / deviations)[:, None, None]).sum((1, 2, 3))
    layer.weight.data = weight * (middle / deviations)[:, None, None]
