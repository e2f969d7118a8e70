"""MMPose's JSON: `meta_info` and `instance_info`, one entry a frame with its instances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.files import write
from deeppose.stream.formats import Read
from deeppose.stream.formats.sequences import Sequence, sequences


def write_files(read: Read, folder: Path) -> list[Path]:
    """`VIDEO.mmpose.json` of every video, and one of all still pictures. Frames are numbered from 1, as MMPose does."""
    return [
        write(folder / f"{sequence.name}.mmpose.json", json.dumps(_content(sequence)))
        for sequence in sequences(read())
    ]


def _content(sequence: Sequence) -> dict[str, Any]:
    names = dict(enumerate(sequence.joints))
    frames = [_frame(sequence, t) for t in range(len(sequence.frames))]
    return {
        "meta_info": {"num_keypoints": len(names), "keypoint_id2name": names},
        "instance_info": frames,
    }


def _frame(sequence: Sequence, t: int) -> dict[str, Any]:
    there = np.flatnonzero(~np.isnan(sequence.values[t]).any((1, 2)))
    people = [_instance(sequence.values[t, n], sequence.boxes[t, n]) for n in there]
    return {"frame_id": int(sequence.frames[t]) + 1, "instances": people}


def _instance(pose: Any, box: Any) -> dict[str, Any]:
    x, y, w, h = box.tolist()
    return {
        "keypoints": pose[:, :2].round(3).tolist(),
        "keypoint_scores": pose[:, 2].round(4).tolist(),
        "bbox": [[x, y, x + w, y + h]],
        "bbox_score": float(pose[:, 2].mean().round(4)),
    }
