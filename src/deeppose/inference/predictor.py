"""The predictor: pictures and boxes in, poses out. NumPy at both ends, no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeppose.data.canvas import Canvas, cut
from deeppose.data.images import as_rgb
from deeppose.errors import ConfigError
from deeppose.inference.onnx_model import Card, OnnxModel
from deeppose.poses import Poses

Floats = NDArray[np.float64]

CHUNK = 8
"""People run at once: enough to keep two cores busy, few enough to bound the memory of S x K joint crops each."""

TURNS = {1: (0,), 2: (0, 2), 4: (0, 1, 2, 3)}
"""How many looks at a picture, and the quarter turns of each."""

OUTSIDE = 0.1
"""The most a joint outside the picture may score: nobody can see it there, whatever the network believes."""


class Predictor:
    """Finds the joints of people in pictures with one model.

    Args:
        model: a file written by `deeppose export`, or the name of weights that ship ("flic-compact"); None for
            "lsp-compact".
        threads: CPU threads; None for one a physical core.

    Raises:
        ModelError: the model is missing or not one of ours.
    """

    def __init__(self, model: str | Path | None = None, threads: int | None = None) -> None:
        self._model = OnnxModel(model, threads)

    def __repr__(self) -> str:
        return (
            f"Predictor({self.card.name!r}, skeleton={self.card.skeleton.name!r}, stages={self.card.stages})"
        )

    @property
    def card(self) -> Card:
        """What the model says about itself: name, skeleton, stages."""
        return self._model.card

    def predict(
        self, image: NDArray[np.uint8] | str | Path, boxes: ArrayLike | None = None, turns: int = 1
    ) -> Poses:
        """The pose in every box, in pixels of the picture.

        Args:
            image: a file, or (H, W, 3) RGB or (H, W) grey of uint8.
            boxes: (N, 4) or (4,) cx, cy, w, h in pixels, one person each; None for one person, the full image.
            turns: 1 looks at the picture as it is; 2 also upside down, for acrobats; 4 also on either side. Each
                person keeps the look whose scores are highest on average.

        Returns:
            Poses with joints (N, K, 2) and scores (N, K) of the last stage, and those of all S stages,
            `stages` (N, S, K, 2) and `stage_scores` (N, S, K). A score is the model's own confidence in [0, 1],
            except that a joint outside the picture scores at most `OUTSIDE`.

        Raises:
            ImageError: the picture cannot be read, or the array is not one.
            ConfigError: a box is not four finite numbers, has no area, or lies outside the picture; or `turns` is
                none of `TURNS`.
        """
        if turns not in TURNS:
            raise ConfigError(f"turns must be 1, 2 or 4, not {turns}")
        picture = as_rgb(image)
        people = _boxes(boxes, picture.shape[:2])
        joints, scores = _surest([self._look(picture, people, quarters) for quarters in TURNS[turns]])
        return Poses(self.card.skeleton, joints[:, -1], scores[:, -1], people, joints, scores)

    def _look(self, picture: NDArray[np.uint8], people: Floats, quarters: int) -> tuple[Floats, Floats]:
        """Joints (N, S, K, 2) in pixels of the picture and scores (N, S, K), after quarter turns to the left."""
        seen = np.rot90(picture, quarters)
        boxes = turned_boxes(people, picture.shape[:2], quarters)
        size = (len(people), self.card.stages, len(self.card.skeleton))
        joints, scores = np.zeros((*size, 2)), np.zeros(size)
        for start in range(0, len(people), CHUNK):
            part = slice(start, start + CHUNK)
            joints[part], scores[part] = self._run(seen, boxes[part])
        scores = np.where(_inside(joints, seen.shape[:2]), scores, np.minimum(scores, OUTSIDE))
        return turned(joints, seen.shape[:2], -quarters), scores

    def _run(self, picture: NDArray[np.uint8], people: Floats) -> tuple[Floats, Floats]:
        """Joints (n, S, K, 2) in picture pixels and scores (n, S, K) of a few people."""
        grow = np.array([1.0, 1.0, self.card.context, self.card.context])
        canvases = [cut(picture, box * grow, self.card.canvas) for box in people]
        boxes = np.stack([c.box_to_canvas(b) for c, b in zip(canvases, people, strict=True)]).astype(
            np.float32
        )
        joints, scores = self._model.run(np.stack([c.pixels for c in canvases]), boxes)
        return _to_picture(canvases, joints), scores.astype(np.float64)


def turned(points: Floats, size: tuple[int, ...], quarters: int) -> Floats:
    """Points (..., 2) of a picture of `size` (H, W) after so many quarter turns to the left, as `np.rot90` turns it.

    >>> turned(np.array([[0.5, 0.5]]), (20, 30), 1)
    array([[ 0.5, 29.5]])
    """
    height, width = size
    for _ in range(quarters % 4):
        points = np.stack([points[..., 1], width - points[..., 0]], axis=-1)
        height, width = width, height
    return points


def turned_boxes(boxes: Floats, size: tuple[int, ...], quarters: int) -> Floats:
    """Boxes (N, 4) cx, cy, w, h after so many quarter turns to the left of a picture of `size` (H, W)."""
    sides = boxes[:, [3, 2]] if quarters % 2 else boxes[:, 2:]
    return np.concatenate([turned(boxes[:, :2], size, quarters), sides], axis=1)


def _surest(looks: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Of several looks at N people each person's with the highest mean score after the last stage."""
    joints, scores = (np.stack(parts) for parts in zip(*looks, strict=True))
    best = scores[:, :, -1].mean(-1).argmax(0), np.arange(joints.shape[1])
    return joints[best], scores[best]


def _to_picture(canvases: list[Canvas], joints: NDArray[Any]) -> Floats:
    """(n, …, 2) canvas pixels to picture pixels, each person with their own canvas."""
    return np.stack([c.to_picture(j.astype(np.float64)) for c, j in zip(canvases, joints, strict=True)])


def _inside(joints: Floats, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """(…,) whether x and y lie within a picture of `size` (H, W)."""
    high = np.array([size[1], size[0]])
    return np.asarray(((joints >= 0) & (joints <= high)).all(axis=-1))


def _boxes(boxes: ArrayLike | None, size: tuple[int, ...]) -> Floats:
    """(N, 4) checked boxes of a picture of `size` (H, W)."""
    height, width = size
    if boxes is None:
        return np.array([[width / 2, height / 2, width, height]])
    try:
        people = np.array(boxes, np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"boxes must be numbers, (N, 4) cx, cy, w, h in pixels: {error}") from error
    people = people[None] if people.shape == (4,) else people.reshape(0, 4) if people.size == 0 else people
    if people.ndim != 2 or people.shape[1] != 4:
        raise ConfigError(f"boxes must be (N, 4) cx, cy, w, h in pixels, not of shape {people.shape}")
    for box in people:
        _check(box, width, height)
    return people


def _check(box: Floats, width: int, height: int) -> None:
    shown = f"box cx, cy, w, h = {', '.join(f'{v:g}' for v in box)}"
    if not np.isfinite(box).all() or (box[2:] <= 0).any():
        raise ConfigError(f"{shown}: needs finite numbers and a width and height above zero")
    low, high = box[:2] - box[2:] / 2, box[:2] + box[2:] / 2
    if (high <= 0).any() or low[0] >= width or low[1] >= height:
        raise ConfigError(f"{shown}: lies outside the picture of {width} x {height} pixels")
