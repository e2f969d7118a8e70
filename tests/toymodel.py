"""A tiny model that keeps the contract of every exported file and whose answers are known in closed form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, checker, helper, numpy_helper

from deeppose.inference.sealing import KEY, UNSEALED, sealed
from deeppose.skeleton import LSP, from_edges
from deeppose.skeleton_json import to_json

K = len(LSP)
STAGES = 3

CARD = {
    "format": 1,
    "name": "toy",
    "skeleton": "lsp",
    "stages": STAGES,
    "canvas": 256,
    "context": 1.25,
    "sigma": 1.0,
}


def of_mice(path: Path, box: str) -> Path:
    """A model of own labels of mice, trained on whole pictures ("full-image") or on boxes ("labelled")."""
    mouse = from_edges("mouse", [f"point {k}" for k in range(K)], [(0, 1)])
    about = {"format": 2, "name": path.stem, "skeleton": to_json(mouse), "box": box}
    return write_model(path, CARD | about | UNSEALED)


def offsets() -> np.ndarray:
    """(S, K, 2) places in units of the box, from its centre; stage s is a shrunken last stage."""
    angle = np.arange(K) / K * 2 * np.pi
    last = 0.4 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.stack([last * (s + 1) / STAGES for s in range(STAGES)]).astype(np.float32)


def write_model(
    path: Path, card: dict[str, Any] | None, scale: float = 1.0, places: np.ndarray | None = None
) -> Path:
    """A model whose joints lie at `scale * places` of each box (by default `offsets`), places (S, K, 2); sealed if the
    card has `UNSEALED`.

    Scores are the canvas centre's red / 255.
    """
    places = (offsets() if places is None else places).astype(np.float32)
    stages, joints = places.shape[:2]
    constants = {
        "offsets": places[None] * np.float32(scale),
        "ones": np.ones((1, stages, joints), np.float32),
        "low": np.array([128, 128, 0]), "high": np.array([129, 129, 1]), "axes": np.array([1, 2, 3]),
        "byte": np.array(255, np.float32), "flat": np.array([-1, 1, 1]),
    }  # fmt: skip
    nodes = [
        helper.make_node("Split", ["boxes"], ["centre", "extent"], axis=1, num_outputs=2),
        helper.make_node("Unsqueeze", ["centre", "mid"], ["centre4"]),
        helper.make_node("Unsqueeze", ["extent", "mid"], ["extent4"]),
        helper.make_node("Mul", ["extent4", "offsets"], ["moved"]),
        helper.make_node("Add", ["centre4", "moved"], ["joints"]),
        helper.make_node("Slice", ["canvases", "low", "high", "axes"], ["red"]),
        helper.make_node("Cast", ["red"], ["red_float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["red_float", "byte"], ["share"]),
        helper.make_node("Reshape", ["share", "flat"], ["share3"]),
        helper.make_node("Mul", ["share3", "ones"], ["scores"]),
    ]
    constants["mid"] = np.array([1, 2])
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info("canvases", TensorProto.UINT8, ["N", 256, 256, 3]),
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["N", 4]),
        ],
        [
            helper.make_tensor_value_info("joints", TensorProto.FLOAT, ["N", stages, joints, 2]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", stages, joints]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(model, {"deeppose": json.dumps(card)})
    checker.check_model(model)
    content = model.SerializeToString()
    path.write_bytes(sealed(content) if card is not None and KEY in card else content)
    return path


def flipped(content: bytes) -> bytes:
    """The file with one bit of its largest tensor flipped."""
    largest = max((t.raw_data for t in onnx.load_from_string(content).graph.initializer), key=len)
    place = content.index(largest) + len(largest) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
