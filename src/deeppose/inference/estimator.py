"""One model in three steps, so that the people of several pictures can be run together.

`place` (picture and people to canvases), `run` (canvases to joints in canvas pixels), `lift` (back to the picture).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from deeppose import skeleton as skeletons
from deeppose.inference.card import Card
from deeppose.inference.found import Found
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.people import person_scores
from deeppose.inference.placing import Placed, lift, place
from deeppose.inference.view import View
from deeppose.poses import Poses

Answer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Joints (n, S, K, 2) in canvas pixels and scores (n, S, K)."""

CHUNK = 8
"""People run at once: enough to keep two cores busy, few enough to bound the memory of S x K joint crops each."""


class Estimator:
    """Finds the joints of people whose boxes are known. It can be pickled: a worker loads the same file again.

    Arguments and errors are those of `deeppose.load`.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        threads: int | None = None,
        device: str = "cpu",
        skeleton: str | None = None,
    ) -> None:
        self._options = (model, threads, device, skeleton)
        self._model = OnnxModel(model, threads, device)
        own = self._model.card.skeleton
        self._view = View(own, own if skeleton is None else skeletons.get(skeleton))

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), self._options

    def __repr__(self) -> str:
        card = self.card
        return f"{type(self).__name__}({card.name!r}, skeleton={card.skeleton.name!r}, stages={card.stages})"

    @property
    def card(self) -> Card:
        """What the model says about itself: name, skeleton, stages."""
        return replace(self._model.card, skeleton=self._view.target)

    @property
    def path(self) -> Path:
        """The model's file."""
        return self._model.path

    @cached_property
    def identity(self) -> str:
        """The model's name and the first twelve digits of its file's SHA-256, as records keep them."""
        with self.path.open("rb") as file:
            return f"{self.card.name} {hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"

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
        size = (len(canvases), self.card.stages, len(self._model.card.skeleton))
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
        poses = Poses(
            self._model.card.skeleton, joints[:, -1], last, found.boxes, joints, scores,
            person_scores=person_scores(found, last), box_scores=found.scores,
        )  # fmt: skip
        return self._view(poses)
