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
from deeppose.data.coco import in_split
from deeppose.errors import ConfigError, DataError
from deeppose.evaluation.oks import AREA_OF_BOX, areas, sigmas
from deeppose.evaluation.predictions import Predictions
from deeppose.files import Id, read_json
from deeppose.poses import COCO_SHIFT
from deeppose.types import Floats, Mask

Row = dict[str, Any]

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
        return of_file(dataset.file, dataset.categories, predictions.results, sigma, dataset.split)
    images = [i for person in dataset.annotations if (i := person.image_id) is not None]
    truth = dataset.joints() - COCO_SHIFT
    return of_people(truth, dataset.labelled(), images, predictions.results, sigma)


def of_file(
    file: Path, categories: Sequence[Id], results: Sequence[Row], sigma: Floats, split: str = ""
) -> dict[str, float]:
    """AP and AR of COCO results against a file in COCO's format.

    Args:
        file: the ground truth, whole: every picture counts, also those with nobody in them.
        categories: the ids of those that are measured.
        results: each "image_id", "category_id", "keypoints" and "score", in COCO's pixels.
        sigma: (K,) of the file's joints, from `oks.sigmas`.
        split: a part of val2017 (`data.coco.THIRDS`) has its own pictures alone; any other has all of the file's.

    Returns:
        By `NAMES`; NaN where nobody is of that size.

    Raises:
        DataError: the file is not COCO's.
        ConfigError: faster-coco-eval is not installed.
    """
    try:
        content = read_json(file)
        rows = [row for row in content["annotations"] if row["category_id"] in categories]
        truth = [_complete(row, len(sigma)) for row in rows]
        images = [image["id"] for image in content["images"] if in_split(image["id"], split)]
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


def _complete(row: Row, joints: int) -> Row:
    """An annotation with what COCO's code reads and the file may leave out; what it has stands.

    Whose keypoints are damaged counts as somebody without keypoints: ignored.
    """
    box = row["bbox"] if _numbers(row.get("bbox"), 4) else [0, 0, 0, 0]
    whole = _numbers(row.get("keypoints"), 3 * joints)
    keypoints = row["keypoints"] if whole else [0] * (3 * joints)
    count = row.get("num_keypoints")
    stated = whole and isinstance(count, int)
    return {
        "image_id": row["image_id"],
        "category_id": row["category_id"],
        "bbox": box,
        "area": row["area"] if _numbers([row.get("area")], 1) else AREA_OF_BOX * box[2] * box[3],
        "iscrowd": int(bool(row.get("iscrowd"))),
        "keypoints": keypoints,
        "num_keypoints": count if stated else sum(v > 0 for v in keypoints[2::3]),
    }


def _numbers(values: Any, count: int) -> bool:
    """Whether these are so many finite numbers."""
    if not isinstance(values, list) or len(values) != count:
        return False
    return all(isinstance(v, int | float) and abs(v) < 1e300 for v in values)


def _evaluate(
    images: Sequence[Id], truth: list[Row], results: Sequence[Row], categories: Sequence[Id], sigma: Floats
) -> dict[str, float]:
    """The library on numbered ids: it wants integers above 0, and ids are opaque."""
    picture = {image: number for number, image in enumerate(images, 1)}
    kind = {category: number for number, category in enumerate(categories, 1)}

    def numbered(rows: Sequence[Row]) -> list[Row]:
        known = [r for r in rows if _among(r["image_id"], picture) and _among(r["category_id"], kind)]
        ids = [(picture[row["image_id"]], kind[row["category_id"]]) for row in known]
        return [
            {**row, "id": n, "image_id": i, "category_id": c}
            for n, (row, (i, c)) in enumerate(zip(known, ids, strict=True), 1)
        ]

    people, told = numbered(truth), numbered(_told(results, categories[0]))
    if not told or not people:
        return dict.fromkeys(NAMES, 0.0 if people else float("nan"))
    named = [{"id": number, "name": str(number), "keypoints": [], "skeleton": []} for number in kind.values()]
    content = {"images": [{"id": i} for i in picture.values()], "annotations": people, "categories": named}
    values = _library(content, told, sigma)
    return {name: float(v) if v >= 0 else float("nan") for name, v in zip(NAMES, values, strict=True)}


def _among(name: Any, names: dict[Id, int]) -> bool:
    return isinstance(name, int | str | float) and name in names


def _told(results: Sequence[Row], category: Id) -> list[Row]:
    """Results with a category and a score, whose joints all have a place, were it a far one.

    Boxes are kept where every result has one: areas of results, which sizes of people go by, then come from these.
    """
    boxed = all(_numbers(row.get("bbox"), 4) for row in results)
    told = []
    for row in results:
        keypoints = np.nan_to_num(np.asarray(row["keypoints"], np.float64), nan=FAR, posinf=FAR, neginf=-FAR)
        score = 1.0 if row.get("score") is None else float(np.nan_to_num(float(row["score"])))
        kept = {"image_id": row["image_id"], "category_id": row.get("category_id", category), "score": score}
        box = {"bbox": row["bbox"]} if boxed else {}
        told.append({**kept, **box, "keypoints": keypoints.clip(-FAR, FAR).tolist()})
    return told


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
