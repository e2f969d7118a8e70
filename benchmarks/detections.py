"""Labelled people as a detector and a pose model give them: missed, unsure, found twice, or not there at all.

Shares are about those of RTMDet-nano and `body-compact` on 36 pictures of COCO's training part with several people:
half of the people score below 0.4, the lower where they overlap; a tenth of the poses below 0.3 are second ones of
somebody, and as many are of nobody, most of them below 0.25. How long somebody stays unsure and a ghost stays are
guesses: a person's quality is a first-order process (0.8 from frame to frame, at 25 a second), a ghost stays four
frames on average.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.poses import Poses
from deeppose.skeleton import LSP

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GHOSTS, STAY = 0.12, 0.75
"""New ghosts a frame, and the share that is still there in the next."""

SEEN = 0.12
"""Who scores less is missed."""


@dataclass(eq=False)
class Camera:
    """What a frame after the other is seen of one video's P people.

    Attributes:
        people: P.
        shapes: (M, K, 2) poses that ghosts have, around 0.
        extent: (2, 2) corners of the part of the picture in which they appear.
        random: everything's.
    """

    people: int
    shapes: Floats
    extent: Floats
    random: np.random.Generator

    def __post_init__(self) -> None:
        self._own = self.random.normal(0, 0.5, self.people)
        self._quality = self.random.normal(0, 1, self.people)
        self._ghosts: list[tuple[Floats, float]] = []

    def step(self) -> None:
        """A 25th of a second passes."""
        self._quality = 0.8 * self._quality + 0.6 * self.random.normal(0, 1, self.people)
        self._ghosts = [ghost for ghost in self._ghosts if self.random.random() < STAY]
        if self.random.random() < GHOSTS:
            at = self.shapes[self.random.integers(len(self.shapes))] + self.random.uniform(*self.extent)
            self._ghosts.append((at, min(self.random.exponential(0.08) + 0.12, 0.5)))

    def seen(self, there: Ints, true: Floats, known: Floats, crowded: Floats) -> Poses:
        """Poses, surest first.

        Args:
            there: (P',) who is in the frame.
            true: (P', K, 2).
            known: (P', K) 1 where labelled; other joints score nothing.
            crowded: (P',) the largest overlap with somebody else.
        """
        score = 1 / (1 + np.exp(-(0.1 + 0.75 * (self._quality + self._own)[there] - 1.2 * crowded)))
        found = np.flatnonzero((score >= SEEN) & (self.random.random(len(there)) > 0.03))
        twice = found[self.random.random(len(found)) < 0.1 * (1 - score[found])]
        parts = [
            (self._moved(true[found], 0.01 + 0.04 * (1 - score[found]) ** 2), score[found], known[found]),
            (self._moved(true[twice], np.full(len(twice), 0.04)), 0.6 * score[twice], known[twice]),
            *((self._moved(g[None], np.array([0.03])), np.array([s]), np.ones((1, len(LSP)))) for g, s in self._ghosts),
        ]  # fmt: skip
        joints, scores, labelled = (np.concatenate(each) for each in zip(*parts, strict=True))
        order = np.argsort(-scores)
        each = (scores[:, None] * np.maximum(labelled, 0.05))[order]
        return Poses(LSP, joints[order], each, np.zeros((len(order), 4)), person_scores=scores[order])

    def _moved(self, joints: Floats, share: Floats) -> Floats:
        size = np.ptp(joints, axis=1).max(1) if len(joints) else np.zeros(0)
        return joints + self.random.normal(0, 1, joints.shape) * (share * size)[:, None, None]


def cameras(
    videos: list[tuple[Floats, Floats]], whole: Callable[[Floats, Floats], Floats]
) -> Iterator[Camera]:
    """One a video of joints (T, P, K, 2) and whether labelled (T, P, K); ghosts look like people of all of them."""
    every = [whole(j[::10], k[::10])[k[::10].sum(-1) >= 12] for j, k in videos]
    shapes = np.concatenate(every)
    shapes = shapes - shapes.mean(1, keepdims=True)
    for n, (joints, known) in enumerate(videos):
        places = joints[known > 0]
        extent = np.stack([places.min(0), places.max(0)])
        yield Camera(joints.shape[1], shapes, extent, np.random.default_rng(n))
