"""Do the torch cascade and its ONNX file answer alike? Every stage's joints of 200 real people, in pixels.

python benchmarks/agreement.py RUN --model src/deeppose/weights/lsp-compact.onnx --root DATA
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from deeppose.data import datasets, store
from deeppose.inference.onnx_model import OnnxModel
from deeppose.training import checkpoint, validation


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
    with torch.no_grad():
        estimate = validation.predict(cascade, people)
        scores = cascade.scores(estimate).numpy()
    joints, confidences = OnnxModel(args.model).run(people.canvases.numpy(), people.boxes.numpy())
    difference = np.abs(joints - estimate.joints.numpy()).max(axis=(0, 2, 3))
    result = {
        "people": len(annotations),
        "largest_difference_px_by_stage": [round(float(d), 5) for d in difference],
        "largest_difference_of_scores": float(np.abs(confidences - scores).max()),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
