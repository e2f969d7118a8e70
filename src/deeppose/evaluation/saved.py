"""Predictions as a file that says what it covers, whose they are, and how they were made."""

from __future__ import annotations

from typing import Any

from deeppose.data.annotation import Dataset
from deeppose.evaluation.matching import person_id
from deeppose.poses import Poses


def content(
    dataset: Dataset, poses: Poses, box: str, model: str, sigma: float | None, part: int | None = None
) -> dict[str, Any]:
    """What `--save-predictions` writes, and `reading` reads.

    Args:
        dataset: N people.
        poses: of each of them, in the data set's order.
        box: the kind of box they were made in.
        model: its name or file.
        sigma: side of the joint boxes over diam(y).
        part: how many of the split's first people these are; None for all.
    """
    records = poses.to_records([str(person.image) for person in dataset.annotations], all_stages=True)
    split = f"{dataset.name} {dataset.split}"
    return {
        "dataset": dataset.name,
        "split": dataset.split,
        "covers": split if part is None else f"the first {part} people of {split}",
        "box": box,
        "model": model,
        "sigma": sigma,
        "people": [{**r, "annotation_id": person_id(dataset, n)} for n, r in enumerate(records)],
    }
