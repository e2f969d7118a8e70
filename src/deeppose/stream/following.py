"""A finder that looks for people every few frames only, and in between starts from where they were last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deeppose.data.boxes import tight_box
from deeppose.errors import ConfigError
from deeppose.inference.finders import Finder, Found
from deeppose.inference.likeness import distinct
from deeppose.inference.people import kept
from deeppose.poses import Poses
from deeppose.rectangles import corners
from deeppose.stream.tracks import Tracker
from deeppose.types import Floats

LOST = 0.3
"""Someone whose joints score less on average may no longer be there."""

SAME = 0.7
"""Two boxes that share so much of the smaller one may have come to stand on the same person."""

PRESENT = 0.3
"""Someone of whose box a smaller share is left in the picture is about to leave it."""


class Following:
    """Wraps a finder; the pipeline tells it by `observe` what became of each picture.

    It looks again at every `every`th picture, at once where someone is lost (low scores, out of the picture, two boxes
    on one person), and where nobody is followed.

    Args:
        finder: asked for people.
        every: 1 asks it every time.
        least, most: of whoever is found, so many of at least such a score are followed (`inference.people.kept`).

    Raises:
        ConfigError: `every` is less than 1.
    """

    def __init__(self, finder: Finder, every: int = 1, least: float = 0.0, most: int | None = None) -> None:
        if every < 1:
            raise ConfigError(f"det-every {every}: give how many frames one search serves, 1 or more")
        self._finder, self._every, self._least, self._most = finder, every, least, most
        self._age = 0
        self._followed: Found | None = None
        self._tracker: Tracker | None = None
        self._moving, self._sought = True, 0

    def begin(self, moving: bool) -> None:
        """Another source begins: nobody is followed into it, and in still pictures nobody is followed at all."""
        self._followed, self._tracker, self._age, self._moving = None, None, 0, moving

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """Boxes (N, 4) of people in an RGB picture, the finder's own or where those followed are expected."""
        followed = _within(self._followed, picture.shape[:2])
        if followed is None or self._age >= self._every or _crowded(followed.boxes):
            self._age, self._sought = 1, 0
            return self._finder(picture)
        self._age, self._sought = self._age + 1, len(followed)
        return followed

    def again(self, size: tuple[int, int], poses: Poses) -> None:
        """A picture of that size (W, H) was looked at before, and gave these poses: an interrupted run goes on."""
        finder, self._finder = self._finder, lambda _: Found(np.zeros((0, 4)), np.zeros(0))
        self(np.broadcast_to(np.uint8(0), (size[1], size[0], 3)))
        self._finder = finder
        self.observe(poses)

    def observe(self, poses: Poses) -> None:
        """What was found in the last picture, in whatever order; as exact as records are, so that `again` can be."""
        self._followed = None
        poses = poses if poses.person_scores is None else kept(distinct(poses), self._least, self._most)
        poses = replace(poses, joints=poses.joints.round(3), scores=poses.scores.round(4))
        if self._every == 1 or not self._moving or not len(poses) or poses.scores.mean(1).min() < LOST:
            return
        if len(poses) < self._sought:
            return
        if self._tracker is None:
            self._tracker = Tracker(poses.skeleton)
        self._tracker.update(poses, None)
        expected = self._tracker.expected()
        everywhere = np.ones(expected.shape[:2], bool)
        self._followed = Found(tight_box(expected, everywhere), poses.scores.mean(1))


def _within(found: Found | None, size: tuple[int, ...]) -> Found | None:
    """Boxes cut at the edges of a picture of `size` (H, W); None where too little of one is left."""
    if found is None:
        return None
    edge = np.array([size[1], size[0]], np.float64)
    low, high = (np.clip(corner, 0, edge) for corner in corners(found.boxes))
    left = (high - low).prod(1) / np.maximum(found.boxes[:, 2:].prod(1), 1.0)
    if (left < PRESENT).any():
        return None
    return Found(np.concatenate([(low + high) / 2, high - low], axis=1), found.scores)


def _crowded(boxes: Floats) -> bool:
    """Whether two boxes share `SAME` or more of the smaller one."""
    low, high = corners(boxes)
    sides = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    areas = boxes[:, 2:].prod(1)
    shared = np.clip(sides, 0, None).prod(-1) / np.minimum(areas[:, None], areas[None])
    return bool((np.triu(shared, 1) >= SAME).any())
