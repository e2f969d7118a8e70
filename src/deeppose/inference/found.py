"""What a finder is and gives: picture in, boxes and scores out, best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deeppose.errors import ConfigError
from deeppose.types import Floats

LEAST = 0.05
"""Boxes of a detector that score less are nobody's."""


@dataclass(frozen=True, eq=False)
class Found:
    """People found in one picture, best first.

    Attributes:
        boxes: (N, 4) cx, cy, w, h in pixels, in the convention the cascade was trained with: the joints' extent and
            16 % of its longer side around, cut at the picture's edges.
        scores: (N,) in [0, 1]; 1 where somebody said so.
    """

    boxes: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.boxes)


class Finder(Protocol):
    """Finds people in pictures."""

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """The people of an (H, W, 3) uint8 RGB picture, best first; possibly nobody."""
        ...


def ranked(boxes: ArrayLike, scores: ArrayLike) -> Found:
    """Boxes (N, 4) cx, cy, w, h and scores (N,) in the order every finder answers in.

    The highest score first; of equal scores the larger box, then the one further left, then further up. The order
    depends on nothing else, so a picture gives the same people in the same order wherever it is read.

    >>> ranked([[5, 5, 2, 2], [9, 5, 4, 4], [3, 5, 4, 4]], [0.5, 0.5, 0.5]).boxes[:, 0].tolist()
    [3.0, 9.0, 5.0]
    """
    b = np.asarray(boxes, np.float64).reshape(-1, 4)
    s = np.asarray(scores, np.float64).reshape(-1)
    order = np.lexsort((b[:, 1], b[:, 0], -b[:, 2] * b[:, 3], -s))
    return Found(b[order], s[order])


def most(found: Found, people: int | None, least: float = 0.0) -> Found:
    """The `people` best whose score is at least `least`; None for all of those.

    Raises:
        ConfigError: fewer than one person.

    >>> len(most(ranked(np.ones((3, 4)), [0.9, 0.2, 0.6]), None, least=0.5))
    2
    """
    if people is not None and people < 1:
        raise ConfigError(f"people must be at least 1 or all, not {people}")
    kept = np.flatnonzero(found.scores >= least)[:people]
    return Found(found.boxes[kept], found.scores[kept])
