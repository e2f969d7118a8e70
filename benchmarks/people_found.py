"""How many people detectors find, and how fast.

    python benchmarks/people_found.py person-detector rtmdet_nano_person.onnx yolox_nano.onnx --root DATA

COCO's test part (`coco/boxes-test.json`): AP and AP50 by faster-coco-eval, recall of people taller than a quarter of
the picture. The one labelled person of LSPet's last 1000, upright and turned by quarters, and of Buffy's training
episodes: the share whose box of the best score overlaps theirs by half (IoU), and the mean IoU, `person-box` beside
them. Milliseconds on one thread for a 640 x 480 picture, detectors in turn. A detector is a file or the name of one
that ships; each sees pictures at a longer side of 320, or the size its file fixes. Writes
benchmarks/results/people-found.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.data import datasets
from deeppose.data.edges import visible_box
from deeppose.data.images import read_image
from deeppose.inference.finders import Finder
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.finders.overlap import overlaps
from deeppose.inference.finders.person import MostProminent
from deeppose.inference.shipped import named
from deeppose.inference.turning import turned_boxes
from deeppose.training.detector.scenes import of_coco
from deeppose.training.detector.validation import measure

SIDE = 320
ROUNDS = 40
Floats = NDArray[np.float64]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("detectors", nargs="+")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--people", type=int, default=200, help="of LSPet and of Buffy each")
    parser.add_argument("--limit", type=int, help="the first N of COCO's pictures only")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/people-found.json")
    args = parser.parse_args()
    files = {Path(d).stem: DetectorFile(named(d), 1, SIDE) for d in args.detectors}
    result: dict[str, Any] = {
        name: {"file_mb": round(d.path.stat().st_size / 1e6, 1)} for name, d in files.items()
    }
    for name, milliseconds in latency(files).items():
        result[name]["ms"] = milliseconds
    scenes = [s for _, s in of_coco(args.root / "coco/boxes-test.json", args.root / "coco/images")][
        : args.limit
    ]
    for name, detector in files.items():
        result[name]["coco_test"] = {k: round(v, 3) for k, v in asdict(measure(scenes, detector.raw)).items()}
    finders: dict[str, Finder] = {**files, "person-box": MostProminent(threads=1)}
    for name, finder in finders.items():
        result.setdefault(name, {}).update(prominent(finder, args.root, args.people))
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def latency(files: dict[str, DetectorFile]) -> dict[str, float]:
    """Median milliseconds a picture, the detectors in turn."""
    picture = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    times: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(ROUNDS):
        for name, detector in files.items():
            began = time.perf_counter()
            detector.raw(picture)
            times[name].append(time.perf_counter() - began)
    return {name: round(1000 * statistics.median(taken), 1) for name, taken in times.items()}


def prominent(finder: Finder, root: Path, count: int) -> dict[str, dict[str, float]]:
    """The best box against the one labelled person's, in the cascade's convention."""
    said = {}
    for name, split, turns in (("lspet", "last-1000", (0, 1, 2, 3)), ("buffy", "train", (0,))):
        people = datasets.read(name, root, split)
        rows = np.linspace(0, len(people) - 1, min(count, len(people))).astype(int)
        for quarters in turns:
            fits = [_fit(finder, people, int(i), quarters) for i in rows]
            numbers = {
                "found": round(float(np.mean(np.array(fits) >= 0.5)), 3),
                "iou": round(float(np.mean(fits)), 3),
            }
            said[f"{name}_{90 * quarters}" if quarters else name] = numbers
    return said


def _fit(finder: Finder, people: datasets.Dataset, row: int, quarters: int) -> float:
    person = people.annotations[row]
    picture = read_image(person.image)
    size = picture.shape[:2]
    box, _ = visible_box(person, np.array(size[::-1], np.float64), people.skeleton)
    found = finder(np.ascontiguousarray(np.rot90(picture, quarters))).boxes[:1]
    return float(overlaps(found, turned_boxes(box[None], size, quarters))[0, 0]) if len(found) else 0.0


if __name__ == "__main__":
    main()
