"""The trained detector as one ONNX file of the plain layout (`inference.finders.layouts`) that says how it is used."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from deeppose import files
from deeppose.inference.finders.margins import FITTED, Margin
from deeppose.inference.sealing import UNSEALED, sealed
from deeppose.training.detector.network import PersonDetector
from deeppose.training.export import halve, trace

OPSET = 18

SIDE = 384
"""The longer side at which it sees pictures."""


class Exported(nn.Module):
    """(1, H, W, 3) uint8 RGB to `boxes` (A, 4) x1, y1, x2, y2, `scores` (A,) and `classes` (A,), all of them 0."""

    def __init__(self, network: PersonDetector) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes in pixels of the input; overlapping ones are not suppressed yet."""
        pixels = image.permute(0, 3, 1, 2).float() / 127.5 - 1
        logits, boxes = self.network(pixels)
        return boxes[0], logits[0].sigmoid(), torch.zeros_like(logits[0], dtype=torch.int64)


def export(
    network: PersonDetector, path: Path, margin: Margin = FITTED["rtmdet"], side: int = SIDE, **facts: Any
) -> Path:
    """Write the file: `margin` leads from its boxes to the cascade's; `facts` go into its metadata.

    Raises:
        ConfigError: it cannot be written.
    """
    model = trace(
        Exported(network.cpu().eval()), (torch.zeros(1, 64, 96, 3, dtype=torch.uint8),), ("image",),
        {"boxes": ("cells", 4), "scores": ("cells",), "classes": ("cells",)},
        {"image": {1: "height", 2: "width"}}, OPSET,
    )  # fmt: skip
    halve(model)
    said = {
        "name": "person-detector",
        "side": side,
        "person": 0,
        "margin": astuple(margin),
        **facts,
        **UNSEALED,
    }
    onnx.helper.set_model_props(model, {"deeppose": json.dumps(said)})
    onnx.checker.check_model(model)
    return files.write(path, sealed(model.SerializeToString()))
