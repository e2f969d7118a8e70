"""How many people detectors find.

    python benchmarks/people_found.py person-detector rtmdet_nano_person.onnx yolox_nano.onnx --root DATA

COCO's test part (`coco/boxes-test.json`): AP and AP50 by faster-coco-eval, recall of people taller than a quarter of
the picture. The one labelled person of LSPet's last 1000, upright and turned by quarters, and of Buffy's test
episodes: the share whose box overlaps the best-scored one by half (IoU), and the share whom any box that scores 0.3
overlaps so; `person-box` beside them. A detector is a file or the name of one that ships; each sees pictures at the
longer side its file tells, at --side where it tells none. Writes results/people-found.json.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from common import asked, keep
from numpy.typing import NDArray

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.data.edges import visible_box
from deeppose.data.images import read_image
from deeppose.inference import finders
from deeppose.inference.finders import Finder
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.shipped import DETECTOR
from deeppose.inference.turning import turned_boxes
from deeppose.rectangles import overlaps
from deeppose.training.detector.scenes import of_coco
from deeppose.training.detector.validation import SURE, measure

SIDE = 384
Floats = NDArray[np.float64]


def main() -> None:
    """Measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("detectors", nargs="+")
    parser.add_argument("--people", type=int, default=200, help="of LSPet and of Buffy each")
    parser.add_argument("--limit", type=int, help="the first N of COCO's pictures only")
    parser.add_argument("--side", type=int, default=SIDE, help=f"of files that tell none (default: {SIDE})")
    args = parser.parse_args()
    scenes = [s for _, s in of_coco(args.root / "coco/boxes-test.json", args.root / "coco/images")][
        : args.limit
    ]
    result: dict[str, Any] = {}
    for word in args.detectors:
        detector = finders.named(word, 1) if word == DETECTOR.stem else DetectorFile(word, 1, args.side)
        assert isinstance(detector, DetectorFile)
        found = {k: round(v, 3) for k, v in asdict(measure(scenes, detector.raw)).items()}
        size = {"file_mb": round(detector.path.stat().st_size / 1e6, 1), "coco_test": found}
        result[Path(word).stem] = size | prominent(detector, args.root, args.people)
    keep(
        "people-found",
        result | {"person-box": prominent(finders.named("person-box", 1), args.root, args.people)},
    )


def prominent(finder: Finder, root: Path, count: int) -> dict[str, dict[str, float]]:
    """Shares of labelled people found by the best box and by any sure one, in the cascade's convention."""
    said = {}
    for name, split, turns in (("lspet", "last-1000", (0, 1, 2, 3)), ("buffy", "test", (0,))):
        people = datasets.read(name, root, split)
        rows = np.linspace(0, len(people) - 1, min(count, len(people))).astype(int)
        for quarters in turns:
            fits = np.array([fit(finder, people, int(i), quarters) for i in rows])
            best, any_one = (fits >= 0.5).mean(0).round(3).tolist()
            said[f"{name}_{90 * quarters}" if quarters else name] = {"best": best, "any": any_one}
    return said


def fit(finder: Finder, people: Dataset, row: int, quarters: int) -> tuple[float, float]:
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
