"""The face-based box on a data set: faces found, whose they are, and what the enlarged boxes contain.

    python benchmarks/faces.py flic --root DATA --face-model yunet.onnx --every 8 --test-every 3

The scaler is determined on every n-th training person and used on every m-th test person. Writes
benchmarks/results/faces-DATASET-DETECTOR.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import tight_box
from deeppose.data.images import read_image
from deeppose.evaluation.side_by_side import iou
from deeppose.inference import starts
from deeppose.inference.finders import face_body as detector
from deeppose.inference.finders.enlargement import SHARE, Enlargement
from deeppose.inference.finders.faces import Faces, face_detector


def main() -> None:
    """Fit, detect, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--face-model", type=Path)
    parser.add_argument("--every", type=int, default=1, help="every n-th training person")
    parser.add_argument("--test-every", type=int, default=1, help="every m-th test person")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    finder = face_detector(args.face_model)
    train, test = (
        _every(datasets.read(args.dataset, args.root, split), step)
        for split, step in (("train", args.every), ("test", args.test_every))
    )
    own = starts.own_faces(train, finder)
    fits = {share: starts.fit(train, own, share) for share in (0.9, 0.95, 1.0)}
    kept = fits[SHARE]
    result = {
        "dataset": args.dataset, "detector": finder.name, "fits": [asdict(f) for f in fits.values()],
        "test_every": args.test_every, "test": measure(test, finder, kept),
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (args.out / f"faces-{args.dataset}-{finder.name}.json").write_text(text + "\n")
    print(text)


def _every(dataset: Dataset, step: int) -> Dataset:
    return replace(dataset, annotations=dataset.annotations[::step])


def measure(dataset: Dataset, finder: Faces, enlargement: Enlargement) -> dict[str, Any]:
    """Counts of people, and mean IoU with the ground-truth box."""
    counts = dict.fromkeys(("people", "any_face", "own_among_them", "chosen", "chosen_is_own"), 0)
    inside: list[bool] = []
    inside_own: list[bool] = []
    boxes, full = [], []
    for person in tqdm(dataset.annotations, unit="person"):
        picture = read_image(person.image)
        size = picture.shape[0], picture.shape[1]
        faces = finder(picture)
        own = detector.own_face(faces, person.joints, person.labelled, dataset.skeleton.joints)
        chosen = detector.chosen_face(faces, size, person.torso)
        box, found = detector.body_box(chosen, enlargement, size)
        right = found and own is not None and chosen is not None and bool((own == chosen).all())
        for key, yes in zip(counts, (True, len(faces), own is not None, found, right), strict=True):
            counts[key] += bool(yes)
        contained = bool(np.all(np.abs(person.joints - box[:2])[person.labelled] <= box[2:] / 2))
        inside.append(contained)
        if right:
            inside_own.append(contained)
        boxes.append(box)
        full.append([size[1] / 2, size[0] / 2, size[1], size[0]])
    tight = tight_box(dataset.joints(), dataset.labelled())
    return {
        **counts,
        "iou": float(iou(np.array(boxes), tight).mean()),
        "iou_full_image": float(iou(np.array(full), tight).mean()),
        "all_joints_inside": float(np.mean(inside)),
        "all_joints_inside_where_own": float(np.mean(inside_own)) if inside_own else None,
    }


if __name__ == "__main__":
    main()
