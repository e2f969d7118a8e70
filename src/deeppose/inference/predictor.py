"""The predictor: pictures and boxes in, poses out. NumPy at both ends, no torch.

Three steps, so that the people of several pictures can be run together: `place` (picture and people to canvases),
`run` (canvases to joints in canvas pixels), `lift` (back to the picture). `predict` takes all three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from deeppose import skeleton as skeletons
from deeppose.data.images import Range, Source, as_rgb
from deeppose.errors import ConfigError
from deeppose.inference import finders
from deeppose.inference.card import Card
from deeppose.inference.finders.fixed import FullImage, GivenBoxes
from deeppose.inference.finders.found import Finder, Found
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.people import LEAST, kept, person_scores, share, some
from deeppose.inference.placing import Placed, lift, place
from deeppose.inference.view import View
from deeppose.poses import Poses

Answer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Joints (n, S, K, 2) in canvas pixels and scores (n, S, K)."""

Picture = Source | NDArray[Any] | Image.Image
"""What `data.images.as_rgb` takes."""

CHUNK = 8
"""People run at once: enough to keep two cores busy, few enough to bound the memory of S x K joint crops each."""


class Predictor:
    """Finds the joints of people in pictures with one model. It can be pickled: a worker loads the same file again.

    Args:
        model: a file written by `deeppose export`, or the name of weights that ship ("flic-compact"); None for
            "body-compact".
        threads: CPU threads; None for the default.
        device: cpu, cuda (extra `cuda`) or openvino (extra `openvino`).
        skeleton: the joints to answer with, by name ("coco"), if the model has them; None for its own.

    Raises:
        ModelError: the model is missing or not one of ours.
        ConfigError: threads that are no number of 1 or more, or a device or joints that are not
            there.
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
        self._finder: Finder | None = None
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
        return replace(self._model.card, skeleton=self._view.target)

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

    @overload
    def predict(self, image: list[Picture] | tuple[Picture, ...], **how: Any) -> list[Poses]: ...

    @overload
    def predict(
        self, image: Picture, boxes: ArrayLike | Found | None = None, turns: int = 1, **how: Any
    ) -> Poses: ...

    def predict(  # type: ignore[misc]  # the keywords are spelled out here alone
        self,
        image: Picture | list[Picture] | tuple[Picture, ...],
        boxes: ArrayLike | Found | None = None,
        turns: int = 1,
        *,
        full_image: bool = False,
        people: int | None = None,
        min_person: float | None = None,
        bgr: bool = False,
        value_range: Range | None = None,
    ) -> Poses | list[Poses]:
        """The poses of the people in a picture, in its pixels: they are looked for, as `deeppose predict` does.

        Args:
            image: a file, its content, an open file, a Pillow picture, or an array (H, W), (H, W, 3) or (H, W, 4) of
                uint8, uint16, or floats from 0 to 1; or a list of such pictures, which are looked at together.
            boxes: (N, 4) or (4,) cx, cy, w, h in pixels, one person each, or what a finder found: look for nobody.
            turns: 1 looks at the picture as it is; 2 also upside down, for acrobats; 4 also on either side. Each
                person keeps the look whose scores are highest on average.
            full_image: the whole picture is one person, as in the paper on LSP: look for nobody. So it is without boxes
                for a model trained on whole pictures (its metadata's "box").
            people: at most so many, the best; None for all found.
            min_person: who scores less is nobody; by default as measured, and 0 with `boxes` and `full_image`.
            bgr: the colours of an array are in OpenCV's order.
            value_range: which values of a deep or float picture are black and white, or "auto".

        Returns:
            Poses with joints (N, K, 2) and scores (N, K) of the last stage, and those of all S stages,
            `stages` (N, S, K, 2) and `stage_scores` (N, S, K); N may be 0. A score is the model's own confidence in
            [0, 1], except that a joint outside the picture scores at most `OUTSIDE`. Of a list of pictures a list.

        Raises:
            ImageError: the picture cannot be read, or the array is not one.
            ConfigError: a box is not four finite numbers, has no area, or lies outside the picture; `turns` is none of
                `TURNS`; or `people` or `min_person` mean nothing.
        """
        several = isinstance(image, list | tuple)
        pictures = image if isinstance(image, list | tuple) else [image]
        if several and boxes is not None:
            raise ConfigError("boxes belong to one picture: call predict once a picture, or leave boxes out")
        full_image = full_image or (boxes is None and self.card.whole)
        finder = self._finder_for(boxes, full_image)
        sought = boxes is None and not full_image
        least = (LEAST if sought else 0.0) if min_person is None else share(min_person)
        placed = []
        for each in pictures:
            pixels = as_rgb(each, bgr=bgr, value_range=value_range)
            found = finders.most(boxes if isinstance(boxes, Found) else finder(pixels), None, least)
            placed.append(self.place(pixels, found, turns))
        answers = self.run(placed) if placed else []
        poses = [
            kept(self.lift(at, answer), least, some(people))
            for at, answer in zip(placed, answers, strict=True)
        ]
        return poses if several else poses[0]

    def find(self, picture: NDArray[np.uint8]) -> Found:
        """The people of a picture (H, W, 3) uint8 RGB, by `finders.of_model`'s; it is loaded when first asked."""
        if self._finder is None:
            _, threads, device, _ = self._options
            self._finder = finders.of_model(self.card, lambda: finders.default(threads, device))
        return self._finder(picture)

    def _finder_for(self, boxes: ArrayLike | Found | None, full_image: bool) -> Finder:
        if boxes is not None and full_image:
            raise ConfigError("boxes and full_image exclude each other: leave one of them out")
        if full_image:
            return FullImage()
        return self.find if boxes is None or isinstance(boxes, Found) else GivenBoxes(boxes)

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
