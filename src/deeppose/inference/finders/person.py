"""Stage 0: where the most prominent person is in an uncropped picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data.images import as_rgb
from deeppose.errors import ModelError
from deeppose.inference.finders.fixed import FullImage as FullImage
from deeppose.inference.finders.found import Found
from deeppose.inference.predictor import Predictor
from deeppose.skeleton import BOX

Floats = NDArray[np.float64]

MODEL = "person-box"
"""The weights that ship."""


class PersonFinder:
    """Finds one person's box, by a regressor of its four edges.

    Args:
        model: another model of skeleton "box": a file, or the name of weights that ship.
        threads: CPU threads; None for one a physical core.
        device: cpu, cuda or openvino.

    Raises:
        ModelError: the model is missing, or predicts something else than boxes.
    """

    def __init__(
        self,
        model: str | Path = MODEL,
        threads: int | None = None,
        device: str = "cpu",
    ) -> None:
        self._predictor = Predictor(model, threads, device)
        found = self._predictor.card.skeleton
        if found != BOX:
            raise ModelError(f"{model}: predicts joints of skeleton {found.name}, not a box; name {MODEL}")

    def __call__(self, image: NDArray[np.uint8] | str | Path) -> Floats:
        """The box (1, 4) cx, cy, w, h in pixels; the full image where the edges found do not enclose anything.

        Args:
            image: as for `Predictor.predict`.

        Raises:
            ImageError: the picture cannot be read, or the array is not one.
        """
        picture = as_rgb(image)
        size = np.array([picture.shape[1], picture.shape[0]], np.float64)
        top, bottom, left, right = self._predictor.predict(picture, full_image=True).joints[0]
        low = np.clip([left[0], top[1]], 0, size)
        high = np.clip([right[0], bottom[1]], 0, size)
        if (high - low < 1).any():
            low, high = np.zeros(2), size
        return np.concatenate([(low + high) / 2, high - low])[None]


class MostProminent:
    """`PersonFinder` as a `Finder`: always one person, who scores 1, for it cannot say that nobody is there."""

    def __init__(
        self,
        model: str | Path = MODEL,
        threads: int | None = None,
        device: str = "cpu",
    ) -> None:
        self._find = PersonFinder(model, threads, device)

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """The one box."""
        return Found(self._find(picture), np.ones(1))
