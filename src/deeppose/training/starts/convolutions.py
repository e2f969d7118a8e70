"""The convolutions of a trained network, out of a TensorFlow Lite or an ONNX file, batch norm folded into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import ModelError

Weights = NDArray[np.float32]
Convolution = tuple[Weights, Weights]
"""Weight (out, in / groups, kh, kw) and bias (out,)."""


def read_convolutions(path: Path) -> list[Convolution]:
    """Every convolution of a .tflite or .onnx file, in order of computation.

    Raises:
        ModelError: the file is missing or cannot be read.
    """
    if not path.is_file():
        raise ModelError(
            f"{path}: no such file; name MobileNetV2 1.0 weights, a .tflite or an exported .onnx"
        )
    read = _of_onnx if path.suffix == ".onnx" else _of_tflite
    try:
        return read(path)
    except Exception as error:  # both formats' readers let their parsers' own errors through
        raise ModelError(f"{path}: cannot be read as a {path.suffix} file: {error}") from error


def _of_onnx(path: Path) -> list[Convolution]:
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    values = {t.name: numpy_helper.to_array(t).astype(np.float32) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:  # parameters kept in 16 bits
            values[node.output[0]] = values[node.input[0]]
    norms = {node.input[0]: node for node in graph.node if node.op_type == "BatchNormalization"}
    return [
        _folded(node, norms.get(node.output[0]), values)
        for node in graph.node
        if node.op_type == "Conv" and node.input[1] in values
    ]


def _folded(convolution: Any, norm: Any, values: dict[str, Weights]) -> Convolution:
    """A Conv node's numbers, with those of the BatchNormalization node after it, if there is one."""
    weight, *rest = (values[name] for name in convolution.input[1:])
    bias = rest[0] if rest else np.zeros(len(weight), np.float32)
    if norm is None:
        return weight, bias
    gamma, beta, mean, variance = (values[name] for name in norm.input[1:5])
    slack = {a.name: a.f for a in norm.attribute}.get("epsilon", 1e-5)
    scale = gamma / np.sqrt(variance + slack)
    return weight * scale[:, None, None, None], (bias - mean) * scale + beta


def _of_tflite(path: Path) -> list[Convolution]:
    """Dequantised; batch norm is folded in the file already."""
    from tflite.BuiltinOperator import BuiltinOperator
    from tflite.Model import Model

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
