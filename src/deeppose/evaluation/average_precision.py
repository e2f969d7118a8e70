"""COCO's keypoint AP and AR: the file and the results go to faster-coco-eval (extra `coco`), which does the counting.

Crowds and people without keypoints are ignored, the file's areas count, results of other categories or of pictures the
file does not name do not: as in COCO's own code, to which the numbers are equal.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Dataset
from deeppose.errors import ConfigError, DataError
from deeppose.evaluation.counts import Floats, Mask
from deeppose.evaluation.oks import AREA_OF_BOX, areas, sigmas
from deeppose.evaluation.predictions import Predictions
from deeppose.files import read_json
from deeppose.poses import COCO_SHIFT

Row = dict[str, Any]
Id = int | str

FAR = 1e9
"""Where a joint is put that has no place."""

NAMES = tuple(f"{kind}{size}" for kind in ("AP", "AR") for size in ("", "50", "75", " medium", " large"))


def of(dataset: Dataset, predictions: Predictions) -> dict[str, float] | None:
    """AP and AR of predictions that come as COCO results, or of everybody of a data set in COCO's format; else None.

    Raises:
        ConfigError: faster-coco-eval is not installed, or a joint has no published sigma.
    """
    if predictions.results is None:
        return None
    sigma = sigmas(dataset.skeleton)
    if dataset.file is not None:
        return of_file(dataset.file, dataset.categories, predictions.results, sigma)
    images = [i for person in dataset.annotations if (i := person.image_id) is not None]
    truth = dataset.joints() - COCO_SHIFT
    return of_people(truth, dataset.labelled(), images, predictions.results, sigma)


def of_file(file: Path, categories: Sequence[Id], results: Sequence[Row], sigma: Floats) -> dict[str, float]:
    """AP and AR of COCO results against a file in COCO's format.

    Args:
        file: the ground truth, whole: every picture counts, also those with nobody in them.
        categories: the ids of those that are measured.
        results: each "image_id", "category_id", "keypoints" and "score", in COCO's pixels.
        sigma: (K,) of the file's joints, from `oks.sigmas`.

    Returns:
        By `NAMES`; NaN where nobody is of that size.

    Raises:
        DataError: the file is not COCO's.
        ConfigError: faster-coco-eval is not installed.
    """
    try:
        content = read_json(file)
        truth = [_complete(row) for row in content["annotations"] if row["category_id"] in categories]
        images = [image["id"] for image in content["images"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{file}: not COCO's keypoint format: {error!r}") from error
    return _evaluate(images, truth, results, categories, sigma)


def of_people(
    truth: Floats,
    labelled: Mask,
    images: Sequence[Id],
    results: Sequence[Row],
    sigma: Floats,
    area: Floats | None = None,
) -> dict[str, float]:
    """The same against N people of a data set that has no file in COCO's format.

    Args:
        truth: (N, K, 2) pixels, COCO's first at 0.
        labelled: (N, K); a person with no labelled joint is ignored, as COCO does.
        images: (N,) image id of each true person.
        results: as for `of_file`, but for the category.
        sigma: (K,), from `oks.sigmas`.
        area: (N,) of each true person; from its joints if None.
    """
    true_area = areas(truth, labelled) if area is None else area
    people = [_annotation(*row) for row in zip(images, truth, labelled, true_area, strict=True)]
    told = [{**result, "category_id": 1} for result in results]
    return _evaluate(list(dict.fromkeys(images)), people, told, [1], sigma)


def _annotation(image: Id, joints: Floats, seen: Mask, area: float) -> Row:
    keypoints = np.concatenate([joints, np.where(seen, 2.0, 0.0)[:, None]], axis=1).ravel().tolist()
    about = {"image_id": image, "category_id": 1, "iscrowd": 0, "area": float(area), "bbox": [0, 0, 1, 1]}
    return {**about, "keypoints": keypoints, "num_keypoints": int(seen.sum())}


def _complete(row: Row) -> Row:
    """An annotation with what COCO's code reads and the file may leave out, or hold something else instead of."""
    box = _numbers(row.get("bbox"), 4) or [0.0] * 4
    keypoints = row.get("keypoints")
    points = _numbers(keypoints, len(keypoints)) if isinstance(keypoints, list) else None
    area, seen = _numbers([row.get("area")], 1), row.get("num_keypoints")
    return {
        "image_id": row["image_id"], "category_id": row["category_id"], "bbox": box, "keypoints": points,
        "iscrowd": int(row.get("iscrowd") in (1, True)), "area": area[0] if area else AREA_OF_BOX * box[2] * box[3],
        "num_keypoints": seen if isinstance(seen, int) else sum(v > 0 for v in (points or [])[2::3]),
    }  # fmt: skip


def _numbers(values: Any, count: int) -> list[float] | None:
    """So many finite numbers, or None."""
    try:
        found = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return found.tolist() if found.shape == (count,) and np.isfinite(found).all() else None


def _evaluate(
    images: Sequence[Id], truth: list[Row], results: Sequence[Row], categories: Sequence[Id], sigma: Floats
) -> dict[str, float]:
    """The library on numbered ids: it wants integers above 0, and ids are opaque."""
    picture = {image: number for number, image in enumerate(images, 1)}
    kind = {category: number for number, category in enumerate(categories, 1)}
    blank = [0.0] * (3 * len(sigma))

    def numbered(rows: Sequence[Row]) -> list[Row]:
        known = [r for r in rows if r["image_id"] in picture and r["category_id"] in kind]
        ids = [(picture[row["image_id"]], kind[row["category_id"]]) for row in known]
        return [
            {**row, "id": n, "image_id": i, "category_id": c}
            for n, (row, (i, c)) in enumerate(zip(known, ids, strict=True), 1)
        ]

    people = numbered([_as_long(row, blank) for row in truth])
    told = numbered([_result(row, categories[0]) for row in results])
    if not told or not people:
        return dict.fromkeys(NAMES, 0.0 if people else float("nan"))
    named = [{"id": number, "name": str(number), "keypoints": [], "skeleton": []} for number in kind.values()]
    content = {"images": [{"id": i} for i in picture.values()], "annotations": people, "categories": named}
    values = _library(content, told, sigma)
    return {name: float(v) if v >= 0 else float("nan") for name, v in zip(NAMES, values, strict=True)}


def _as_long(row: Row, blank: list[float]) -> Row:
    """A person with the skeleton's joints; with none where the file has another number of them."""
    points = row.get("keypoints") or []
    return row if len(points) == len(blank) else {**row, "keypoints": blank, "num_keypoints": 0}


def _result(row: Row, category: Id) -> Row:
    """A result with a category and a score, whose joints all have a place, were it a far one."""
    keypoints = np.nan_to_num(np.asarray(row["keypoints"], np.float64), nan=FAR, posinf=FAR, neginf=-FAR)
    score = _numbers([row.get("score", 1.0)], 1) or [0.0]
    return {
        "image_id": row["image_id"], "category_id": row.get("category_id", category), "score": score[0],
        "keypoints": keypoints.clip(-FAR, FAR).tolist(),
    }  # fmt: skip


def _library(truth: Row, results: list[Row], sigma: Floats) -> Sequence[float]:
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as error:
        raise ConfigError(
            "COCO average precision needs faster-coco-eval: pip install 'deeppose[coco]'"
        ) from error
    with contextlib.redirect_stdout(io.StringIO()):
        true = COCO(truth)
        run = COCOeval_faster(true, true.loadRes(results), "keypoints", kpt_oks_sigmas=sigma.tolist())
        run.evaluate()
        run.accumulate()
        run.summarize()
    return list(run.stats[:10])
