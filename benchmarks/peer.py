"""A peer on our protocol: MoveNet SinglePose Lightning (int8), the whole picture in, and our own model beside it.

    pip install ai-edge-litert
    python benchmarks/peer.py movenet_single_pose_lightning_ptq.tflite lsp --root DATA --ours lsp.json

Ours are predictions kept by `deeppose evaluate DATASET --save-predictions`, one file a kind of box. All are measured on
the twelve limb joints that both predict: strict PCP (mean of the four limb kinds) and PDJ, person-centric labels, 95 %
bootstrap intervals. Writes results/peer.json; with --save the peer's predictions too, as `deeppose score` reads
them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from common import asked, keep, kept
from numpy.typing import NDArray
from tqdm import tqdm

from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes
from deeppose.data.images import read_image
from deeppose.evaluation import assess
from deeppose.evaluation.matching import Matches
from deeppose.evaluation.predictions import Predictions, in_order
from deeppose.evaluation.reading import read_predictions
from deeppose.evaluation.saved import content
from deeppose.poses import Poses
from deeppose.skeleton import COCO
from deeppose.types import Floats


class MoveNet:
    """Picture to (17, 2) joints in pixels: the picture in the middle of a black square, as its authors feed it."""

    def __init__(self, path: Path) -> None:
        self._net = Interpreter(str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input, self._output = self._net.get_input_details()[0], self._net.get_output_details()[0]
        self._side = int(self._input["shape"][1])

    def __call__(self, picture: NDArray[np.uint8]) -> Floats:
        """(17, 2) pixels of the picture."""
        height, width = picture.shape[:2]
        longest = max(height, width)
        corner = np.array([(longest - width) // 2, (longest - height) // 2])
        padded = np.zeros((longest, longest, 3), np.uint8)
        padded[corner[1] : corner[1] + height, corner[0] : corner[0] + width] = picture
        how = cv2.INTER_AREA if longest > self._side else cv2.INTER_LINEAR
        small = cv2.resize(padded, (self._side, self._side), interpolation=how)
        self._net.set_tensor(self._input["index"], small[None].astype(self._input["dtype"]))
        self._net.invoke()
        found = self._net.get_tensor(self._output["index"]).reshape(17, 3)
        return np.asarray(found[:, 1::-1] * longest - corner, np.float64)


def main() -> None:
    """Predict, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("dataset", choices=("lsp", "lspet", "parse"))
    parser.add_argument("--split")
    parser.add_argument("--ours", type=Path, nargs="+", default=())
    parser.add_argument("--save", type=Path)
    args = parser.parse_args()
    truth = assess.read_truth(args.dataset, args.root, args.split)
    files, peer = [person.image for person in truth.annotations], MoveNet(args.model)
    found = np.stack([peer(read_image(file)) for file in tqdm(files, unit="picture")])
    poses = Poses(COCO, found, np.ones(found.shape[:2]), full_image_boxes(files))
    everyone = np.arange(len(truth))
    if args.save:
        args.save.write_text(json.dumps(content(truth, poses, "full-image", args.model.name, None, None)))
    theirs = in_order(poses, Matches(everyone, "in order"), truth, "")
    ours = [read_predictions(file, truth, lambda: (len(truth), everyone)) for file in args.ours]
    if ours:
        rows = {"MoveNet Lightning, int8": theirs} | {f"ours, {each.box} box": each for each in ours}
        told = {name: {args.dataset: measured(truth, each, theirs.given)} for name, each in rows.items()}
        keep("peer", {name: kept("peer").get(name, {}) | row for name, row in told.items()})


def measured(
    truth: Dataset, predictions: Predictions, shared: NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    """The last stage's PCP and PDJ on the shared joints (K,)."""
    found = assess.assess(
        truth, replace(predictions, given=predictions.given & shared), ""
    ).outcome.last.intervals
    return {"strict PCP": asdict(found["pcp_strict_mean"]), "PDJ@0.2": asdict(found["pdj_0.2_mean"])}


if __name__ == "__main__":
    main()
