"""COCO's two files: keypoints that look like ground truth, and results; of people COCO's 17 joints in its order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deeppose.files import Record, write
from deeppose.poses import COCO_SHIFT, coco
from deeppose.skeleton import COCO, SKELETONS
from deeppose.stream.formats import Read, position


def write_files(read: Read, folder: Path) -> list[Path]:
    """`coco-keypoints.json` (images, annotations, categories) and `coco-results.json`, which refers to its images.

    People of a known skeleton become COCO's, joints that it lacks 0, 0 with v = 0; the others have v = 2. What has a
    skeleton of its own keeps its joints, under its name. A result's score is the person's.
    """
    images, category = _images(read()), _category(read())
    people = list(_people(read(), images, category["keypoints"]))
    truth = {"images": list(images.values()), "annotations": people, "categories": [category]}
    shared = ("image_id", "category_id", "keypoints", "score")
    results = [{key: row[key] for key in shared} for row in people]
    return [
        write(folder / "coco-keypoints.json", json.dumps(truth)),
        write(folder / "coco-results.json", json.dumps(results)),
    ]


def _category(records: Iterator[Record]) -> dict[str, Any]:
    first = next((record for record in records if "joints" in record), None)
    own = first is not None and first["skeleton"] not in SKELETONS
    name, joints, edges = (
        (str(first["skeleton"]), list(first["joints"]), ())
        if first and own
        else ("person", list(COCO.joints), COCO.edges)
    )
    return coco.category(name, joints, edges)


def _images(records: Iterator[Record]) -> dict[tuple[str, int], dict[str, Any]]:
    """One image a frame, numbered from 1, by file and frame."""
    images: dict[tuple[str, int], dict[str, Any]] = {}
    for record in records:
        key = record["file"], record.get("frame") or 0
        if key not in images:
            about = {
                "file_name": record["file"],
                "width": record.get("width"),
                "height": record.get("height"),
            }
            more = {"frame": key[1], "time": record["time"]} if record.get("time") is not None else {}
            images[key] = {"id": len(images) + 1, **about, **more}
    return images


def _people(
    records: Iterator[Record], images: dict[tuple[str, int], dict[str, Any]], joints: list[str]
) -> Iterator[dict[str, Any]]:
    people = (record for record in records if "joints" in record)
    for number, record in enumerate(people, 1):
        image = images[record["file"], record.get("frame") or 0]["id"]
        yield {"id": number, "image_id": image, "category_id": 1, **_annotation(record, joints)}


def _annotation(record: Record, joints: list[str]) -> dict[str, Any]:
    points = [_point(record, joint) for joint in joints]
    box = [record["box"][side] for side in "xywh"] if record.get("box") else [0, 0, 0, 0]
    return {
        **coco.annotation(points, box),
        "score": record.get("score", 0.0),
        "keypoint_scores": [record["joints"].get(joint, {}).get("score", 0.0) for joint in joints],
    }


def _point(record: Record, joint: str) -> tuple[float, float, int]:
    if joint not in record["joints"]:
        return 0, 0, 0
    x, y, _ = position(record, joint)
    return round(x - COCO_SHIFT, 3), round(y - COCO_SHIFT, 3), 2
