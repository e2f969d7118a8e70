"""A peer on our protocol: MoveNet SinglePose Lightning (int8), the whole picture in, and our own model beside it.

    pip install ai-edge-litert
    python benchmarks/peer.py movenet_single_pose_lightning_ptq.tflite lsp --root DATA --ours lsp.json

Ours are predictions kept by `deeppose evaluate DATASET --save-predictions`, one file a kind of box. Both are measured
on the twelve limb joints that both predict: strict PCP (mean of the four limb kinds) and PDJ, person-centric labels,
95 % bootstrap intervals.
Speed is timed in the same rounds: a person's whole prediction from the picture in memory, on one thread.

Writes benchmarks/results/peer-DATASET.json.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from common import asked, keep
from numpy.typing import NDArray
from tqdm import tqdm

import deeppose
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes
from deeppose.data.images import read_image
from deeppose.data.mapping import mapping
from deeppose.evaluation import assess, limbs
from deeppose.evaluation import joints as joint_metrics
from deeppose.evaluation.protocol import choose_diagonal
from deeppose.evaluation.reading import read_predictions
from deeppose.evaluation.uncertainty import interval
from deeppose.poses import Poses
from deeppose.skeleton import COCO, LSP

ROUNDS = 50
Floats = NDArray[np.float64]


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
        smaller = longest > self._side
        small = cv2.resize(
            padded, (self._side, self._side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        )
        self._net.set_tensor(self._input["index"], small[None].astype(self._input["dtype"]))
        self._net.invoke()
        found = self._net.get_tensor(self._output["index"]).reshape(17, 3)
        return np.asarray(found[:, 1::-1] * longest - corner, np.float64)


def main() -> None:
    """Predict, measure, time, print, write."""
    parser = asked(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("dataset", choices=("lsp", "lspet", "parse"))
    parser.add_argument("--split")
    parser.add_argument(
        "--ours", type=Path, nargs="+", default=(), help="without it the peer's are only saved"
    )
    parser.add_argument(
        "--save", type=Path, help="keep the peer's predictions, as `deeppose score` reads them"
    )
    args = parser.parse_args()
    truth = assess.read_truth(args.dataset, args.root, args.split)
    files = [person.image for person in truth.annotations]
    peer = MoveNet(args.model)
    found = np.stack([peer(read_image(file)) for file in tqdm(files, unit="picture")])
    if args.save:
        save(args.save, truth, Poses(COCO, found, np.ones(found.shape[:2]), full_image_boxes(files)))
    if args.ours:
        everyone = len(truth), np.arange(len(truth))
        ours = [read_predictions(file, truth, lambda: everyone) for file in args.ours]
        result = {
            **side_by_side(truth, found, {kept.box: kept.stages for kept in ours}),
            "milliseconds, one thread": timed(peer, [read_image(file) for file in files[:ROUNDS]]),
        }
        keep(f"peer-{args.dataset}", result)


def save(path: Path, truth: Dataset, poses: Poses) -> None:
    """A file that `deeppose score` reads."""
    people = poses.to_records([str(person.image) for person in truth.annotations])
    path.write_text(json.dumps({"dataset": truth.name, "split": truth.split, "people": people}))


def side_by_side(truth: Dataset, theirs: Floats, ours: dict[str, Floats]) -> dict[str, Any]:
    """The peer's (N, 17, 2) and, by kind of box, every stage of ours (S, N, 14, 2), on the joints both have."""
    to_lsp = mapping(COCO, LSP)
    shared = np.array([bool(part) for part in to_lsp.parts])
    mapped, _ = to_lsp(theirs, np.ones(theirs.shape[:2], bool))
    rows = {"peer": mapped}
    for box, stages in ours.items():
        rows |= {f"ours, {box}, stage {s}": stage for s, stage in enumerate(stages, 1)}
    labelled = truth.labelled() & shared
    return {
        "dataset": f"{truth.name} {truth.split}, {len(truth)} people; the peer sees the full image",
        "joints": [joint for joint, both in zip(LSP.joints, shared, strict=True) if both],
        **{name: measured(truth.joints(), labelled, each) for name, each in rows.items()},
    }


def measured(truth: Floats, labelled: NDArray[np.bool_], found: Floats) -> dict[str, Any]:
    """PCP and PDJ with their intervals over resampled people; joints that are not labelled are not counted."""
    sizes = joint_metrics.torso_sizes(truth, labelled, LSP, choose_diagonal(labelled, LSP))
    strict = limbs.pcp_outcomes(truth, labelled, found, LSP)
    rates = {"strict PCP": interval(strict, lambda counts: limbs.mean_of_kinds(counts, LSP))}
    for reach in (0.1, 0.2):
        rates[f"PDJ@{reach}"] = interval(joint_metrics.found_outcomes(truth, labelled, found, sizes, reach))
    return {name: asdict(rate) for name, rate in rates.items()}


def timed(peer: MoveNet, pictures: list[NDArray[np.uint8]]) -> dict[str, float]:
    """Medians over pictures, both models on the same one, one after the other."""
    cascade = deeppose.load(threads=1)
    calls = {"peer": peer, "ours, all stages": cascade.predict}
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for picture in [*pictures[:5], *pictures]:
        for name, call in calls.items():
            began = time.perf_counter()
            call(picture)
            spent[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(times[5:]) for name, times in spent.items()}


if __name__ == "__main__":
    main()
