"""The poses of N people: the one value that inference gives and everything else takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import unknown
from deeppose.rectangles import corners
from deeppose.skeleton import Skeleton

Floats = NDArray[np.float64]
Record = dict[str, Any]

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
class Poses:
    """Poses of N people of one skeleton of K joints, after S stages; N may be 0.

    `len(poses)`, `poses[0]` (a `Person`), `for person in poses`, `poses[1:]` and `poses[mask]` (`Poses`) all work.

    Attributes:
        skeleton: names the joints.
        joints: (N, K, 2) x, y in pixels, after the last stage.
        scores: (N, K) in [0, 1].
        boxes: (N, 4) cx, cy, w, h of the region stage 1 looked at.
        stages: (N, S, K, 2) the joints after every stage, or None.
        stage_scores: (N, S, K), or None.
        person_scores: (N,) in [0, 1], how likely each is a person, or None.
        box_scores: (N,) in [0, 1], what the finder said of each box, or None.
        tracks: (N,) whole numbers, the same for the same person in a video, -1 for who has none yet; or None.
    """

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

    def __repr__(self) -> str:
        stages = "" if self.stages is None else f", {self.stages.shape[1]} stages"
        people = f"{len(self)} {'person' if len(self) == 1 else 'people'}"
        return f"Poses({people}, {len(self.skeleton)} joints of {self.skeleton.name!r}{stages})"

    def __iter__(self) -> Iterator[Person]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, which: int) -> Person: ...

    @overload
    def __getitem__(self, which: slice | Sequence[int] | NDArray[Any]) -> Poses: ...

    def __getitem__(self, which: int | slice | Sequence[int] | NDArray[Any]) -> Person | Poses:
        """One person by number, or the people of a slice, a list of numbers or a mask."""
        if isinstance(which, int | np.integer):
            score = None if self.person_scores is None else float(self.person_scores[which])
            track = None if self.tracks is None or self.tracks[which] < 0 else int(self.tracks[which])
            return Person(
                self.skeleton, self.joints[which], self.scores[which], self.boxes[which], score, track
            )
        rest = {name: self.__dict__[name] for name in OPTIONAL}
        chosen = {name: value if value is None else value[which] for name, value in rest.items()}
        return Poses(self.skeleton, self.joints[which], self.scores[which], self.boxes[which], **chosen)

    def corners(self) -> Floats:
        """(N, 4) boxes as x, y of the top left corner, width, height."""
        return np.concatenate([corners(self.boxes)[0], self.boxes[:, 2:]], axis=1)

    def to_records(self, files: str | Sequence[str], all_stages: bool = False) -> list[Record]:
        """One JSON-able record a person: file, skeleton, box, joints by name, scores, and on request every stage's.

        Args:
            files: the picture of all, or of each.
            all_stages: add "stages", a list of joints by name, the first stage first.
        """
        from deeppose.poses.records import to_records

        return to_records(self, files, all_stages)

    def to_coco(self, image_ids: Sequence[int], category_id: int = 1) -> list[Record]:
        """COCO results: keypoints x, y, score of each joint in turn, and the person's score."""
        from deeppose.poses.coco import to_coco

        return to_coco(self, image_ids, category_id)

    def to_csv(self, files: str | Sequence[str]) -> str:
        """One line a person: file, box x, y, w, h, then x, y and score of every joint, under a heading."""
        from deeppose.poses.records import to_csv

        return to_csv(self, files)

    def to_dataframe(self) -> Any:
        """A pandas table, one row a person and joint (extra `formats`)."""
        from deeppose.poses.elsewhere import to_dataframe

        return to_dataframe(self)

    def to_supervision(self) -> Any:
        """A `supervision.KeyPoints`, for its annotators; needs supervision 0.29 or newer."""
        from deeppose.poses.elsewhere import to_supervision

        return to_supervision(self)


def nobody(skeleton: Skeleton) -> Poses:
    """No people at all."""
    return Poses(skeleton, np.zeros((0, len(skeleton), 2)), np.zeros((0, len(skeleton))), np.zeros((0, 4)))


def concatenate(parts: Sequence[Poses]) -> Poses:
    """The people of all parts, one after the other; what is optional is kept where every part has it.

    Raises:
        ValueError: there is no part: nobody knows the skeleton.
    """
    if not parts:
        raise ValueError("no poses to put together; use nobody(skeleton)")
    rest: dict[str, Any] = {}
    for name in OPTIONAL:
        values = [part.__dict__[name] for part in parts]
        rest[name] = None if any(value is None for value in values) else np.concatenate(values)
    joints, scores, boxes = (
        np.concatenate([part.__dict__[name] for part in parts]) for name in ("joints", "scores", "boxes")
    )
    return Poses(parts[0].skeleton, joints, scores, boxes, **rest)
