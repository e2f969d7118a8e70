"""COCO's rows of people, and its results: keypoints in whole pixels from 0, so half a pixel less than ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deeppose.files import Record
from deeppose.poses.arrays import Arrays

COCO_SHIFT = 0.5


def to_coco(poses: Arrays, image_ids: Sequence[int], category_id: int = 1) -> list[Record]:
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


def category(name: str, joints: Sequence[str], edges: Sequence[tuple[int, int]]) -> Record:
    """Category 1 of a file; COCO counts joints from 1."""
    skeleton = [[a + 1, b + 1] for a, b in edges]
    return {"id": 1, "name": name, "supercategory": name, "keypoints": list(joints), "skeleton": skeleton}


def annotation(keypoints: Sequence[tuple[float, float, int]], box: Sequence[float]) -> Record:
    """What a file says of one person.

    Args:
        keypoints: x, y in COCO's pixels and v of each joint: 2 where it is known, else 0, 0, 0.
        box: x, y of its corner, width, height.
    """
    return {
        "keypoints": [number for point in keypoints for number in point],
        "num_keypoints": sum(v > 0 for _, _, v in keypoints),
        "bbox": list(box),
        "area": box[2] * box[3],
        "iscrowd": 0,
    }
