"""What `deeppose train own` reaches on own labels: with all, with 100, 50 and 20 of them, and without a trunk.

    python benchmarks/own.py LABELS --time 8m --out runs/own        # another row of benchmarks/results/own.json a run

Every run is the one command, on this machine, held-out people the same for all; `--synthetic` renders the labels: 200
pictures of a tool with five points. Runs that are there already are not repeated. What a run cost stands as samples a
stage and seconds of processor time, which another program on the same cores does not change.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np

from deeppose.cli import main as deeppose
from deeppose.training.recipe_file import read_recipe

RESULTS = Path(__file__).parent / "results" / "own.json"
TOOL = np.array([[0, -60], [-16, -20], [16, -20], [0, 20], [0, 60]], np.float64)
NAMES = ["tip", "left_jaw", "right_jaw", "hinge", "grip"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, nargs="?")
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--time", default="8m")
    parser.add_argument(
        "--samples", help="a stage, N,N: the same budget for every run, however busy the machine is"
    )
    parser.add_argument("--counts", type=int, nargs="*", default=[], help="also with so many labelled frames")
    parser.add_argument("--fresh", action="store_true", help="also with --trunk none")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    labels = rendered(args.out / "tool") if args.synthetic else args.labels
    variants = [
        [],
        *([["--trunk", "none"]] if args.fresh else []),
        *(["--limit", str(n)] for n in args.counts),
    ]
    for more in variants:
        budget = ["--time", args.time, *(["--samples", args.samples] if args.samples else [])]
        command = ["train", "own", "--labels", str(labels), *budget, *more]
        out = args.out / "-".join([labels.stem, *(word.strip("-") for word in more)])
        if (out / "result.json").is_file():
            continue
        began = time.process_time()
        assert deeppose([*command, "--out", str(out)]) == 0
        keep([*budget, *more], labels, out, time.process_time() - began)


def keep(options: list[str], labels: Path, out: Path, seconds: float) -> None:
    """Add a run to the results: what it cost, and its held-out errors in pixels beside the mean pose's."""
    name = labels.name if labels.is_dir() else f"{labels.parent.name}/{labels.name}"
    said = json.loads((out / "result.json").read_text())
    samples = [stage.samples for stage in read_recipe(out / "recipe.toml").stages]
    rows = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    errors = ("median error, px", "mean error, px")
    metrics = {who: {e: of[e] for e in errors} for who, of in said["metrics"].items()}
    rows.append(
        {
            "labels": name,
            "options": " ".join(options),
            "cpu_seconds": round(seconds),
            "samples": samples,
            "people": said["people"],
            "metrics": metrics,
        }
    )
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def rendered(folder: Path, count: int = 200) -> Path:
    """Pictures of 240 x 180 with a jointed tool, turned by any angle, before clutter; its labels in COCO's form."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for i in range(count):
        angle, scale = rng.uniform(-np.pi, np.pi), rng.uniform(0.7, 1.0)
        spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        joints = scale * TOOL @ spin.T + rng.uniform((100, 75), (140, 105))
        cv2.imwrite(str(folder / "images" / f"{i:03d}.png"), picture(joints, rng))
        points = np.concatenate([joints - 0.5, np.full((5, 1), 2.0)], axis=1).ravel().tolist()
        images.append({"id": i, "file_name": f"{i:03d}.png", "width": 240, "height": 180})
        annotations.append({"id": i, "image_id": i, "category_id": 1, "keypoints": points})
    category = {
        "id": 1,
        "name": "tool",
        "keypoints": NAMES,
        "skeleton": [[1, 2], [1, 3], [2, 4], [3, 4], [4, 5]],
    }
    file = folder / "tool.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [category]}))
    return file


def picture(joints: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The tool, drawn over blurred noise and a few lines that are none of it."""
    canvas = cv2.resize(
        rng.integers(60, 200, (9, 12, 3)).astype(np.uint8), (240, 180), interpolation=cv2.INTER_CUBIC
    )
    for _ in range(6):
        ends = rng.integers((0, 0), (240, 180), (2, 2))
        cv2.line(canvas, ends[0].tolist(), ends[1].tolist(), rng.integers(0, 255, 3).tolist(), 2)
    for a, b in ((0, 1), (0, 2), (1, 3), (2, 3), (3, 4)):
        cv2.line(canvas, joints[a].astype(int).tolist(), joints[b].astype(int).tolist(), (20, 20, 20), 6)
    cv2.circle(canvas, joints[0].astype(int).tolist(), 5, (40, 40, 220), -1)
    cv2.circle(canvas, joints[1].astype(int).tolist(), 4, (40, 200, 40), -1)
    return canvas


if __name__ == "__main__":
    main()
