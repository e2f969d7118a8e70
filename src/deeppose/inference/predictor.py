"""The predictor: pictures and boxes in, poses out. NumPy at both ends, no torch.

Three steps, so that the people of several pictures can be run together: `place` (picture and people to canvases),
`run` (canvases to joints in canvas pixels), `lift` (back to the picture). `predict` takes all three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeppose.data.images import as_rgb
from deeppose.inference.card import Card
from deeppose.inference.finders import Finder, Found
from deeppose.inference.finders.fixed import FullImage, GivenBoxes
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.people import person_scores
from deeppose.inference.placing import Placed, lift, place
from deeppose.poses import Poses

Answer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Joints (n, S, K, 2) in canvas pixels and scores (n, S, K)."""

CHUNK = 8
"""People run at once: enough to keep two cores busy, few enough to bound the memory of S x K joint crops each."""


class Predictor:
    """Finds the joints of people in pictures with one model. It can be pickled: a worker loads the same file again.

    Args:
        model: a file written by `deeppose export`, or the name of weights that ship ("flic-compact"); None for
            "lsp-compact".
        threads: CPU threads; None for one a physical core.
        providers: of ONNX Runtime, the preferred first; None for the CPU.

    Raises:
        ModelError: the model is missing or not one of ours.
        ConfigError: fewer than one thread, or a provider that this ONNX Runtime lacks.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        threads: int | None = None,
        providers: Sequence[str] | None = None,
    ) -> None:
        self._options = (model, threads, providers)
        self._model = OnnxModel(model, threads, providers)
        self._identity: str | None = None

    def __reduce__(self) -> tuple[type[Predictor], tuple[object, ...]]:
        return type(self), self._options

    def __repr__(self) -> str:
        return (
            f"Predictor({self.card.name!r}, skeleton={self.card.skeleton.name!r}, stages={self.card.stages})"
        )

    @property
    def card(self) -> Card:
        """What the model says about itself: name, skeleton, stages."""
        return self._model.card

    @property
    def path(self) -> Path:
        """The model's file."""
        return self._model.path

    @property
    def identity(self) -> str:
        """The model's name and the first twelve digits of its file's SHA-256, as records keep them."""
        if self._identity is None:
            with self.path.open("rb") as file:
                self._identity = f"{self.card.name} {hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"
        return self._identity

    def predict(
        self,
        image: NDArray[np.uint8] | str | Path,
        boxes: ArrayLike | Found | None = None,
        turns: int = 1,
    ) -> Poses:
        """The pose in every box, in pixels of the picture.

        Args:
            image: a file, or (H, W, 3) RGB or (H, W) grey of uint8.
            boxes: (N, 4) or (4,) cx, cy, w, h in pixels, one person each, or what a finder found; None for one
                person, the full image.
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
        picture = as_rgb(image)
        placed = self.place(picture, _people(boxes, picture), turns)
        (answer,) = self.run([placed])
        return self.lift(placed, answer)

    def place(self, picture: NDArray[np.uint8], found: Found, turns: int = 1) -> Placed:
        """The people of a picture (H, W, 3) uint8 RGB on canvases."""
        return place(picture, found, turns, self.card.context, self.card.canvas)

    def run(self, placed: Sequence[Placed]) -> list[Answer]:
        """The joints of everyone placed, `CHUNK` canvases at a time, in canvas pixels.

        What is run together may differ in a score's last bit from what is run apart (the joints do not): who must
        have the same bytes again runs one picture at a time.
        """
        canvases = [canvas for each in placed for canvas in each.canvases]
        boxes = np.concatenate([each.boxes for each in placed])
        size = (len(canvases), self.card.stages, len(self.card.skeleton))
        joints, scores = np.zeros((*size, 2), np.float32), np.zeros(size, np.float32)
        for start in range(0, len(canvases), CHUNK):
            part = slice(start, start + CHUNK)
            pixels = np.stack([canvas.pixels for canvas in canvases[part]])
            joints[part], scores[part] = self._model.run(pixels, boxes[part])
        ends = np.cumsum([len(each) for each in placed])[:-1]
        return list(zip(np.split(joints, ends), np.split(scores, ends), strict=True))

    def lift(self, placed: Placed, answer: Answer) -> Poses:
        """The poses in pixels of the picture."""
        joints, scores = lift(placed, *answer)
        found, last = placed.found, scores[:, -1]
        return Poses(
            self.card.skeleton, joints[:, -1], last, found.boxes, joints, scores,
            person_scores=person_scores(found, last), box_scores=found.scores,
        )  # fmt: skip


def _people(boxes: ArrayLike | Found | None, picture: NDArray[np.uint8]) -> Found:
    if isinstance(boxes, Found):
        return boxes
    finder: Finder = FullImage() if boxes is None else GivenBoxes(boxes)
    return finder(picture)
