"""Records: one JSON-able dictionary a person, and one line of CSV a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np

from deeppose.files import Record, cell
from deeppose.poses.arrays import Arrays
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

SCORES = {"score": "person_scores", "box_score": "box_scores"}
"""What stands in a record, and the attribute of `Poses` it comes from, where that is known."""


def to_records(poses: Arrays, files: str | Sequence[str], all_stages: bool = False) -> list[Record]:
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


def to_csv(poses: Arrays, files: str | Sequence[str]) -> str:
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
