"""Which frames to label next: where the model is unsure, disagrees with itself, or sees what it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from deeppose.data.canvas import cut
from deeppose.errors import ModelError
from deeppose.inference.frames import Frame
from deeppose.model import confidence, looks
from deeppose.model.cascade import Cascade
from deeppose.model.regressor import Estimate
from deeppose.training.own.result import FEATURES
from deeppose.types import Floats

SIGNS = ("unsure", "stages", "mirrored", "unseen")
"""What is ranked: 1 - score; how far the last stage moved from the first; how far the mirrored picture's answer lies
from this one's; how far the picture is from every training picture in the trunk's features."""


@dataclass(frozen=True, eq=False)
class Suggestion:
    """One frame: its four signs, its rank's value, and what the model predicts in it.

    Attributes:
        signs: each of `SIGNS`, in units of its own.
        expected: mean of the signs' ranks among all frames, 0 to 1; the higher, the sooner to label.
        joints: (K, 2) pixels. scores: (K,).
    """

    frame: Frame
    signs: dict[str, float]
    expected: float
    joints: Floats
    scores: Floats


@torch.no_grad()
def look_at(cascade: Cascade, frame: Frame, known: torch.Tensor) -> tuple[list[float], Floats, Floats]:
    """The signs of one frame, seen whole, and joints and scores in its pixels."""
    height, width = frame.pixels.shape[:2]
    box = np.array([width / 2, height / 2, width, height], np.float64)
    canvas = cut(frame.pixels, box * [1, 1, *[cascade.config.context] * 2], cascade.config.canvas)
    pixels = torch.from_numpy(canvas.pixels)[None]
    boxes = torch.from_numpy(canvas.box_to_canvas(box)).float()[None]
    straight = cascade(cascade.prepare(pixels), boxes)
    side = pixels.shape[2]
    turned = boxes * torch.tensor([-1.0, 1, 1, 1]) + torch.tensor([float(side), 0, 0, 0])
    mirrored = cascade(cascade.prepare(pixels.flip(2)), turned)
    last = straight.joints[:, -1]
    back = looks.mirror_joints(mirrored.joints[:, -1], float(side), cascade.skeleton.mirror)
    diam = cascade.diameter(last)[:, None]
    scores = confidence.scores(cascade, straight)[0, -1]
    signs = [
        float(1 - scores.mean()), float(((last - straight.joints[:, 0]).norm(dim=-1) / diam).mean()),
        float(((last - back).norm(dim=-1) / diam).mean()) if cascade.config.flip else 0.0, _unseen(straight, known),
    ]  # fmt: skip
    return signs, canvas.to_picture(last[0].double().numpy()), scores.double().numpy()


def _unseen(estimate: Estimate, known: torch.Tensor) -> float:
    """Distance to the nearest training picture in the trunk's features, each of unit variance."""
    if estimate.context is None or not len(known):
        return 0.0
    spread = known.std(0).clamp_min(1e-6)
    return float(((known - estimate.context) / spread).square().mean(1).min().sqrt())


def ranked(rows: list[tuple[Frame, list[float], Floats, Floats]], count: int) -> list[Suggestion]:
    """The frames to label first: by the mean rank of their signs; near repeats of one already chosen come last."""
    signs = np.array([row[1] for row in rows])
    ranks = np.stack([_rank(column) for column in signs.T], axis=1)
    expected = ranks.mean(1)
    chosen: list[Suggestion] = []
    for i in np.argsort(-expected, kind="stable"):
        frame, values, joints, scores = rows[i]
        if any(_neighbours(frame, one.frame) for one in chosen):
            continue
        chosen.append(
            Suggestion(frame, dict(zip(SIGNS, values, strict=True)), float(expected[i]), joints, scores)
        )
        if len(chosen) == count:
            break
    return chosen


def _rank(values: Floats) -> Floats:
    """0 for the least to 1 for the most; equal values share their mean rank."""
    unique, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    del unique
    return np.asarray(((ends - (counts + 1) / 2) / max(len(values) - 1, 1))[which])


def _neighbours(a: Frame, b: Frame) -> bool:
    """Frames of one film less than half a second, or ten frames without times, apart."""
    if a.source != b.source:
        return False
    if a.time is None or b.time is None:
        return abs(a.index - b.index) < 10
    return abs(a.time - b.time) < 0.5


def known_features(run: Path) -> torch.Tensor:
    """(N, F) features of a run's training pictures; empty where the networks have none.

    Raises:
        ModelError: the run is not finished.
    """
    file = run / FEATURES
    if not file.is_file():
        raise ModelError(f"{run}: has no {FEATURES}; let `deeppose train own` finish there first")
    features: torch.Tensor | None = torch.load(file, weights_only=True)
    return torch.zeros(0, 0) if features is None else features
