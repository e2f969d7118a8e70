"""The poses of N people: the one value that inference gives and everything else takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from deeppose.files import Record
from deeppose.poses import coco, elsewhere, records
from deeppose.poses.arrays import OPTIONAL, Arrays, Person
from deeppose.skeleton import Skeleton


@dataclass(frozen=True, eq=False, repr=False)
class Poses(Arrays):
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

    def __repr__(self) -> str:
        stages = "" if self.stages is None else f", {self.stages.shape[1]} stages"
        people = f"{len(self)} {'person' if len(self) == 1 else 'people'}"
        return f"Poses({people}, {len(self.skeleton)} joints of {self.skeleton.name!r}{stages})"

    @overload
    def __getitem__(self, which: int) -> Person: ...

    @overload
    def __getitem__(self, which: slice | Sequence[int] | NDArray[Any]) -> Poses: ...

    def __getitem__(self, which: int | slice | Sequence[int] | NDArray[Any]) -> Person | Poses:
        """One person by number, or the people of a slice, a list of numbers or a mask."""
        if isinstance(which, int | np.integer):
            return self.person(int(which))
        rest = {name: self.__dict__[name] for name in OPTIONAL}
        chosen = {name: value if value is None else value[which] for name, value in rest.items()}
        return Poses(self.skeleton, self.joints[which], self.scores[which], self.boxes[which], **chosen)

    def to_records(self, files: str | Sequence[str], all_stages: bool = False) -> list[Record]:
        """One JSON-able record a person: file, skeleton, box, joints by name, scores, and on request every stage's.

        Args:
            files: the picture of all, or of each.
            all_stages: add "stages", a list of joints by name, the first stage first.
        """
        return records.to_records(self, files, all_stages)

    def to_coco(self, image_ids: Sequence[int], category_id: int = 1) -> list[Record]:
        """COCO results: keypoints x, y, score of each joint in turn, and the person's score."""
        return coco.to_coco(self, image_ids, category_id)

    def to_csv(self, files: str | Sequence[str]) -> str:
        """One line a person: file, box x, y, w, h, then x, y and score of every joint, under a heading."""
        return records.to_csv(self, files)

    def to_dataframe(self) -> Any:
        """A pandas table, one row a person and joint (extra `formats`)."""
        return elsewhere.to_dataframe(self)

    def to_supervision(self) -> Any:
        """A `supervision.KeyPoints`, for its annotators; needs supervision 0.29 or newer."""
        return elsewhere.to_supervision(self)


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
