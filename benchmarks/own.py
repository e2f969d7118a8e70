"""What `deeppose train own` reaches on own labels: with all, with fewer of them, and without a trunk.

    python benchmarks/own.py LABELS --samples 9600,9600 --out runs/own [--counts 50 20] [--fresh] [--name NAME]

Every run is the one command, on this machine, held-out people the same for all, and another row of results/own.json;
`--synthetic` renders the labels: 200 pictures of a tool with five points. Runs that are there already are not repeated.
What a run cost stands as samples a stage and seconds of processor time, which another program on the same cores does
not change.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from common import asked, keep, kept

from deeppose.cli import main as deeppose
from deeppose.training.recipe_file import read_recipe

TOOL = np.array([[0, -60], [-16, -20], [16, -20], [0, 20], [0, 60]], np.float64)
NAMES = ["tip", "left_jaw", "right_jaw", "hinge", "grip"]
BARS = [[1, 2], [1, 3], [2, 4], [3, 4], [4, 5]]
ERRORS = ("median error, px", "mean error, px")


def main() -> None:
    """Train each, print, write."""
    parser = asked(__doc__, root=False)
    parser.add_argument("labels", type=Path, nargs="?")
    parser.add_argument("--name", help="what the table calls them (default: the file's name)")
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--time", default="8m")
    parser.add_argument("--samples", help="a stage, N,N: the same budget however busy the machine is")
    parser.add_argument("--counts", type=int, nargs="*", default=[], help="also with so many labelled frames")
    parser.add_argument("--fresh", action="store_true", help="also with --trunk none")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    labels = rendered(args.out / "tool") if args.synthetic else args.labels
    budget = ["--time", args.time, *(["--samples", args.samples] if args.samples else [])]
    fewer = [["--limit", str(n)] for n in args.counts]
    for more in [[], *([["--trunk", "none"]] if args.fresh else []), *fewer]:
        out = args.out / "-".join([labels.stem, *(word.strip("-") for word in more)])
        if not (out / "result.json").is_file():
            began = time.process_time()
            assert deeppose(["train", "own", "--labels", str(labels), *budget, *more, "--out", str(out)]) == 0
            seconds = time.process_time() - began
            name = (args.name or labels.stem) + (", no trunk" if "none" in more else "")
            keep("own", [*kept("own"), row(name, [*budget, *more], out, seconds)])


def row(name: str, options: list[str], out: Path, seconds: float) -> dict[str, Any]:
    """What a run cost, and its held-out errors in pixels beside the mean pose's."""
    said = json.loads((out / "result.json").read_text())
    return {
        "labels": name, "options": " ".join(options), "cpu_minutes": round(seconds / 60, 2),
        "samples": [stage.samples for stage in read_recipe(out / "recipe.toml").stages], "people": said["people"],
        "metrics": {who: {error: of[error] for error in ERRORS} for who, of in said["metrics"].items()},
    }  # fmt: skip


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
    categories = [{"id": 1, "name": "tool", "keypoints": NAMES, "skeleton": BARS}]
    file = folder / "tool.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


def picture(joints: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The tool, drawn over blurred noise and a few lines that are none of it."""
    noise = rng.integers(60, 200, (9, 12, 3)).astype(np.uint8)
    canvas = cv2.resize(noise, (240, 180), interpolation=cv2.INTER_CUBIC)
    for _ in range(6):
        ends = rng.integers((0, 0), (240, 180), (2, 2))
        cv2.line(canvas, ends[0].tolist(), ends[1].tolist(), rng.integers(0, 255, 3).tolist(), 2)
    places = joints.astype(int).tolist()
    for a, b in BARS:
        cv2.line(canvas, places[a - 1], places[b - 1], (20, 20, 20), 6)
    cv2.circle(canvas, places[0], 5, (40, 40, 220), -1)
    cv2.circle(canvas, places[1], 4, (40, 200, 40), -1)
    return canvas


if __name__ == "__main__":
    main()
