"""COCO results: keypoints in whole pixels from 0, so half a pixel less than ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deeppose.errors import DataError
from deeppose.poses.value import Poses, Record
from deeppose.rectangles import from_corner_and_size
from deeppose.skeleton import Skeleton

COCO_SHIFT = 0.5


def to_coco(poses: Poses, image_ids: Sequence[int], category_id: int = 1) -> list[Record]:
    """Keypoints x, y, score of each joint in turn; a person nobody scored gets the mean of their joints."""
    flat = np.concatenate([poses.joints - COCO_SHIFT, poses.scores[..., None]], axis=-1)
    scores = poses.scores.mean(1) if poses.person_scores is None else poses.person_scores
    people = zip(
        image_ids,
        flat.reshape(len(poses), 3 * len(poses.skeleton)).round(3).tolist(),
        scores.tolist(),
        strict=True,
    )
    return [{"image_id": i, "category_id": category_id, "keypoints": k, "score": s} for i, k, s in people]


def from_coco(results: Sequence[Mapping[str, Any]], skeleton: Skeleton) -> tuple[Poses, list[int | str]]:
    """Poses and the image id of each, as it stands, from COCO results; boxes, where none are given, are zero.

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
    boxes = from_corner_and_size(corners)
    poses = Poses(skeleton, values[..., :2] + COCO_SHIFT, values[..., 2], boxes)
    return poses, [r["image_id"] for r in results]
