"""Poses as other libraries hold them: a pandas table, supervision's key points. Both are imported when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from deeppose.poses.arrays import Arrays
from deeppose.poses.coco import COCO_SHIFT


def to_dataframe(poses: Arrays) -> Any:
    """A pandas table, one row a person and joint: person, track, person_score, joint, x, y, score. Extra `formats`."""
    import pandas as pd

    columns = ["person", "track", "person_score", "joint", "x", "y", "score"]
    return pd.DataFrame(list(_rows(poses)), columns=columns)


def _rows(poses: Arrays) -> Iterator[tuple[Any, ...]]:
    for n, person in enumerate(poses):
        values = zip(poses.skeleton.joints, person.joints.tolist(), person.scores.tolist(), strict=True)
        for joint, (x, y), score in values:
            yield n, person.track, person.score, joint, x, y, score


def to_supervision(poses: Arrays) -> Any:
    """A `supervision.KeyPoints` (supervision 0.29 or newer), whose pixels are counted from 0; tracks in `data`."""
    import supervision as sv

    tracks = {} if poses.tracks is None else {"tracker_id": np.asarray(poses.tracks)}
    people = None if poses.person_scores is None else poses.person_scores.astype(np.float32)
    return sv.KeyPoints(
        xy=(poses.joints - COCO_SHIFT).astype(np.float32),
        class_id=np.zeros(len(poses), int),
        keypoint_confidence=poses.scores.astype(np.float32),
        detection_confidence=people,
        data=tracks,
    )
