"""How many people a detector finds: COCO's average precision of boxes, and the recall of large people."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch

from deeppose.errors import ConfigError
from deeppose.inference.finders import Found, ranked
from deeppose.inference.finders.detector_file import suppress
from deeppose.inference.finders.letterbox import letterbox
from deeppose.rectangles import corner_and_size, overlaps
from deeppose.training.detector.network import PersonDetector
from deeppose.training.detector.scenes import Scene
from deeppose.types import Pixels

TALL = 0.25
"""A person is large whose box is taller than this share of the picture."""

SURE = 0.3
"""The least score of a box that counts as found, for recall."""


@dataclass(frozen=True)
class Score:
    """COCO's AP (IoU .50-.95), AP50, and the share of large people found by a box of `SURE` and IoU .50."""

    ap: float
    ap50: float
    recall_tall: float
    pictures: int
    people: int
    tall: int


def measure(scenes: Iterable[Scene], find: Callable[[Pixels], Found]) -> Score:
    """Ask a detector for the people of scenes, whose uncertain ones count neither way.

    Args:
        find: picture to boxes in COCO's convention with scores.

    Raises:
        ConfigError: faster-coco-eval is not installed.
    """
    shown = list(scenes)
    answers = [find(scene.pixels) for scene in shown]
    found, tall = recall_of_tall(shown, answers)
    ap, ap50 = average_precision(shown, answers)
    people = sum(int(s.known.sum()) for s in shown)
    return Score(ap, ap50, found / max(1, tall), len(shown), people, tall)


def average_precision(scenes: list[Scene], answers: list[Found]) -> tuple[float, float]:
    """AP and AP50 by faster-coco-eval.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as error:
        raise ConfigError("average precision needs faster-coco-eval: pip install 'deeppose[coco]'") from error
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(_truth(scenes))
        rows = [
            {"image_id": i, "category_id": 1, "bbox": corner_and_size(box).tolist(), "score": float(score)}
            for i, found in enumerate(answers, 1)
            for box, score in zip(found.boxes, found.scores, strict=True)
        ]
        if not rows:
            return 0.0, 0.0
        evaluation = COCOeval_faster(truth, truth.loadRes(rows), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0]), float(evaluation.stats[1])


def _truth(scenes: list[Scene]) -> dict[str, object]:
    people = [
        {
            "id": 0, "image_id": i, "category_id": 1, "iscrowd": int(not known),
            "area": float(np.prod(box[2:] - box[:2])), "bbox": [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()],
        }
        for i, scene in enumerate(scenes, 1)
        for box, known in zip(scene.people, scene.known, strict=True)
    ]  # fmt: skip
    images = [
        {"id": i, "height": s.pixels.shape[0], "width": s.pixels.shape[1]} for i, s in enumerate(scenes, 1)
    ]
    numbered = [{**person, "id": n} for n, person in enumerate(people, 1)]
    return {"images": images, "annotations": numbered, "categories": [{"id": 1, "name": "person"}]}


def recall_of_tall(scenes: list[Scene], answers: list[Found]) -> tuple[int, int]:
    """How many people taller than `TALL` of their picture are found, and how many there are."""
    found = tall = 0
    for scene, answer in zip(scenes, answers, strict=True):
        sides = scene.people[:, 2:] - scene.people[:, :2]
        large = scene.known & (sides[:, 1] > TALL * scene.pixels.shape[0])
        true = np.concatenate([(scene.people[:, :2] + scene.people[:, 2:]) / 2, sides], 1)[large]
        sure = answer.boxes[answer.scores >= SURE]
        tall += len(true)
        found += int((overlaps(true, sure).max(1) >= 0.5).sum()) if len(sure) and len(true) else 0
    return found, tall


class Untold:
    """A network in training as a finder, without a file: boxes in COCO's convention."""

    def __init__(self, network: PersonDetector, side: int) -> None:
        self.network, self.side = network.eval(), side

    @torch.no_grad()
    def __call__(self, picture: Pixels) -> Found:
        """People, best first."""
        box = letterbox(picture, self.side)
        pixels = torch.from_numpy(box.pixels)[None].permute(0, 3, 1, 2).float() / 127.5 - 1
        logits, boxes = self.network(pixels.contiguous(memory_format=torch.channels_last))
        scores, corners = logits[0].sigmoid().double().numpy(), boxes[0].double().numpy()
        good = np.flatnonzero(scores >= 0.05)
        kept = good[suppress(corners[good], scores[good])]
        return ranked(box.to_picture(corners[kept]), scores[kept])
