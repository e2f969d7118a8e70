"""OKS, object keypoint similarity, and COCO's average precision over it (Lin et al.; cocodataset.org).

OKS of one person: the mean over labelled joints of exp(-d^2 / (2 area (2 sigma_i)^2)), where sigma_i is how much
people who label joint i disagree. AP comes from faster-coco-eval (extra `coco`), not from us: every (image, person)
pair, matched greedily by score at thresholds .50:.05:.95.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from deeppose.errors import ConfigError
from deeppose.evaluation.counts import Floats, Mask
from deeppose.evaluation.joints import errors
from deeppose.skeleton import Skeleton

SIGMAS = {
    "nose": 0.026, "eye": 0.025, "ear": 0.035, "shoulder": 0.079, "elbow": 0.072, "wrist": 0.062, "hip": 0.107,
    "knee": 0.087, "ankle": 0.089, "head_top": 0.079, "neck": 0.079,
}  # fmt: skip
"""COCO's, by joint; head top and neck, which COCO has not, are CrowdPose's (Li et al., CVPR 2019)."""

STAND_INS = {"upper_neck": "neck", "thorax": "neck", "pelvis": "hip"}
"""Joints nobody published a sigma for, and the published joint each is treated as."""

AREA_OF_BOX = 0.53
"""A person's area as a share of its box, the usual stand-in where no segmentation is given (MMPose does so too)."""


def sigmas(skeleton: Skeleton) -> Floats:
    """(K,) of a skeleton's joints by name, left and right alike.

    Raises:
        ConfigError: a joint has no published sigma.
    """
    names = [joint.removeprefix("left_").removeprefix("right_") for joint in skeleton.joints]
    names = [STAND_INS.get(name, name) for name in names]
    unknown = sorted({name for name in names if name not in SIGMAS})
    if unknown:
        raise ConfigError(
            f"OKS has no published sigma for {', '.join(unknown)} of {skeleton.name!r}: give sigmas"
        )
    return np.array([SIGMAS[name] for name in names])


def areas(truth: Floats, labelled: Mask) -> Floats:
    """(N,) square pixels: `AREA_OF_BOX` times the box around the labelled joints."""
    low = np.where(labelled[..., None], truth, np.inf).min(1)
    high = np.where(labelled[..., None], truth, -np.inf).max(1)
    known = np.any(labelled, axis=1)[:, None]
    return np.asarray(AREA_OF_BOX * np.where(known, high - np.where(known, low, 0.0), 0.0).prod(1))


def similarity(truth: Floats, predicted: Floats, sigma: Floats, area: Floats) -> Floats:
    """(N, K) similarity of every joint, in [0, 1]; all joints, labelled or not.

    >>> similarity(np.zeros((1, 1, 2)), np.zeros((1, 1, 2)), np.array([0.1]), np.array([100.0]))
    array([[1.]])
    """
    variance = (2 * sigma) ** 2 * (area[:, None] + np.spacing(1))
    return np.asarray(np.exp(-(errors(truth, predicted) ** 2) / (2 * variance)))


def oks(truth: Floats, labelled: Mask, predicted: Floats, sigma: Floats, area: Floats) -> Floats:
    """(N,) OKS over labelled joints; 0 for a person with none, as in COCO's code once it is ignored there.

    >>> truth = np.zeros((1, 2, 2))
    >>> first, predicted = np.array([[True, False]]), truth + [[[3, 4], [99, 99]]]
    >>> oks(truth, first, predicted, np.full(2, 0.25), np.array([100.0])).round(4)  # exp(-25 / (2 x 100 x 0.5^2))
    array([0.6065])
    """
    each = similarity(truth, predicted, sigma, area) * labelled
    return np.asarray(each.sum(1) / np.maximum(labelled.sum(1), 1))


def average_precision(
    truth: Floats,
    labelled: Mask,
    images: Sequence[int],
    predicted: Floats,
    scores: Floats,
    predicted_images: Sequence[int],
    sigma: Floats,
    area: Floats | None = None,
) -> dict[str, float]:
    """COCO keypoint AP and AR of M predicted people against N true ones.

    Args:
        truth: (N, K, 2) pixels.
        labelled: (N, K); a person with no labelled joint is ignored, as COCO does.
        images: (N,) image id of each true person.
        predicted: (M, K, 2) pixels.
        scores: (M,) of each predicted person.
        predicted_images: (M,).
        sigma: (K,), from `sigmas`.
        area: (N,) of each true person; from its joints if None.

    Returns:
        "AP", "AP50", "AP75", "AP medium", "AP large", then the same for "AR"; NaN where nobody is of that size.
    """
    true_area = areas(truth, labelled) if area is None else area
    people = [
        _annotation(i, *row) for i, row in enumerate(zip(images, truth, labelled, true_area, strict=True))
    ]
    results = [_result(*row) for row in zip(predicted_images, predicted, scores, strict=True)]
    category = {
        "id": 1,
        "name": "person",
        "keypoints": [str(k) for k in range(truth.shape[1])],
        "skeleton": [],
    }
    pictures = [{"id": int(i)} for i in sorted({*images, *predicted_images})]
    values = _evaluate({"images": pictures, "annotations": people, "categories": [category]}, results, sigma)
    sizes = ("", "50", "75", " medium", " large")
    names = [f"{kind}{size}" for kind in ("AP", "AR") for size in sizes]
    return {name: float(v) if v >= 0 else float("nan") for name, v in zip(names, values, strict=True)}


def _annotation(index: int, image: int, joints: Floats, seen: Mask, area: float) -> dict[str, Any]:
    keypoints = np.concatenate([joints, np.where(seen, 2.0, 0.0)[:, None]], axis=1).ravel().tolist()
    common = {"id": index + 1, "image_id": int(image), "category_id": 1, "iscrowd": 0, "area": float(area)}
    return {**common, "num_keypoints": int(seen.sum()), "bbox": [0, 0, 1, 1], "keypoints": keypoints}


def _result(image: int, joints: Floats, score: float) -> dict[str, Any]:
    keypoints = np.concatenate([joints, np.ones((len(joints), 1))], axis=1).ravel().tolist()
    return {"image_id": int(image), "category_id": 1, "keypoints": keypoints, "score": float(score)}


def _evaluate(truth: dict[str, Any], results: list[dict[str, Any]], sigma: Floats) -> Sequence[float]:
    if not results or not truth["annotations"]:
        return [0.0 if truth["annotations"] else -1.0] * 10
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
