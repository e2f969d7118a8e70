"""A trained cascade as one ONNX file: crops, all stages, joint boxes and scores in the graph, nothing left outside.

The same `geometry.crop` that training used is in the file, so prediction cannot drift from it.
"""

from __future__ import annotations

import json
import logging
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from deeppose import skeleton_json
from deeppose.files import write
from deeppose.inference.sealing import UNSEALED, sealed
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
        return estimate.joints, self.cascade.scores(estimate)


def export(cascade: Cascade, path: Path, name: str, half: bool = True, **facts: Any) -> Path:
    """Write the cascade as one .onnx file that `deeppose.load` reads.

    Args:
        name: the model's, e.g. "lsp-compact".
        half: keep the parameters as 16-bit floats in the file, half its size; they are widened when it is loaded.
        facts: further metadata for the card, e.g. seed and samples seen.
    """
    graph = Exported(cascade.cpu().float().eval())
    side = cascade.config.canvas
    example = (
        torch.zeros(2, side, side, 3, dtype=torch.uint8),
        torch.tensor([[0.5, 0.5, 0.7, 0.8]] * 2) * side,
    )
    people = torch.export.Dim("people", min=1, max=4096)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph, example, dynamo=True, opset_version=OPSET, verbose=False,
            input_names=["canvases", "boxes"], output_names=["joints", "scores"],
            dynamic_shapes=({0: people}, {0: people}),
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    if half:
        halve(model)
    _describe(model, cascade, name, facts)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, sealed(model.SerializeToString()))
    return path


def _describe(model: onnx.ModelProto, cascade: Cascade, name: str, facts: dict[str, Any]) -> None:
    """Store everything prediction must know in the file's metadata, under "deeppose", and drop the tracer's notes."""
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
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.metadata_props[:]
    for value in [*model.graph.value_info, *model.graph.initializer, *model.graph.input, *model.graph.output]:
        del value.metadata_props[:]


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
