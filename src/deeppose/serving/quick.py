"""Stage 1 alone as a file of its own, for a camera: the same graph without what only later stages need.

Asking a session for the first stage's output saves nothing: the outputs are stacks over stages. Here each stack is made
of its first part only, and what then leads nowhere is dropped. The file keeps the contract of `onnx_model`; all its
stages are stage 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deeppose.errors import ConfigError
from deeppose.inference.onnx_model import INPUTS, OUTPUTS
from deeppose.inference.sealing import resealed


def first_stage(model: Path, stages: int) -> bytes:
    """The `.onnx` of stage 1 alone; needs the package `onnx`.

    Raises:
        ConfigError: `onnx` is not installed.
    """
    try:
        import onnx
        from onnx.utils import Extractor
    except ImportError as error:
        raise ConfigError("stage 1 alone needs onnx: pip install 'deeppose[serve]'") from error
    whole = onnx.load(model)
    for stack in _stacks(whole.graph, stages):
        first = stack.input[0]
        del stack.input[:]
        stack.input.extend([first] * stages)
    part = Extractor(whole).extract_model(list(INPUTS), list(OUTPUTS))
    del part.metadata_props[:]
    part.metadata_props.extend(whole.metadata_props)
    return resealed(part.SerializeToString())


def _stacks(graph: Any, stages: int) -> list[Any]:
    """The nodes that stack one value a stage: a `Concat` along axis 1 of so many tensors, each unsqueezed for it."""
    made_by = {output: node for node in graph.node for output in node.output}

    def unsqueezed(name: str) -> bool:
        return name in made_by and made_by[name].op_type == "Unsqueeze"

    return [
        node
        for node in graph.node
        if node.op_type == "Concat" and len(node.input) == stages and all(map(unsqueezed, node.input))
        if any(
            a.name == "axis" and a.i == 1 for a in node.attribute
        )  # x and y are stacked too, along the last
    ]
