"""Is anybody there? How well a person's score tells pictures with people from pictures without.

    python benchmarks/nobody.py --root DATA --detectors rtmdet_nano_person.onnx

With: pictures of COCO's training part, of those that the detector that ships never trained on, whose tallest person
takes up a quarter of it or more. Without: the largest parts of others of these pictures that touch nobody's box, and
scikit-image's pictures of things, animals and textures. A picture's score is its best person's (`inference.people`).
The threshold that errs least is chosen on every other picture; the errors are those on the pictures between. Writes
results/nobody.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage.data
from common import asked, keep
from numpy.typing import NDArray
from tqdm import tqdm

from deeppose.data.images import as_rgb, read_image
from deeppose.evaluation.reliability import auc
from deeppose.files import read_json
from deeppose.inference import Frame, Pipeline, Predictor, finders
from deeppose.inference.people import LEAST
from deeppose.training.detector.material import HELD_OUT

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

THINGS = ("brick", "cat", "cell", "clock", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
          "immunohistochemistry", "moon", "page", "retina", "rocket", "text")  # fmt: skip
PEOPLE = ("astronaut", "camera")
TALL, WIDE = 0.25, 0.45
"""Shares of a picture: of a person's height at least, and of a part's longer side at least."""

CANDIDATES = 3
"""Boxes of a picture looked at, the best."""


def main() -> None:
    """Score, choose, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("--detectors", nargs="*", type=Path, default=[])
    parser.add_argument("--pictures", type=int, default=120, help="of COCO, with and without people each")
    args = parser.parse_args()
    there, nobody = material(args.root, args.pictures)
    predictor = Predictor(threads=1)
    keep("nobody", {
        Path(word).stem: compare(predictor, finders.named(word, 1), there, nobody)
        for word in ("person-detector", "person-box", *args.detectors)
    })  # fmt: skip


def material(root: Path, count: int) -> tuple[list[Pixels], list[Pixels]]:
    """Pictures with people and pictures without."""
    there, nobody = [], []
    for picture, people in held_out(root):
        if len(there) < count and (people[:, 3] > TALL * picture.shape[0]).any():
            there.append(picture)
        elif len(nobody) < count and (part := empty_part(picture, people)) is not None:
            nobody.append(part)
    shown = [
        [as_rgb(np.asarray(getattr(skimage.data, name)())) for name in names] for names in (PEOPLE, THINGS)
    ]
    return there + shown[0], nobody + shown[1]


def held_out(root: Path) -> Iterator[tuple[Pixels, Floats]]:
    """Pictures held out of the detector's training, and their people (N, 4) x, y, w, h, in a mixed order."""
    said = read_json(root / "coco/boxes-train.json")
    ours = sorted(said["images"], key=lambda i: i["id"])[::HELD_OUT]
    images = sorted(ours, key=lambda i: (i["id"] * 7919) % 10007)
    for image in images:
        rows = [a["bbox"] for a in said["annotations"] if a["image_id"] == image["id"]]
        yield read_image(root / "coco/images" / image["file_name"]), np.array(rows, np.float64).reshape(-1, 4)


def empty_part(picture: Pixels, people: Floats) -> Pixels | None:
    """The largest of the parts left, right, above and below everyone's boxes, if it is large enough."""
    height, width = picture.shape[:2]
    left, top = np.floor(people[:, :2].min(0)).astype(int)
    right, bottom = np.ceil((people[:, :2] + people[:, 2:]).max(0)).astype(int)
    parts = [picture[:, : max(0, left)], picture[:, right:], picture[: max(0, top)], picture[bottom:]]
    best = max(parts, key=lambda p: p.shape[0] * p.shape[1])
    large = min(best.shape[0] / height, best.shape[1] / width) >= WIDE
    return np.ascontiguousarray(best) if large else None


def compare(predictor: Predictor, find: finders.Finder, *pictures: list[Pixels]) -> dict[str, float]:
    """The threshold and both errors, of pictures with people and pictures without."""
    pipeline = Pipeline(predictor, lambda picture: finders.most(find(picture), CANDIDATES))
    there, nobody = (np.array([best(pipeline, p) for p in tqdm(part)]) for part in pictures)
    chosen = threshold(there[::2], nobody[::2])
    area = auc(np.concatenate([there, nobody]), np.arange(len(there) + len(nobody)) < len(there))
    found = {
        "missed_by_default": (there < LEAST).mean(), "dreamt_by_default": (nobody >= LEAST).mean(),
        "least": chosen, "people_missed": (there[1::2] < chosen).mean(),
        "people_dreamt": (nobody[1::2] >= chosen).mean(), "auc": area,
    }  # fmt: skip
    counts = {"with_people": len(there), "without": len(nobody)}
    return {name: round(float(value), 3) for name, value in found.items()} | counts


def best(pipeline: Pipeline, picture: Pixels) -> float:
    """The best person's score; 0 where nobody is found."""
    found = pipeline.one(Frame("", 0, None, picture)).person_scores
    return 0.0 if found is None or not len(found) else float(found.max())


def threshold(there: Floats, nobody: Floats) -> float:
    """The score at which the mean of both errors is least, in the middle of those equally good."""
    tried = np.linspace(0, 1, 201)
    errors = np.array([(there < t).mean() + (nobody >= t).mean() for t in tried])
    return float(np.median(tried[errors <= errors.min() + 1e-9]))


if __name__ == "__main__":
    main()
