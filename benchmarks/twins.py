"""One photograph in two parts of a data set: which, and how well its two labels agree.

    python benchmarks/twins.py --root DATA

DATA holds LSP and LSPet. A twin is a person of LSP test who is in LSP train too, or one of LSPet's last 1000 who is
among the first 9000. Their crops, 24 x 24 grey pixels around the labels, correlate above 0.95 at some place within 8 %
and some size within 10 %; then one photograph is laid on the other (OpenCV's ECC, an affine map), and where that
succeeds the two labels of every joint are compared in its pixels. Twins whose labels differ by more than that are not
found, so labels agree a little less than it says.

Prints and writes benchmarks/results/twins.json: the pairs, and the share of joints of which one label lies within 0.1
and 0.2 torso diagonals of the other: about what a model's PDJ could reach.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any

import cv2
import numpy as np
from common import asked, keep
from numpy.typing import NDArray
from tqdm import tqdm

from deeppose.data import datasets
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import tight_box
from deeppose.data.doctor.photos import contrast
from deeppose.data.images import read_image
from deeppose.evaluation.joints import torso_sizes

Floats = NDArray[np.float64]
Grey = NDArray[np.uint8]

PARTS = (("LSP", "test", "train"), ("LSPet", "last-1000", "train"))
SIDE, LARGE = 24, 240
ALIKE, SAME = 0.95, 0.92
SHIFTS, SIZES = (-0.08, -0.04, 0, 0.04, 0.08), (0.9, 1.0, 1.1)
PLACES = tuple(product(SHIFTS, SHIFTS, SIZES))


def main() -> None:
    """Find, compare, print, write."""
    parser = asked(__doc__)
    args = parser.parse_args()
    result = {}
    for name, measured, trained in PARTS:
        folder = args.root / name.lower()
        parts = [datasets.read(name.lower(), folder, split) for split in (measured, trained)]
        result[name] = agreement(*parts, twins(*parts))
    keep("twins", result)


def twins(measured: Dataset, trained: Dataset) -> list[tuple[int, int]]:
    """Pairs of indices of people whose crops look the same, the best match of each measured one."""
    theirs = np.stack([look(person) for person in tqdm(trained.annotations, trained.split)])
    files = {person.image: i for i, person in enumerate(trained.annotations)}
    found = []
    for i, person in enumerate(tqdm(measured.annotations, measured.split)):
        match = (theirs @ np.stack([look(person, *place) for place in PLACES]).T).max(1)
        if person.image in files:
            match[files[person.image]] = -1
        if match.max() > ALIKE:
            found.append((i, int(match.argmax())))
    return found


def look(person: Annotation, x: float = 0, y: float = 0, size: float = 1) -> NDArray[np.float32]:
    """(SIDE * SIDE,) grey levels around the labels, zero mean, unit length; placed by shares of the box's side."""
    box = tight_box(person.joints, person.labelled, 0.05)
    side = box[2:].max()
    corner = box[:2] + side * (np.array([x, y]) - size / 2)
    return contrast(crop(person, corner, size * side, SIDE))


def crop(person: Annotation, corner: Floats, side: float, pixels: int) -> Grey:
    """(pixels, pixels) of a square of the picture, its edges repeated beyond them.

    Not a canvas, whose mid-grey there would tell one crop of a photograph from another: it loses five of the twins.
    """
    zoom = pixels / side
    picture = blurred(person, max(0.4 / zoom, 0.3))
    matrix = np.array([[zoom, 0, -corner[0] * zoom], [0, zoom, -corner[1] * zoom]])
    return np.asarray(
        cv2.warpAffine(picture, matrix, (pixels, pixels), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


@lru_cache(maxsize=len(SIZES))
def blurred(person: Annotation, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey(person), (0, 0), sigma), np.uint8)


@lru_cache(maxsize=2)
def grey(person: Annotation) -> Grey:
    return np.asarray(cv2.cvtColor(read_image(person.image), cv2.COLOR_RGB2GRAY), np.uint8)


def agreement(measured: Dataset, trained: Dataset, pairs: list[tuple[int, int]]) -> dict[str, Any]:
    """The pairs of one photograph, and how far their labels lie apart."""
    same, apart = [], []
    for i, j in pairs:
        a, b = measured.annotations[i], trained.annotations[j]
        moved, alike = mapped(a, b)
        if alike > SAME:
            same.append([a.image.name, b.image.name])
            scale, _ = torso_sizes(b.joints[None], b.labelled[None], trained.skeleton)
            apart.append((np.linalg.norm(moved - b.joints, axis=-1) / scale)[a.labelled & b.labelled])
    distances = np.concatenate(apart)
    return {
        "twins": len(same),
        "pairs": same,
        "joints": len(distances),
        "median": round(float(np.median(distances)), 3),
        "within": {f"{reach}": round(float((distances <= reach).mean()), 3) for reach in (0.1, 0.2)},
    }


def mapped(a: Annotation, b: Annotation) -> tuple[Floats, float]:
    """Joints (K, 2) of one person in the other's picture, and how well the pictures correlate, one on the other."""
    boxes = np.stack([tight_box(person.joints, person.labelled) for person in (a, b)])
    sides = boxes[:, 2:].max(-1)
    corners = boxes[:, :2] - sides[:, None] / 2
    zoom = LARGE / sides[0]
    start = np.array([[sides[1] / LARGE, 0, corners[1, 0]], [0, sides[1] / LARGE, corners[1, 1]]], np.float32)
    limit = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
    template = crop(a, corners[0], float(sides[0]), LARGE)
    try:
        alike, matrix = cv2.findTransformECC(template, grey(b), start, cv2.MOTION_AFFINE, limit, None, 5)
    except cv2.error:  # it did not converge: they are not one photograph
        return a.joints, 0.0
    joints = (a.joints - corners[0]) * zoom
    return np.asarray(joints @ matrix[:, :2].T + matrix[:, 2]), float(alike)


if __name__ == "__main__":
    main()
