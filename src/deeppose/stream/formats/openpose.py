"""OpenPose's JSON: a folder a video, a file a frame, as Pose2Sim and others read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.files import make, write
from deeppose.stream.formats import Read
from deeppose.stream.formats.sequences import Sequence, sequences

VERSION = 1.3


def write_files(read: Read, folder: Path) -> list[Path]:
    """`VIDEO_json/VIDEO_000000000012_keypoints.json` of every frame; returns the folders.

    A person's `pose_keypoints_2d` are x, y and score of the model's joints in its order; Pose2Sim is told which those
    are. `person_id` is the track's number, or -1.
    """
    return [_write(sequence, folder / f"{sequence.name}_json") for sequence in sequences(read())]


def _write(sequence: Sequence, folder: Path) -> Path:
    make(folder)
    for number, values in zip(sequence.frames.tolist(), sequence.values, strict=True):
        here = [_person(who, pose) for who, pose in zip(sequence.people, values, strict=True)]
        content = {"version": VERSION, "people": [person for person in here if person]}
        write(folder / f"{sequence.name}_{number:012d}_keypoints.json", json.dumps(content))
    return folder


def _person(who: str, pose: Any) -> dict[str, Any] | None:
    if np.isnan(pose).any():
        return None
    number = int(who.removeprefix("track")) if who.startswith("track") else -1
    return {"person_id": [number], "pose_keypoints_2d": pose.round(4).ravel().tolist()}
