"""The predictor: any picture in, poses out. NumPy at both ends, no torch."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from deeppose.data.images import Range, Source, as_rgb
from deeppose.errors import ConfigError
from deeppose.inference import finders
from deeppose.inference.estimator import Estimator
from deeppose.inference.finders.fixed import FullImage, GivenBoxes
from deeppose.inference.found import Finder, Found
from deeppose.inference.people import LEAST, share, some
from deeppose.inference.pipeline import Pipeline
from deeppose.poses import Poses

Picture = Source | NDArray[Any] | Image.Image
"""What `data.images.as_rgb` takes."""


class How(TypedDict, total=False):
    """The keywords of `Predictor.predict`."""

    full_image: bool
    people: int | None
    min_person: float | None
    bgr: bool
    value_range: Range | None


class Predictor(Estimator):
    """Finds people in pictures, and their joints, with one model.

    Arguments and errors are those of `deeppose.load`.
    """

    @overload
    def predict(self, image: list[Picture] | tuple[Picture, ...], **how: Unpack[How]) -> list[Poses]: ...

    @overload
    def predict(
        self, image: Picture, boxes: ArrayLike | Found | None = None, turns: int = 1, **how: Unpack[How]
    ) -> Poses: ...

    def predict(
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
        pipeline = Pipeline(self, finder, turns, least=least, most=some(people))
        placed = [pipeline.place(as_rgb(each, bgr=bgr, value_range=value_range)) for each in pictures]
        poses = pipeline.poses(placed)
        return poses if several else poses[0]

    def find(self, picture: NDArray[np.uint8]) -> Found:
        """The people of a picture (H, W, 3) uint8 RGB, by `finders.of_model`'s; it is loaded when first asked."""
        return self._people(picture)

    @cached_property
    def _people(self) -> Finder:
        _, threads, device, _ = self._options
        return finders.of_model(self.card, lambda: finders.default(threads, device))

    def _finder_for(self, boxes: ArrayLike | Found | None, full_image: bool) -> Finder:
        if boxes is not None and full_image:
            raise ConfigError("boxes and full_image exclude each other: leave one of them out")
        if full_image:
            return FullImage()
        if isinstance(boxes, Found):
            return lambda _: boxes
        return self.find if boxes is None else GivenBoxes(boxes)
