"""Trained weights for the MobileNetV2 trunk: of an ImageNet network, of another pose network, of a model of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from deeppose.errors import ModelError
from deeppose.model.mobilenet import ConvNorm
from deeppose.training.starts.convolutions import Convolution, read_convolutions


def load_trunk(trunk: nn.Module, path: Path, sample: Tensor) -> None:
    """Fill the trunk out of a file whose network has MobileNetV2 1.0 for a trunk, its convolutions in order.

    They come with batch norm folded into their biases; here it is put back with statistics measured on `sample`,
    gamma = sqrt(var + eps) and beta = mean + bias, which leaves every output unchanged and the network trainable.

    Args:
        path: `tf2_mobilenet_v2_1.0_224_ptq.tflite` (ImageNet), `movenet_single_pose_lightning_ptq.tflite` (poses), or
            a cascade of compact networks as `deeppose export` writes it, whose stage 1 gives the trunk.
        sample: (B, 3, R, R) normalised crops to measure statistics on; some hundreds are plenty.

    Raises:
        ModelError: the file is missing or holds other layers.
    """
    convolutions = iter(read_convolutions(path))
    trunk.train(False)
    for module in (m for m in trunk.modules() if isinstance(m, ConvNorm)):
        conv = next(m for m in module if isinstance(m, nn.Conv2d))
        norm = next(m for m in module if isinstance(m, nn.BatchNorm2d))
        weight, bias = _next_of_shape(convolutions, tuple(conv.weight.shape), path)
        conv.weight.data.copy_(torch.from_numpy(weight))
        _restore_norm(trunk, conv, norm, torch.from_numpy(bias), sample)


def _next_of_shape(convolutions: Iterator[Convolution], shape: tuple[int, ...], path: Path) -> Convolution:
    """The next convolution of that shape; those between are a pose network's side branches, which have other shapes."""
    for weight, bias in convolutions:
        if weight.shape == shape:
            return weight, bias
    raise ModelError(
        f"{path}: no layer of shape {shape} where MobileNetV2 1.0 has one; it holds another network"
    )


@torch.no_grad()
def _restore_norm(
    trunk: nn.Module, conv: nn.Conv2d, norm: nn.BatchNorm2d, bias: Tensor, sample: Tensor
) -> None:
    """Measure `conv`'s output on the sample and set `norm` to subtract and add back the same statistics."""
    seen: list[Tensor] = []
    hook = conv.register_forward_hook(lambda _m, _i, out: seen.append(out))
    try:
        trunk(sample)
    finally:
        hook.remove()
    var, mean = torch.var_mean(seen[0], dim=(0, 2, 3), correction=0)
    norm.running_mean, norm.running_var = mean.clone(), var.clone()
    norm.weight.copy_(torch.sqrt(var + norm.eps))
    norm.bias.copy_(mean + bias)
