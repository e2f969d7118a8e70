"""Files of predictions as records: one dictionary a person, whatever wraps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.errors import DataError
from deeppose.files import Record, read_bytes, read_json
from deeppose.types import Floats


def records_of(path: Path) -> tuple[Record, list[Record]]:
    """A file's header, empty where it has none, and its records.

    A list of records, a dictionary with "people", a JSON line a record, or a COCO file with "images" and "annotations",
    whose records then name their pictures' files.

    Raises:
        DataError: it is none of these.
    """
    content = _content(path)
    header: Record = {}
    people = content
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        people = _with_files(path, content)
    elif isinstance(content, dict):
        header, people = {k: v for k, v in content.items() if k != "people"}, content.get("people")
    if not isinstance(people, list) or not people or not all(isinstance(person, dict) for person in people):
        raise DataError(
            f"{path}: needs a list of people, ours (with 'joints') or COCO's results (with 'keypoints')"
        )
    return header, people


def _content(path: Path) -> Any:
    if path.exists() and not path.is_file():
        raise DataError(f"{path}: not a file; predictions are read from one")
    if path.suffix != ".jsonl":
        return read_json(path)
    try:
        return [json.loads(line) for line in read_bytes(path).splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as JSON lines: {error}") from error


def _with_files(path: Path, content: Record) -> list[Record]:
    try:
        files = {image["id"]: image["file_name"] for image in content["images"]}
        return [{**row, "file_name": files[row["image_id"]]} for row in content["annotations"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{path}: an annotation of a picture the file does not name: {error!r}") from error


def without_null(record: Record) -> Record:
    """A record of ours whose joints that were not found, null in JSON, are NaN."""
    named = {"joints": _places(record.get("joints"))} if "joints" in record else {}
    stages = [_places(stage) for stage in record.get("stages") or ()]
    return {**record, **named, **({"stages": stages} if stages else {})}


def _places(joints: Any) -> Any:
    if not isinstance(joints, dict):
        raise DataError(f"'joints' are places by name, not {type(joints).__name__}")
    return {name: _place(place) for name, place in joints.items()}


def _place(place: Any) -> Any:
    if place is None:
        return {"x": float("nan"), "y": float("nan"), "score": 0.0}
    if not isinstance(place, dict):
        raise DataError("a joint is {'x': ..., 'y': ..., 'score': ...}, not so here")
    return {key: float("nan") if value is None else value for key, value in place.items()}


def results_of(
    images: Sequence[int | str], joints: Floats, scores: Floats, category: int | str = 1
) -> list[Record]:
    """COCO results of M poses: joints (M, K, 2) in COCO's pixels, scores (M,)."""
    flat = np.concatenate([joints, np.ones((*joints.shape[:2], 1))], axis=-1).reshape(len(joints), -1)
    rows = zip(images, flat.tolist(), scores.tolist(), strict=True)
    return [{"image_id": i, "category_id": category, "keypoints": k, "score": s} for i, k, s in rows]
