"""ImageNet weights for the MobileNetV2 trunk, out of a TensorFlow Lite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deeppose.errors import ModelError
from deeppose.model.mobilenet import ConvNorm, MobileNetV2

Weights = NDArray[np.float32]


def load_imagenet(trunk: MobileNetV2, path: Path, sample: Tensor) -> None:
    """Fill the trunk with ImageNet weights from a TensorFlow Lite MobileNetV2 1.0 file, int8 per channel.

    Weights are dequantised, w = (q - zero point) * scale. Batch norm is folded into the file's biases; here it is put
    back with statistics measured on `sample`, gamma = sqrt(var + eps) and beta = mean + bias, which leaves every output
    unchanged and the network trainable.

    Args:
        path: for instance `tf2_mobilenet_v2_1.0_224_ptq.tflite`, whose 53 convolutions come in order.
        sample: (B, 3, R, R) normalised crops to measure statistics on; some hundreds are plenty.

    Raises:
        ModelError: the file is missing or holds other layers.
    """
    convolutions = read_convolutions(path)
    modules = [m for m in trunk.modules() if isinstance(m, ConvNorm)]
    if len(convolutions) < len(modules):
        raise ModelError(f"{path}: {len(convolutions)} convolutions where MobileNetV2 needs {len(modules)}")
    trunk.train(False)
    for module, (weight, bias) in zip(modules, convolutions, strict=False):
        conv = next(m for m in module if isinstance(m, nn.Conv2d))
        norm = next(m for m in module if isinstance(m, nn.BatchNorm2d))
        if tuple(conv.weight.shape) != weight.shape:
            raise ModelError(
                f"{path}: a layer of shape {weight.shape} where {tuple(conv.weight.shape)} is needed"
            )
        conv.weight.data.copy_(torch.from_numpy(weight))
        _restore_norm(trunk, conv, norm, torch.from_numpy(bias), sample)


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
