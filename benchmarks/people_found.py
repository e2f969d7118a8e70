"""How many people detectors find, and how fast.

    python benchmarks/people_found.py person-detector rtmdet_nano_person.onnx yolox_nano.onnx --root DATA

COCO's test part (`coco/boxes-test.json`): AP and AP50 by faster-coco-eval, recall of people taller than a quarter of
the picture. The one labelled person of LSPet's last 1000, upright and turned by quarters, and of Buffy's test
episodes: the share whose box overlaps the best-scored one by half (IoU), the mean IoU, and the share whom any box that
scores 0.3 overlaps so; `person-box` beside them. Milliseconds on one thread for a 640 x 480 picture, detectors in turn,
TinyPose's, where it is named by --peer, among them. A detector is a file or the name of one that ships; each sees
pictures at the longer side its file tells, at --side where it tells none. Writes benchmarks/results/people-found.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeppose.data import datasets
from deeppose.data.edges import visible_box
from deeppose.data.images import read_image
from deeppose.inference import finders
from deeppose.inference.finders import Finder
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.finders.overlap import overlaps
from deeppose.inference.finders.person import MostProminent, PersonFinder
from deeppose.inference.shipped import DETECTOR
from deeppose.inference.turning import turned_boxes
from deeppose.training.detector.scenes import of_coco
from deeppose.training.detector.validation import SURE, measure

SIDE = 384
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
    parser.add_argument("--side", type=int, default=SIDE, help=f"of files that tell none (default: {SIDE})")
    parser.add_argument("--peer", type=Path, help="tinypose_256x192.onnx, whose time is told too")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/people-found.json")
    args = parser.parse_args()
    files = {Path(d).stem: _opened(d, args.side) for d in args.detectors}
    result: dict[str, Any] = {
        name: {"file_mb": round(d.path.stat().st_size / 1e6, 1)} for name, d in files.items()
    }
    for name, milliseconds in latency(files, args.peer).items():
        result.setdefault(name, {})["ms"] = milliseconds
    scenes = [s for _, s in of_coco(args.root / "coco/boxes-test.json", args.root / "coco/images")][
        : args.limit
    ]
    for name, detector in files.items():
        result[name]["coco_test"] = {k: round(v, 3) for k, v in asdict(measure(scenes, detector.raw)).items()}
    asked: dict[str, Finder] = {**files, "person-box": MostProminent(PersonFinder(threads=1))}
    for name, finder in asked.items():
        result.setdefault(name, {}).update(prominent(finder, args.root, args.people))
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def _opened(word: str, side: int) -> DetectorFile:
    detector = finders.named(word, 1)
    assert isinstance(detector, DetectorFile)
    return detector if word == DETECTOR.stem else DetectorFile(word, 1, side)


def latency(files: dict[str, DetectorFile], peer: Path | None) -> dict[str, float]:
    """Median milliseconds of the processor a picture, the detectors in turn."""
    picture = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    asked: dict[str, Callable[[], Any]] = {name: partial(d.raw, picture) for name, d in files.items()}
    if peer:
        asked[peer.stem] = _run_once(peer)
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, ask in asked.items():
            began = time.process_time()
            ask()
            times[name].append(time.process_time() - began)
    return {name: round(1000 * statistics.median(taken), 1) for name, taken in times.items()}


def _run_once(path: Path) -> Callable[[], Any]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    blank = {
        i.name: np.zeros([d if isinstance(d, int) else 1 for d in i.shape], np.float32)
        for i in session.get_inputs()
    }
    return lambda: session.run(None, blank)


def prominent(finder: Finder, root: Path, count: int) -> dict[str, dict[str, float]]:
    """The best box against the one labelled person's, in the cascade's convention."""
    said = {}
    for name, split, turns in (("lspet", "last-1000", (0, 1, 2, 3)), ("buffy", "test", (0,))):
        people = datasets.read(name, root, split)
        rows = np.linspace(0, len(people) - 1, min(count, len(people))).astype(int)
        for quarters in turns:
            best, any_one = np.array([_fits(finder, people, int(i), quarters) for i in rows]).T
            numbers = {
                "best": round(float((best >= 0.5).mean()), 3),
                "iou": round(float(best.mean()), 3),
                "any": round(float((any_one >= 0.5).mean()), 3),
            }
            said[f"{name}_{90 * quarters}" if quarters else name] = numbers
    return said


def _fits(finder: Finder, people: datasets.Dataset, row: int, quarters: int) -> tuple[float, float]:
    """IoU of the best-scored box, and the greatest of the boxes that score `SURE`."""
    person = people.annotations[row]
    picture = read_image(person.image)
    size = picture.shape[:2]
    box, _ = visible_box(person, np.array(size[::-1], np.float64), people.skeleton)
    found = finder(np.ascontiguousarray(np.rot90(picture, quarters)))
    overlap = overlaps(found.boxes, turned_boxes(box[None], size, quarters))[:, 0]
    return float(overlap[:1].max(initial=0)), float(overlap[found.scores >= SURE].max(initial=0))


if __name__ == "__main__":
    main()
