"""Do the torch cascade and its ONNX file answer alike? Every stage's joints of 200 real people, in pixels.

The file keeps its large parameters in 16 bits. `same_parameters` gives torch the same ones, and so compares the two
programs; `rounding` keeps torch's 32 bits, and so measures what the file's rounding moves.

python benchmarks/agreement.py RUN --model src/deeppose/weights/lsp-compact.onnx --root DATA
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data import datasets, store
from deeppose.inference.onnx_model import OnnxModel
from deeppose.model.cascade import Cascade
from deeppose.training import checkpoint, validation
from deeppose.training.export import SMALL


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="the checkpoint the file was exported from")
    parser.add_argument("--model", type=Path, help="the .onnx file; the shipped one by default")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--people", type=int, default=200)
    args = parser.parse_args()
    cascade = checkpoint.cascade_of(checkpoint.load(args.run)).eval()
    annotations = datasets.read("lsp", args.root, "test").annotations[: args.people]
    people = store.build(annotations, store.full_image, cascade.config.context)
    joints, _ = OnnxModel(args.model).run(people.canvases.numpy(), people.boxes.numpy())
    result = {"people": len(annotations), "rounding": differences(cascade, people, joints)}
    for parameter in cascade.parameters():
        if parameter.numel() >= SMALL:
            parameter.data = parameter.data.half().float()
    result["same_parameters"] = differences(cascade, people, joints)
    print(json.dumps(result, indent=1))


def differences(cascade: Cascade, people: store.Store, joints: NDArray[np.float32]) -> list[dict[str, float]]:
    """By stage: how far torch's joints lie from the file's, in pixels."""
    ours = validation.predict(cascade, people).joints.numpy()
    apart = np.linalg.norm(ours - joints, axis=-1)  # (N, S, K)
    return [
        {
            "median_px": round(float(np.median(apart[:, s])), 5),
            "share_within_0.05_px": round(float((apart[:, s] <= 0.05).mean()), 5),
            "largest_px": round(float(apart[:, s].max()), 5),
        }
        for s in range(apart.shape[1])
    ]


if __name__ == "__main__":
    main()
