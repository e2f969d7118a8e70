"""Do the torch cascade and its ONNX file answer alike? Every stage's joints of 200 real people, in pixels.

The file keeps its large parameters in 16 bits. `same_parameters` exports torch's once more in 32 bits, and so compares
the two programs; `rounding` takes the file as it is, and so measures what its rounding moves.

python benchmarks/agreement.py RUN --model src/deeppose/weights/lsp-compact.onnx --root DATA
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data import datasets, store
from deeppose.inference.onnx_model import OnnxModel
from deeppose.training import checkpoint, validation
from deeppose.training.export import export
from deeppose.training.run import CHECKPOINT


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="folder of the run the file was exported from")
    parser.add_argument("--model", type=Path, help="the .onnx file; the shipped one by default")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--people", type=int, default=200)
    args = parser.parse_args()
    cascade = checkpoint.cascade_of(checkpoint.load(args.run / CHECKPOINT)).eval()
    annotations = datasets.read("lsp", args.root, "test").annotations[: args.people]
    people = store.build(annotations, store.full_image, cascade.config.context)
    ours = validation.predict(cascade, people).joints.numpy()
    result = {"people": len(annotations), "rounding": differences(ours, people, OnnxModel(args.model))}
    with tempfile.TemporaryDirectory() as folder:
        whole = OnnxModel(export(cascade, Path(folder) / "whole.onnx", "whole", half=False))
        result["same_parameters"] = differences(ours, people, whole)
    print(json.dumps(result, indent=1))


def differences(ours: NDArray[np.float32], people: store.Store, file: OnnxModel) -> list[dict[str, float]]:
    """By stage: how far torch's joints (N, S, K, 2) lie from the file's, in pixels."""
    joints, _ = file.run(people.canvases.numpy(), people.boxes.numpy())
    apart = np.linalg.norm(ours - joints, axis=-1)  # (N, S, K)
    return [
        {
            "median_px": round(float(np.median(apart[:, s])), 5),
            "share_within_0.05_px": round(float((apart[:, s] <= 0.05).mean()), 5),
            "share_beyond_1_px": round(float((apart[:, s] > 1).mean()), 5),
            "largest_px": round(float(apart[:, s].max()), 5),
        }
        for s in range(apart.shape[1])
    ]


if __name__ == "__main__":
    main()
