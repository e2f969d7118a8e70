"""Trained weights for the MobileNetV2 trunk, out of a TensorFlow Lite file: of an ImageNet or of a pose network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deeppose.errors import ModelError
from deeppose.model.mobilenet import ConvNorm, MobileNetV2

Weights = NDArray[np.float32]


def load_trunk(trunk: MobileNetV2, path: Path, sample: Tensor) -> None:
    """Fill the trunk with the weights of a TensorFlow Lite network whose trunk is MobileNetV2 1.0, int8 per channel.

    Weights are dequantised, w = (q - zero point) * scale. Batch norm is folded into the file's biases; here it is put
    back with statistics measured on `sample`, gamma = sqrt(var + eps) and beta = mean + bias, which leaves every output
    unchanged and the network trainable.

    Args:
        path: `tf2_mobilenet_v2_1.0_224_ptq.tflite` (ImageNet) or `movenet_single_pose_lightning_ptq.tflite` (poses),
            whose convolutions come in order.
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


def _next_of_shape(
    convolutions: Iterator[tuple[Weights, Weights]], shape: tuple[int, ...], path: Path
) -> tuple[Weights, Weights]:
    """The next convolution of that shape; those between are a pose network's side branches, which have other shapes."""
    for weight, bias in convolutions:
        if weight.shape == shape:
            return weight, bias
    raise ModelError(
        f"{path}: no layer of shape {shape} where MobileNetV2 1.0 has one; it holds another network"
    )


@torch.no_grad()
def _restore_norm(
    trunk: MobileNetV2, conv: nn.Conv2d, norm: nn.BatchNorm2d, bias: Tensor, sample: Tensor
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


def read_convolutions(path: Path) -> list[tuple[Weights, Weights]]:
    """(weight (out, in / groups, kh, kw), bias (out,)) of every convolution of a .tflite file, in order."""
    from tflite.BuiltinOperator import BuiltinOperator
    from tflite.Model import Model

    if not path.is_file():
        raise ModelError(f"{path}: no such file; name the TensorFlow Lite MobileNetV2 1.0 weights")
    model = Model.GetRootAsModel(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    found = []
    for i in range(graph.OperatorsLength()):
        op = graph.Operators(i)
        code = model.OperatorCodes(op.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind in (BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D):
            weight, bias = (_dequantise(model, graph.Tensors(op.Inputs(n))) for n in (1, 2))
            # TensorFlow Lite: (out, kh, kw, in), depthwise (1, kh, kw, out)
            order = (0, 3, 1, 2) if kind == BuiltinOperator.CONV_2D else (3, 0, 1, 2)
            found.append((np.ascontiguousarray(weight.transpose(order)), bias))
    return found


def _dequantise(model: Any, tensor: Any) -> Weights:
    """W = (q - zero point) * scale, along the tensor's own channel axis."""
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()
    shape = tensor.ShapeAsNumpy()
    q = raw.view(np.int8 if raw.size == np.prod(shape) else np.int32).reshape(shape).astype(np.float64)
    quantisation = tensor.Quantization()
    axes = [1] * q.ndim
    axes[quantisation.QuantizedDimension()] = -1
    scale, zero = quantisation.ScaleAsNumpy().reshape(axes), quantisation.ZeroPointAsNumpy().reshape(axes)
    values: Weights = ((q - zero) * scale).astype(np.float32)
    return values
