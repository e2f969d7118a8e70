"""The value that leaves the program: the poses of N people, and the three forms it takes outside.

Records (JSON) keep everything; COCO results and CSV keep the last stage. All are in pixels of the original picture.
Ours has the picture's corner at (0, 0), so a pixel's centre at +0.5; COCO counts keypoints in whole pixels from 0, so
`to_coco` subtracts that half and `from_coco` adds it. Boxes are corners and sizes outside, and need no shift.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import DataError, unknown
from deeppose.skeleton import Skeleton

Floats = NDArray[np.float64]
Record = dict[str, Any]

COCO_SHIFT = 0.5


@dataclass(frozen=True, eq=False)
class Poses:
    """Poses of N people of one skeleton of K joints, after S stages.

    Attributes:
        skeleton: names the joints.
        joints: (N, K, 2) x, y in pixels, after the last stage.
        scores: (N, K) in [0, 1].
        boxes: (N, 4) cx, cy, w, h of the region stage 1 looked at.
        stages: (N, S, K, 2) the joints after every stage, or None.
        stage_scores: (N, S, K), or None.
    """

    skeleton: Skeleton
    joints: Floats
    scores: Floats
    boxes: Floats
    stages: Floats | None = None
    stage_scores: Floats | None = None

    def __post_init__(self) -> None:
        people = (len(self.joints), len(self.skeleton))
        shapes = [
            self.joints.shape == (*people, 2),
            self.scores.shape == people,
            self.boxes.shape == (people[0], 4),
        ]
        if not all(shapes):
            raise ValueError(
                f"{people} people and joints: {self.joints.shape}, {self.scores.shape}, {self.boxes.shape}"
            )

    def __len__(self) -> int:
        return len(self.joints)

    def corners(self) -> Floats:
        """(N, 4) boxes as x, y of the top left corner, width, height."""
        return np.concatenate([self.boxes[:, :2] - self.boxes[:, 2:] / 2, self.boxes[:, 2:]], axis=1)

    def to_records(self, files: str | Sequence[str], all_stages: bool = False) -> list[Record]:
        """One JSON-able record a person: file, skeleton, box, joints by name, and on request every stage's.

        Args:
            files: the picture of all, or of each.
            all_stages: add "stages", a list of joints by name, the first stage first.
        """
        names = [files] * len(self) if isinstance(files, str) else list(files)
        people = zip(names, self.corners(), self.joints, self.scores, strict=True)
        records = [self._record(file, box, joints, scores) for file, box, joints, scores in people]
        if all_stages and self.stages is not None:
            scores = self.scores[:, None] if self.stage_scores is None else self.stage_scores
            scores = np.broadcast_to(scores, self.stages.shape[:3])
            for record, stages, each in zip(records, self.stages, scores, strict=True):
                record["stages"] = [self._named(j, s) for j, s in zip(stages, each, strict=True)]
        return records

    def _record(self, file: str, box: Floats, joints: Floats, scores: Floats) -> Record:
        sides = dict(zip("xywh", (round(float(v), 3) for v in box), strict=True))
        return {
            "file": file,
            "skeleton": self.skeleton.name,
            "box": sides,
            "joints": self._named(joints, scores),
        }

    def _named(self, joints: Floats, scores: Floats) -> dict[str, dict[str, float]]:
        values = zip(self.skeleton.joints, joints.tolist(), scores.tolist(), strict=True)
        return {
            name: {"x": round(x, 3), "y": round(y, 3), "score": round(s, 4)} for name, (x, y), s in values
        }

    def to_coco(self, image_ids: Sequence[int], category_id: int = 1) -> list[Record]:
        """COCO results: keypoints x, y, score of each joint in turn; the person's score is their mean."""
        flat = np.concatenate([self.joints - COCO_SHIFT, self.scores[..., None]], axis=-1).reshape(
            len(self), -1
        )
        people = zip(image_ids, flat.round(3).tolist(), self.scores.mean(1).tolist(), strict=True)
        return [{"image_id": i, "category_id": category_id, "keypoints": k, "score": s} for i, k, s in people]

    def to_csv(self, files: str | Sequence[str]) -> str:
        """One line a person: file, box x, y, w, h, then x, y and score of every joint, under a heading."""
        names = [files] * len(self) if isinstance(files, str) else list(files)
        heading = [f"{joint}_{part}" for joint in self.skeleton.joints for part in ("x", "y", "score")]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["file", "box_x", "box_y", "box_w", "box_h", *heading])
        values = np.concatenate([self.joints, self.scores[..., None]], axis=-1).reshape(len(self), -1)
        for file, box, row in zip(
            names, self.corners().round(3).tolist(), values.round(4).tolist(), strict=True
        ):
            writer.writerow([file, *box, *row])
        return out.getvalue()


def concatenate(parts: Sequence[Poses]) -> Poses:
    """The people of all parts, one after the other; stages are kept where every part has them."""
    stages = [p.stages for p in parts if p.stages is not None]
    scores = [p.stage_scores for p in parts if p.stage_scores is not None]
    return Poses(
        parts[0].skeleton,
        np.concatenate([p.joints for p in parts]),
        np.concatenate([p.scores for p in parts]),
        np.concatenate([p.boxes for p in parts]),
        np.concatenate(stages) if len(stages) == len(parts) else None,
        np.concatenate(scores) if len(scores) == len(parts) else None,
    )


def from_records(records: Sequence[Mapping[str, Any]], skeleton: Skeleton) -> tuple[Poses, list[str]]:
    """Poses and the picture of each, from what `to_records` wrote.

    Raises:
        DataError: a record without a joint of the skeleton; says which.
    """
    files = [str(record.get("file", "")) for record in records]
    last = [_unnamed(record.get("joints", {}), skeleton, i) for i, record in enumerate(records)]
    points = np.array(last, np.float64).reshape(-1, len(skeleton), 3)
    boxes = np.array([_centred(record.get("box")) for record in records], np.float64).reshape(-1, 4)
    each = [[_unnamed(s, skeleton, i) for s in record.get("stages", ())] for i, record in enumerate(records)]
    depth = {len(stages) for stages in each}
    if depth in ({0}, set()):
        return Poses(skeleton, points[..., :2], points[..., 2], boxes), files
    if len(depth) > 1:
        raise DataError(
            f"predictions have differing numbers of stages: {sorted(depth)}; every record needs as many"
        )
    stages = np.array(each, np.float64)
    return Poses(skeleton, points[..., :2], points[..., 2], boxes, stages[..., :2], stages[..., 2]), files


def _unnamed(
    named: Mapping[str, Mapping[str, float]], skeleton: Skeleton, index: int
) -> list[tuple[float, ...]]:
    missing = [joint for joint in skeleton.joints if joint not in named]
    if missing and named:
        wrong = next((joint for joint in named if joint not in skeleton.joints), None)
        hint = f": {unknown('joint', wrong, skeleton.joints)}" if wrong else ""
        raise DataError(f"prediction {index} lacks {', '.join(missing)} of skeleton {skeleton.name!r}{hint}")
    if missing:
        raise DataError(
            f"prediction {index} has no joints: each record needs 'joints', by name, with x and y"
        )
    try:
        return [
            (float(p["x"]), float(p["y"]), float(p.get("score", 1.0)))
            for p in map(named.get, skeleton.joints)
            if p
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"prediction {index}: a joint is {{'x': ..., 'y': ..., 'score': ...}}, not so here"
        ) from error


def _centred(box: Mapping[str, float] | None) -> tuple[float, float, float, float]:
    if box is None:
        return (0.0, 0.0, 0.0, 0.0)
    return (box["x"] + box["w"] / 2, box["y"] + box["h"] / 2, box["w"], box["h"])


def from_coco(results: Sequence[Mapping[str, Any]], skeleton: Skeleton) -> tuple[Poses, list[int]]:
    """Poses and the image id of each, from COCO results; boxes, where none are given, are zero.

    Raises:
        DataError: a result whose keypoints are not three numbers a joint of the skeleton.
    """
    for index, result in enumerate(results):
        if len(result.get("keypoints", ())) != 3 * len(skeleton):
            have = len(result.get("keypoints", ()))
            raise DataError(
                f"result {index}: {have} keypoint numbers are not 3 x {len(skeleton)} of {skeleton.name!r}"
            )
    values = np.array([r["keypoints"] for r in results], np.float64).reshape(len(results), len(skeleton), 3)
    corners = np.array([r.get("bbox", (0, 0, 0, 0)) for r in results], np.float64).reshape(-1, 4)
    boxes = np.concatenate([corners[:, :2] + corners[:, 2:] / 2, corners[:, 2:]], axis=1)
    poses = Poses(skeleton, values[..., :2] + COCO_SHIFT, values[..., 2], boxes)
    return poses, [int(r["image_id"]) for r in results]
