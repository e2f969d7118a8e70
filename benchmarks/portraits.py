"""Do joints that are not in a picture score low? Legs of people whose picture ends above their knees.

    python benchmarks/portraits.py flic --root DATA [--split test] [--model FILE]

Takes everyone of a data set of upper bodies (flic, buffy) whose picture ends less than half a torso below the hips,
from the full image and from stage 0's box, and prints the mean score of knees, ankles and of the joints that are there,
and how many of each score above one half. Writes benchmarks/results/portraits-DATASET.json.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import asked, keep
from tqdm import tqdm

import deeppose
from deeppose.data import datasets
from deeppose.data.images import read_image
from deeppose.data.mapping import mapping
from deeppose.training.portraits import cut_off

Floats = np.ndarray[Any, np.dtype[np.float64]]


def main() -> None:
    """Predict, print, write."""
    parser = asked(__doc__)
    parser.add_argument("dataset", choices=("flic", "buffy"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--limit", type=int, help="so many of the portraits, drawn at random")
    args = parser.parse_args()
    people = cut_off(datasets.read(args.dataset, args.root, args.split))
    if args.limit and args.limit < len(people):
        some = np.random.default_rng(0).choice(len(people), args.limit, replace=False)
        people = replace(people, annotations=[people.annotations[i] for i in sorted(some)])
    model, find = deeppose.load(args.model, threads=1), deeppose.PersonFinder(threads=1)
    rows: dict[str, list[Floats]] = {"full-image": [], "person": []}
    for person in tqdm(people.annotations, unit="person"):
        picture = read_image(person.image)
        for kind, boxes in (("full-image", None), ("person", find(picture))):
            rows[kind].append(model.predict(picture, boxes, full_image=boxes is None).scores[0])
    there = [bool(part) for part in mapping(people.skeleton, model.card.skeleton).parts]
    result = {
        "people": f"{len(people)} of {args.dataset} {args.split}",
        **{
            kind: summary(np.stack(scores), model.card.skeleton.joints, there)
            for kind, scores in rows.items()
        },
    }
    keep(f"portraits-{args.dataset}", result)


def summary(scores: Floats, joints: tuple[str, ...], there: list[bool]) -> dict[str, dict[str, float]]:
    """Mean and share above one half of scores (N, K), by kind of joint."""
    kinds = {
        "knees": [joint.endswith("_knee") for joint in joints],
        "ankles": [joint.endswith("_ankle") for joint in joints],
        "labelled joints": there,
    }
    return {
        name: {
            "mean": float(scores[:, which].mean()),
            "above one half": float((scores[:, which] > 0.5).mean()),
        }
        for name, which in kinds.items()
    }


if __name__ == "__main__":
    main()
