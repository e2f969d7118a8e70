"""Poses read back from the forms they take outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deeppose.errors import DataError, unknown
from deeppose.poses.coco import COCO_SHIFT
from deeppose.poses.records import SCORES
from deeppose.poses.value import Poses
from deeppose.rectangles import from_corner_and_size
from deeppose.skeleton import Skeleton


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


def from_records(records: Sequence[Mapping[str, Any]], skeleton: Skeleton) -> tuple[Poses, list[str]]:
    """Poses and the picture of each, from what `to_records` wrote.

    Raises:
        DataError: a record without a joint of the skeleton; says which.
    """
    files = [str(record.get("file", "")) for record in records]
    last = [_unnamed(record.get("joints", {}), skeleton, i) for i, record in enumerate(records)]
    points = np.array(last, np.float64).reshape(-1, len(skeleton), 3)
    sides = np.array([_sides(record.get("box")) for record in records], np.float64)
    boxes = from_corner_and_size(sides.reshape(-1, 4))
    each = [[_unnamed(s, skeleton, i) for s in record.get("stages", ())] for i, record in enumerate(records)]
    depth = {len(stages) for stages in each}
    more = _optional(records)
    if depth in ({0}, set()):
        return Poses(skeleton, points[..., :2], points[..., 2], boxes, **more), files
    if len(depth) > 1:
        raise DataError(
            f"predictions have differing numbers of stages: {sorted(depth)}; every record needs as many"
        )
    stages = np.array(each, np.float64)
    both = stages[..., :2], stages[..., 2]
    return Poses(skeleton, points[..., :2], points[..., 2], boxes, *both, **more), files


def _optional(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The scores and tracks of people, where every record has them; a track may be null."""
    values: dict[str, Any] = {
        name: np.array([record[key] for record in records], np.float64)
        for key, name in SCORES.items()
        if records and all(record.get(key) is not None for record in records)
    }
    if records and all("track" in record for record in records):
        numbers = [record["track"] for record in records]
        values["tracks"] = np.array([-1 if number is None else number for number in numbers], np.int64)
    return values


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


def _sides(box: Mapping[str, float] | None) -> list[float]:
    return [0.0] * 4 if box is None else [box[side] for side in "xywh"]
