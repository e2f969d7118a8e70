"""From a detector's boxes to the cascade's: the margin that fits best, and what each costs.

    python benchmarks/margins.py rtmdet_nano_person.onnx yolox_nano.onnx --root DATA

Fitted on every other of some whole people of LSPet's first 9000, measured on those between; on people of LSP train and
of COCO's training part (`coco/people-train.json`) nothing is fitted. A margin's cost is the cascade's PDJ@0.2 from its
boxes beside that from ground-truth boxes of the same people. Writes benchmarks/results/margins.json.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from common import asked, keep
from numpy.typing import NDArray

import deeppose
from deeppose.data import datasets
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import tight_box
from deeppose.data.coco import read_coco
from deeppose.data.images import read_image
from deeppose.data.mapping import mapping
from deeppose.evaluation import joints as metrics
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.finders.margins import COCO, Margin
from deeppose.inference.finders.overlap import overlaps

Floats = NDArray[np.float64]

SURE, SAME = 0.3, 0.4
"""A labelled person is found by a box of such a score that overlaps their own (IoU) so much."""

NONE = Margin(0.0, 0.0, 0.0)


def main() -> None:
    """Fit, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("detectors", nargs="+", type=Path)
    parser.add_argument("--people", type=int, default=160, help="of each data set")
    args = parser.parse_args()
    people = material(args.root, args.people)
    result = {path.stem: of_detector(DetectorFile(path, threads=1), people) for path in args.detectors}
    keep("margins", result)


def material(root: Path, count: int) -> dict[str, Dataset]:
    """Whole people of three data sets, evenly drawn."""
    sets = {
        "lspet": datasets.read("lspet", root, "first-9000"),
        "lsp": datasets.read("lsp", root, "train"),
        "coco": read_coco(root / "coco/people-train.json", "train"),
    }
    return {name: _some(dataset, count, 14 if name != "coco" else 12) for name, dataset in sets.items()}


def _some(dataset: Dataset, count: int, joints: int) -> Dataset:
    whole = [a for a in dataset.annotations if a.labelled.sum() >= joints]
    kept = [whole[i] for i in np.linspace(0, len(whole) - 1, min(count, len(whole))).astype(int)]
    return Dataset(dataset.name, dataset.split, dataset.skeleton, kept, dataset.labels)


def of_detector(detector: DetectorFile, people: dict[str, Dataset]) -> dict[str, Any]:
    """The fitted margin and every margin's cost on each data set."""
    found = {name: [match(detector, a) for a in dataset.annotations] for name, dataset in people.items()}
    fitted = fit(people["lspet"].annotations[::2], found["lspet"][::2])
    tried = {"none": NONE, "coco": COCO, "fitted": fitted}
    result: dict[str, Any] = {"margin": {k: round(v, 3) for k, v in asdict(fitted).items()}}
    predictor = deeppose.Predictor(threads=1)
    for name, dataset in people.items():
        part = slice(1, None, 2) if name == "lspet" else slice(None)
        pairs = [
            (a, b) for a, b in zip(dataset.annotations[part], found[name][part], strict=True) if b is not None
        ]
        costs = {label: cost(predictor, dataset, pairs, margin) for label, margin in tried.items()}
        costs["ground truth"] = cost(predictor, dataset, pairs, None)
        result[name] = {"people": len(dataset.annotations[part]), "found": len(pairs), **costs}
    return result


def match(detector: DetectorFile, person: Annotation) -> Floats | None:
    """The detector's own box (4,) of a labelled person, or None."""
    found = detector.raw(read_image(person.image))
    sure = found.boxes[found.scores >= SURE]
    fit = overlaps(sure, tight_box(person.joints, person.labelled, 0.08)[None])[:, 0] if len(sure) else []
    return sure[np.argmax(fit)] if len(fit) and np.max(fit) >= SAME else None


def fit(people: list[Annotation], boxes: list[Floats | None]) -> Margin:
    """The median distance from the detector's edges to the cascade's, in shares of the detector's longer side."""
    pairs = [
        (tight_box(a.joints, a.labelled), b) for a, b in zip(people, boxes, strict=True) if b is not None
    ]
    true, own = np.stack([t for t, _ in pairs]), np.stack([b for _, b in pairs])
    longer = own[:, 2:].max(1, keepdims=True)
    low = ((own[:, :2] - own[:, 2:] / 2) - (true[:, :2] - true[:, 2:] / 2)) / longer
    high = ((true[:, :2] + true[:, 2:] / 2) - (own[:, :2] + own[:, 2:] / 2)) / longer
    side = np.concatenate([low[:, 0], high[:, 0]])
    return Margin(*(float(np.median(v).round(3)) for v in (low[:, 1], high[:, 1], side)))


def cost(
    predictor: deeppose.Predictor,
    dataset: Dataset,
    pairs: list[tuple[Annotation, Floats]],
    margin: Margin | None,
) -> dict[str, float]:
    """Mean IoU with the cascade's box and PDJ@0.2 of the joints both skeletons have; None for ground-truth boxes."""
    ious, poses = [], []
    for person, box in pairs:
        picture = read_image(person.image)
        true = tight_box(person.joints, person.labelled)
        used = true[None] if margin is None else margin(box[None], np.array(picture.shape[1::-1], np.float64))
        ious.append(overlaps(used, true[None])[0, 0])
        poses.append(predictor.predict(picture, used).joints[0])
    ours = mapping(predictor.card.skeleton, dataset.skeleton)
    guessed, shared = ours(np.stack(poses), np.ones((len(poses), len(predictor.card.skeleton)), bool))
    truth, labelled = np.stack([a.joints for a, _ in pairs]), np.stack([a.labelled for a, _ in pairs])
    counts = metrics.pdj(truth, labelled & shared, guessed, dataset.skeleton, np.array([0.2]), "preferred")
    return {"iou": round(float(np.mean(ious)), 3), "pdj_0.2": round(float(counts.mean()[0]), 3)}


if __name__ == "__main__":
    main()
