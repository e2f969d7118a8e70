"""LSPet's labels against two votes: whose left and right are exchanged, and which joints are misplaced.

    python benchmarks/peer.py movenet.tflite lspet --root DATA --split train --save movenet.json
    python tools/lspet_suspects.py --root DATA --votes movenet.json ours.json

A vote is a file of predictions of all 10,000 people, in LSPet's order. MoveNet learned none of LSPet's labels; our
cascade learned the first 9000 and yet contradicts some. A label is suspect only where both contradict it the same way:

- exchanged: of a person's arms, or legs, at least four labelled joints, both votes find 60 % more within 0.3 torso
  diameters once left and right are exchanged;
- misplaced: a labelled joint more than one torso diameter from both votes, which lie within 0.2 of each other, where
  exchanging sides would not explain it.

Writes src/deeppose/assets/lspet-suspects.json, which "lspet-repaired" repairs: numbers of pictures, as in their file
names, for each finding.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deeppose.data import datasets
from deeppose.data.repairs import GROUPS, SUSPECTS, members
from deeppose.evaluation.reading import read_predictions
from deeppose.model import geometry
from deeppose.skeleton import LSP

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FOUND, GAIN, ENOUGH = 0.3, 0.6, 4
FAR, TOGETHER = 1.0, 0.2


def main() -> None:
    """Compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--votes", type=Path, nargs=2, required=True)
    parser.add_argument("--out", type=Path, default=SUSPECTS)
    args = parser.parse_args()
    truth = datasets.read("lspet", args.root, "train")
    everyone = len(truth), np.arange(len(truth))
    votes = np.stack([read_predictions(file, truth, lambda: everyone).stages[-1] for file in args.votes])
    found = findings(truth.joints(), truth.labelled(), votes)
    args.out.write_text(
        json.dumps({"votes": [file.stem for file in args.votes], **found}, indent=None) + "\n"
    )
    for name, people in found.items():
        print(f"{name}: {len(people)} of {len(truth)} people")


def findings(joints: Floats, labelled: Mask, votes: Floats) -> dict[str, Any]:
    """Picture numbers (from 1) by finding; misplaced joints by picture number.

    Args:
        joints: (N, K, 2) labels in pixels.
        labelled: (N, K).
        votes: (2, N, K, 2).
    """
    diam = geometry.diameter(torch.from_numpy(joints), torch.from_numpy(labelled), LSP.torso).numpy()[:, None]
    mirror = list(LSP.mirror)
    as_is = np.linalg.norm(votes - joints, axis=-1) / diam
    exchanged = np.linalg.norm(votes[:, :, mirror] - joints, axis=-1) / diam
    result: dict[str, Any] = {}
    explained = np.zeros_like(labelled)
    for name in GROUPS:
        limbs = labelled & members(name)
        gain = _share(exchanged < FOUND, limbs) - _share(as_is < FOUND, limbs)
        suspect = (gain >= GAIN).all(0) & (limbs.sum(1) >= ENOUGH)
        explained |= suspect[:, None] & limbs
        result[f"{name} exchanged"] = (np.flatnonzero(suspect) + 1).tolist()
    agree = np.linalg.norm(votes[0] - votes[1], axis=-1) / diam < TOGETHER
    wrong = (as_is > FAR).all(0) & agree & labelled & ~explained & ~(exchanged < FOUND).all(0)
    result["misplaced"] = {
        int(person) + 1: [LSP.joints[k] for k in np.flatnonzero(wrong[person])]
        for person in np.flatnonzero(wrong.any(1))
    }
    return result


def _share(hits: Mask, limbs: Mask) -> Floats:
    """(2, N) the share of each person's joints of those limbs that each vote hits."""
    return np.asarray((hits & limbs).sum(-1) / np.maximum(limbs.sum(-1), 1))


if __name__ == "__main__":
    main()
