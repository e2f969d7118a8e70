"""Small label files in the forms that labelling tools write, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

JOINTS = ("tip", "left_clip", "right_clip", "end")


def poses(count: int, seed: int = 0) -> np.ndarray:
    """(count, 4, 2) places of a rigid tool of four joints, about upright, in pictures of 80 x 60."""
    rng = np.random.default_rng(seed)
    tool = np.array([[0, -18], [-6, 4], [6, 4], [0, 18]])
    turned = rng.normal(0, 0.2, count)
    spin = np.stack([np.cos(turned), -np.sin(turned), np.sin(turned), np.cos(turned)], -1).reshape(-1, 2, 2)
    return np.einsum("nij,kj->nki", spin, tool) + rng.uniform((30, 25), (50, 35), (count, 2))[:, None]


def pictures(folder: Path, joints: np.ndarray, form: str = "{:03d}.png") -> list[str]:
    """A picture a pose, its joints painted in four colours; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, pose in enumerate(joints):
        picture = np.random.default_rng(number).integers(90, 130, (60, 80, 3)).astype(np.uint8)
        cv2.line(picture, pose[0].astype(int).tolist(), pose[3].astype(int).tolist(), (30, 30, 30), 3)
        for place, ink in zip(pose, ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)), strict=True):
            cv2.circle(picture, place.astype(int).tolist(), 3, ink, -1)
        names.append(form.format(number))
        (folder / names[-1]).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / names[-1]), picture)
    return names


def coco(joints: np.ndarray, names: list[str], category: dict[str, Any] | None = None) -> dict[str, Any]:
    """COCO's form; places are pixel centres counted from 0."""
    rows = [np.concatenate([p - 0.5, np.full((len(p), 1), 2)], 1).ravel().tolist() for p in joints]
    return {
        "images": [{"id": i + 1, "file_name": n, "width": 80, "height": 60} for i, n in enumerate(names)],
        "annotations": [
            {"id": i + 1, "image_id": i + 1, "category_id": 1, "keypoints": row} for i, row in enumerate(rows)
        ],
        "categories": [
            {"id": 1, "name": "tool", "keypoints": list(JOINTS), "skeleton": [[1, 2], [1, 3], [2, 4]]}
            | (category or {})
        ],
    }


def write_coco(folder: Path, count: int = 20, **changes: Any) -> Path:
    """A whole data set of `count` pictures in COCO's form."""
    made = poses(count)
    content = coco(made, pictures(folder / "images", made)) | changes
    file = folder / "labels.json"
    file.write_text(json.dumps(content))
    return file
