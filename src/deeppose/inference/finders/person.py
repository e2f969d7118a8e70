"""Stage 0: where the most prominent person is in an uncropped picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data.images import as_rgb
from deeppose.errors import ModelError
from deeppose.inference.estimator import Estimator
from deeppose.inference.finders.fixed import FullImage
from deeppose.inference.found import Found
from deeppose.inference.pipeline import Pipeline
from deeppose.skeleton import BOX
from deeppose.types import Floats

MODEL = "person-box"
"""The weights that ship."""


class PersonFinder:
    """Finds one person's box, by a regressor of its four edges.

    Args:
        model: another model of skeleton "box": a file, or the name of weights that ship.
        threads: CPU threads; None for the default.
        device: cpu, cuda or openvino.

    Raises:
        ModelError: the model is missing, or predicts something else than boxes.
    """

    def __init__(self, model: str | Path = MODEL, threads: int | None = None, device: str = "cpu") -> None:
        estimator = Estimator(model, threads, device)
        found = estimator.card.skeleton
        if found != BOX:
            raise ModelError(f"{model}: predicts joints of skeleton {found.name}, not a box; name {MODEL}")
        self._pipeline = Pipeline(estimator, FullImage())

    def __call__(self, image: NDArray[np.uint8] | str | Path) -> Floats:
        """The box (1, 4) cx, cy, w, h in pixels; the full image where the edges found do not enclose anything.

        Args:
            image: as for `Predictor.predict`.

        Raises:
            ImageError: the picture cannot be read, or the array is not one.
        """
        picture = as_rgb(image)
        size = np.array([picture.shape[1], picture.shape[0]], np.float64)
        (edges,) = self._pipeline.poses([self._pipeline.place(picture)])
        top, bottom, left, right = edges.joints[0]
        low = np.clip([left[0], top[1]], 0, size)
        high = np.clip([right[0], bottom[1]], 0, size)
        if (high - low < 1).any():
            low, high = np.zeros(2), size
        return np.concatenate([(low + high) / 2, high - low])[None]


UNTOLD = 0.6
"""The score of a box whose finder cannot say that nobody is there. With the bound of people (`people.LEAST`) the joints
decide alone: somebody is there from about 0.2 of theirs on."""


@dataclass(frozen=True)
class MostProminent:
    """A `PersonFinder` as a `Finder`: always one person, who scores `UNTOLD`."""

    find: PersonFinder

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """The one box."""
        return Found(self.find(picture), np.full(1, UNTOLD))
