"""One person, and the arrays of N people's poses, from which the forms they take outside are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import unknown
from deeppose.rectangles import corner_and_size
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

OPTIONAL = ("stages", "stage_scores", "person_scores", "box_scores", "tracks")


@dataclass(frozen=True, eq=False)
class Person:
    """One of the people of `Poses`.

    Attributes:
        skeleton: names the joints.
        joints: (K, 2) x, y in pixels.
        scores: (K,) in [0, 1].
        box: (4,) cx, cy, w, h of the region stage 1 looked at.
        score: how likely this is a person, in [0, 1]; None where nobody said.
        track: the same number for the same person in a video; None where they have none.
    """

    skeleton: Skeleton
    joints: Floats
    scores: Floats
    box: Floats
    score: float | None = None
    track: int | None = None

    def __getitem__(self, joint: str) -> Floats:
        """(2,) x, y of a joint by its name.

        Raises:
            ConfigError: the skeleton has no such joint; names those it has.
        """
        if joint not in self.skeleton.joints:
            raise unknown("joint", joint, self.skeleton.joints)
        return np.asarray(self.joints[self.skeleton.index(joint)])

    def __repr__(self) -> str:
        said = "".join(
            f", {k}={v:g}" for k, v in (("score", self.score), ("track", self.track)) if v is not None
        )
        return f"Person({self.skeleton.name!r}, {len(self.skeleton)} joints{said})"


@dataclass(frozen=True, eq=False, repr=False)
class Arrays:
    """The fields of `Poses`, which says what they are."""

    skeleton: Skeleton
    joints: Floats
    scores: Floats
    boxes: Floats
    stages: Floats | None = None
    stage_scores: Floats | None = None
    person_scores: Floats | None = None
    box_scores: Floats | None = None
    tracks: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        people = (len(self.joints), len(self.skeleton))
        shapes = [
            self.joints.shape == (*people, 2),
            self.scores.shape == people,
            self.boxes.shape == (people[0], 4),
            *(len(each) == people[0] for each in map(self.__dict__.get, OPTIONAL) if each is not None),
        ]
        if not all(shapes):
            raise ValueError(
                f"{people} people and joints: {self.joints.shape}, {self.scores.shape}, {self.boxes.shape}"
            )

    def __len__(self) -> int:
        return len(self.joints)

    def __iter__(self) -> Iterator[Person]:
        return map(self.person, range(len(self)))

    def person(self, n: int) -> Person:
        """One of the people, by number."""
        score = None if self.person_scores is None else float(self.person_scores[n])
        track = None if self.tracks is None or self.tracks[n] < 0 else int(self.tracks[n])
        return Person(self.skeleton, self.joints[n], self.scores[n], self.boxes[n], score, track)

    def corners(self) -> Floats:
        """(N, 4) boxes as x, y of the top left corner, width, height."""
        return corner_and_size(self.boxes)
