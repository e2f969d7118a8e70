"""OKS, object keypoint similarity, and COCO's average precision over it (Lin et al.; cocodataset.org).

OKS of one person: the mean over labelled joints of exp(-d^2 / (2 area (2 sigma_i)^2)), where sigma_i is how much
people who label joint i disagree. Average precision over it is in `average_precision`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeppose.errors import ConfigError
from deeppose.evaluation.joints import errors, found_outcomes, torso_sizes
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

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


SHARE_THRESHOLDS = np.arange(0.5, 1.0, 0.05)
SHARE_LEAST = 10
"""People with fewer labelled joints say little about a pose."""


@dataclass(frozen=True)
class Share:
    """How many people are found, of those with `least` labelled joints or more, by some of their joints.

    Attributes:
        value: mean over t = .50, .55 … .95 of the share of people with OKS >= t; NaN for nobody.
        pdj: PDJ at 0.2 of the same people and joints, all joints pooled, by the first torso diagonal; None without one.
        people: how many.
        least: labelled joints they have, of all the skeleton's.
        joints: names of those looked at.
    """

    value: float
    pdj: float | None
    people: int
    least: int
    joints: tuple[str, ...]


def share(
    truth: Floats,
    labelled: Mask,
    predicted: Floats,
    skeleton: Skeleton,
    area: Floats,
    given: Mask | None = None,
    least: int = SHARE_LEAST,
) -> Share:
    """The share of people found by the joints from shoulders to ankles (`Skeleton.limb_joints`).

    The OKS of a person is over the labelled of these; a person with none of them does not count. It needs no scores:
    everybody has one prediction.
    """
    limbs = skeleton.limb_joints
    counted = labelled & np.isin(np.arange(len(skeleton)), limbs) & (True if given is None else given)
    people = (labelled.sum(1) >= least) & counted.any(1)
    each = oks(truth, counted, predicted, sigmas(skeleton), area)[people]
    found = (each[:, None] >= SHARE_THRESHOLDS - 1e-12).mean() if len(each) else np.nan
    near = None
    if skeleton.torso:
        sizes = torso_sizes(truth, labelled, skeleton)
        hits = found_outcomes(truth, counted & people[:, None], predicted, sizes, 0.2).counts()
        near = hits.pooled().rate().item()
    return Share(float(found), near, int(people.sum()), least, tuple(skeleton.joints[k] for k in limbs))
