"""Frames in, poses out, one frame after the other: what `predict`, the demo, evaluation, video and server share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import DeepPoseError
from deeppose.inference.estimator import Estimator
from deeppose.inference.found import Finder, Found, most
from deeppose.inference.frames import Frame
from deeppose.inference.people import kept
from deeppose.inference.placing import Placed
from deeppose.poses import Poses

Skipped = Callable[[Frame, DeepPoseError], None]
"""Called with a frame in which people could not be sought, and why (a given box may lie outside the picture)."""


@dataclass(frozen=True, eq=False)
class Pipeline:
    """People found in each frame, and their poses.

    Attributes:
        predictor: finds joints; a `Predictor`, or what it is without a finder of its own.
        finder: finds people. One that has a method `of(frame)` is asked by the frame and not by its pixels alone
            (`finders.listed`). One that has a method `observe(poses)` is told what became of each frame before it is
            asked for the next (`stream.following`).
        turns: ways up of looking at each person, 1, 2 or 4.
        batch: frames looked at together. On a CPU more than one gains nothing, and a camera must not wait for the
            next. Within a frame all people are run together and never with another frame's unless `batch` is above 1:
            the same frame then gives the same bytes in whatever run it comes (last bits of scores differ otherwise).
        least: people scoring less are left out: nobody is there.
        most: at most so many people a frame, the best; None for all.
    """

    predictor: Estimator
    finder: Finder
    turns: int = 1
    batch: int = 1
    least: float = 0.0
    most: int | None = None

    def run(self, frames: Iterable[Frame], skipped: Skipped | None = None) -> Iterator[tuple[Frame, Poses]]:
        """Each frame with its poses, in order; at most `batch` frames are held.

        Args:
            skipped: told of a frame whose people cannot be sought; such frames are left out.

        Raises:
            DeepPoseError: as the frames' source raises, and the finder where `skipped` is not given.
        """
        waiting = iter(frames)
        told = getattr(self.finder, "observe", None)
        while group := list(islice(waiting, 1 if told else self.batch)):
            there = [(frame, each) for frame in group if (each := self._placed(frame, skipped)) is not None]
            for (frame, _), poses in zip(there, self.poses([each for _, each in there]), strict=True):
                if told:
                    told(poses)
                yield frame, poses

    def one(self, frame: Frame) -> Poses:
        """The poses of one frame."""
        ((_, poses),) = self.run([frame])
        return poses

    def place(self, picture: NDArray[np.uint8], found: Found | None = None) -> Placed:
        """The people of a picture (H, W, 3) uint8 RGB on canvases, as many as may score enough.

        Args:
            found: who is there; None to ask the finder.
        """
        likely = most(self.finder(picture) if found is None else found, None, self.least)
        return self.predictor.place(picture, likely, self.turns)  # nobody scores above their box

    def poses(self, placed: Sequence[Placed]) -> list[Poses]:
        """The poses in each picture whose people were placed, run together."""
        answers = self.predictor.run(placed) if placed else []
        poses = map(self.predictor.lift, placed, answers)
        return [kept(each, self.least, self.most) for each in poses]

    def _placed(self, frame: Frame, skipped: Skipped | None) -> Placed | None:
        by_name = getattr(self.finder, "of", None)
        try:
            return self.place(frame.pixels, by_name(frame) if by_name else None)
        except DeepPoseError as error:
            if skipped is None:
                raise
            skipped(frame, error)
            return None
