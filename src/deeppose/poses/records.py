"""Records: one JSON-able dictionary a person, and one line of CSV a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deeppose.errors import DataError, unknown
from deeppose.files import cell
from deeppose.poses.value import Floats, Poses, Record
from deeppose.skeleton import Skeleton

SCORES = {"score": "person_scores", "box_score": "box_scores"}
"""What stands in a record, and the attribute of `Poses` it comes from, where that is known."""


def to_records(poses: Poses, files: str | Sequence[str], all_stages: bool = False) -> list[Record]:
    """As `Poses.to_records`."""
    names = [files] * len(poses) if isinstance(files, str) else list(files)
    people = zip(names, poses.corners(), poses.joints, poses.scores, strict=True)
    records = [_record(poses.skeleton, file, box, joints, scores) for file, box, joints, scores in people]
    for key, name in SCORES.items():
        values = getattr(poses, name)
        for record, value in zip(
            records, () if values is None else values.tolist(), strict=values is not None
        ):
            record[key] = round(value, 4)
    for record, track in zip(records, () if poses.tracks is None else poses.tracks.tolist(), strict=False):
        record["track"] = None if track < 0 else track
    if all_stages and poses.stages is not None:
        given = poses.scores[:, None] if poses.stage_scores is None else poses.stage_scores
        for record, stages, each in zip(
            records, poses.stages, np.broadcast_to(given, poses.stages.shape[:3]), strict=True
        ):
            record["stages"] = [_named(poses.skeleton, j, s) for j, s in zip(stages, each, strict=True)]
    return records


def _record(skeleton: Skeleton, file: str, box: Floats, joints: Floats, scores: Floats) -> Record:
    sides = dict(zip("xywh", (round(float(v), 3) for v in box), strict=True))
    return {"file": file, "skeleton": skeleton.name, "box": sides, "joints": _named(skeleton, joints, scores)}


def _named(skeleton: Skeleton, joints: Floats, scores: Floats) -> dict[str, dict[str, float]]:
    values = zip(skeleton.joints, joints.tolist(), scores.tolist(), strict=True)
    return {name: {"x": round(x, 3), "y": round(y, 3), "score": round(s, 4)} for name, (x, y), s in values}


def to_csv(poses: Poses, files: str | Sequence[str]) -> str:
    """As `Poses.to_csv`."""
    names = [files] * len(poses) if isinstance(files, str) else list(files)
    heading = [f"{joint}_{part}" for joint in poses.skeleton.joints for part in ("x", "y", "score")]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "box_x", "box_y", "box_w", "box_h", *heading])
    values = np.concatenate([poses.joints, poses.scores[..., None]], axis=-1).reshape(
        len(poses), 3 * len(poses.skeleton)
    )
    for file, box, row in zip(
        names, poses.corners().round(3).tolist(), values.round(4).tolist(), strict=True
    ):
        writer.writerow([cell(file), *box, *row])
    return out.getvalue()


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


def _centred(box: Mapping[str, float] | None) -> tuple[float, float, float, float]:
    if box is None:
        return (0.0, 0.0, 0.0, 0.0)
    return (box["x"] + box["w"] / 2, box["y"] + box["h"] / 2, box["w"], box["h"])
