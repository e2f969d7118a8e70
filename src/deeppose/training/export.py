"""A trained cascade as one ONNX file: crops, all stages, joint boxes and scores in the graph, nothing left outside.

The same `geometry.crop` that training used is in the file, so prediction cannot drift from it.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import torch
from onnx import numpy_helper
from onnx_ir.passes import common as passes
from torch import Tensor, nn

from deeppose import skeleton_json
from deeppose.files import make, write
from deeppose.inference.sealing import UNSEALED, sealed
from deeppose.model import confidence
from deeppose.model.cascade import Cascade

FORMAT = 2
"""Since 2 the skeleton stands in the file by value; before, by the name of a known one."""
OPSET = 20
SMALL = 1024
"""Tensors of fewer numbers keep 32 bits in a halved file."""


class Exported(nn.Module):
    """The graph's signature: uint8 canvases (N, C, C, 3) and boxes (N, 4) to joints (N, S, K, 2), scores (N, S, K)."""

    def __init__(self, cascade: Cascade) -> None:
        super().__init__()
        self.cascade = cascade

    def forward(self, canvases: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Everything in canvas pixels."""
        estimate = self.cascade(self.cascade.prepare(canvases), boxes)
        return estimate.joints, confidence.scores(self.cascade, estimate)


def export(cascade: Cascade, path: Path, name: str, half: bool = True, **facts: Any) -> Path:
    """Write the cascade as one .onnx file that `deeppose.load` reads.

    Args:
        name: the model's, e.g. "lsp-compact".
        half: keep the parameters as 16-bit floats in the file, half its size; they are widened when it is loaded.
        facts: further metadata for the card, e.g. seed and samples seen.
    """
    model = trace(
        Exported(cascade.cpu().float().eval()), _example(cascade.config.canvas), ("canvases", "boxes"),
        {"joints": ("people", len(cascade.stages), len(cascade.skeleton), 2),
         "scores": ("people", len(cascade.stages), len(cascade.skeleton))},
        {"canvases": {0: "people"}, "boxes": {0: "people"}},
    )  # fmt: skip
    if half:
        halve(model)
    _describe(model, cascade, name, facts)
    onnx.checker.check_model(model)
    make(path.parent)
    return write(path, sealed(model.SerializeToString()))


def _example(side: int) -> tuple[Tensor, ...]:
    """Two people on a canvas, to follow through the graph."""
    boxes = torch.tensor([[0.5, 0.5, 0.7, 0.8]] * 2) * side
    return torch.zeros(2, side, side, 3, dtype=torch.uint8), boxes


def trace(
    module: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Mapping[str, tuple[str | int, ...]],
    free: Mapping[str, Mapping[int, str]],
    opset: int = OPSET,
) -> onnx.ModelProto:
    """The graph of a module in evaluation mode, its parameters under their own names, what it does twice done once.

    By tracing: seconds of work where torch's other exporter takes minutes. Batch norm stays as it is, so that a file
    can be trained from; runtimes fold it when they load.

    Args:
        outputs: by name their shapes, a word for a dimension that is free.
        free: of every input the dimensions that are free.
    """
    words = {n: {i: d for i, d in enumerate(shape) if isinstance(d, str)} for n, shape in outputs.items()}
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, example, f"{folder}/traced.onnx", dynamo=False, opset_version=opset,
            training=torch.onnx.TrainingMode.PRESERVE, dynamic_axes={**free, **words},
            input_names=list(inputs), output_names=list(outputs),
        )  # fmt: skip
        model = ir.serde.deserialize_model(onnx.load(f"{folder}/traced.onnx"))
    passes.CommonSubexpressionEliminationPass(size_limit=2**20)(model)
    passes.RemoveUnusedNodesPass()(model)
    _rename(model)
    traced = ir.serde.serialize_model(model)
    for value in traced.graph.output:
        _declare(value, outputs[value.name])
    return traced


def _rename(model: ir.Model) -> None:
    """Short names for what lies between inputs, parameters and outputs; no notes of the tracer's."""
    for node in model.graph:
        node.name = node.doc_string = None
        node.metadata_props.clear()
        for value in node.outputs:
            if not value.is_graph_output():
                value.name = value.type = value.shape = None
    passes.NameFixPass()(model)


def _declare(value: onnx.ValueInfoProto, shape: tuple[str | int, ...]) -> None:
    kind = value.type.tensor_type.elem_type
    value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, kind, shape))


def _describe(model: onnx.ModelProto, cascade: Cascade, name: str, facts: dict[str, Any]) -> None:
    """Store everything prediction must know in the file's metadata, under "deeppose"."""
    config = asdict(cascade.config)
    meta = {
        "format": FORMAT,
        "name": name,
        **config,
        "stages": len(cascade.stages),
        **facts,
        **UNSEALED,
    }
    meta["networks"] = config["stages"]
    meta["skeleton"] = skeleton_json.to_json(cascade.skeleton)
    onnx.helper.set_model_props(model, {"deeppose": json.dumps(meta)})


def halve(model: onnx.ModelProto) -> None:
    """Store every large 32-bit initializer in 16 bits, followed by a cast that runtimes fold away on loading."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < SMALL:
            continue
        full = tensor.name
        tensor.CopyFrom(
            numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), full + ".half")
        )
        casts.append(onnx.helper.make_node("Cast", [full + ".half"], [full], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
