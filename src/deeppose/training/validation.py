"""Watching a run: held-out people, the mean-pose floor beside every score, and a warning when predictions collapse."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from deeppose.data import boxes
from deeppose.data.store import Store
from deeppose.evaluation import joints as joint_metrics
from deeppose.evaluation import limbs
from deeppose.model import geometry
from deeppose.model.cascade import Cascade
from deeppose.model.regressor import Estimate
from deeppose.skeleton import SKELETONS, Skeleton
from deeppose.types import Floats, Mask

CHUNK = 128
"""People predicted at once."""


@dataclass(frozen=True)
class Score:
    """PDJ@0.1 and @0.2 (mean over joints) and strict PCP@0.5 (mean of the four limb kinds), as fractions.

    `pcp` is nan for a skeleton without these limbs. `spread` is how much predictions vary over how much the truth does,
    about a person's box: near 0 is a collapse onto the mean pose.
    """

    pdj01: float
    pdj02: float
    pcp: float
    spread: float

    def __str__(self) -> str:
        limbs = "" if math.isnan(self.pcp) else f"  strict PCP {self.pcp:.3f}"
        return f"PDJ@0.1 {self.pdj01:.3f}  PDJ@0.2 {self.pdj02:.3f}{limbs}"

    def asdict(self) -> dict[str, float]:
        """Name to value."""
        return asdict(self)


@torch.no_grad()
def in_chunks(function: Callable[[Store], Estimate], store: Store) -> Estimate:
    """Apply a predictor to a store a chunk at a time, so that memory stays bounded."""
    parts = [function(store.subset(index)) for index in torch.arange(len(store)).split(CHUNK)]
    joints, scales = (
        torch.cat(tensors) for tensors in ([p.joints for p in parts], [p.scales for p in parts])
    )
    contexts = [p.context for p in parts if p.context is not None]
    return Estimate(joints, scales, torch.cat(contexts) if contexts else None)


def predict(cascade: Cascade, store: Store, depth: int | None = None) -> Estimate:
    """Every stage's poses for everyone, with no augmentation: joints (N, S, K, 2), scales (N, S, K)."""
    cascade.eval()
    return in_chunks(
        lambda people: cascade(cascade.prepare(people.dense()), people.boxes, depth=depth), store
    )


def score(predicted: Tensor, store: Store, skeleton: Skeleton) -> Score:
    """One pose a person (N, K, 2) against the truth."""
    truth, labelled = _numpy(store.joints), store.labelled.cpu().numpy()
    guess = _numpy(predicted)
    sizes = sizes_of(truth, labelled, skeleton)
    pdj = joint_metrics.found(truth, labelled, guess, sizes, np.array([0.1, 0.2])).mean()
    pcp = limbs.mean_of_kinds(limbs.pcp(truth, labelled, guess, skeleton), skeleton)
    return Score(float(pdj[0]), float(pdj[1]), float(pcp), _spread(predicted, store))


def sizes_of(truth: Floats, labelled: Mask, skeleton: Skeleton) -> joint_metrics.Sizes:
    """What PDJ divides by: a known skeleton's first torso diagonal, as published; diam(y) by any other's own rule."""
    if skeleton.torso and SKELETONS.get(skeleton.name) == skeleton:
        return joint_metrics.torso_sizes(truth, labelled, skeleton)
    return boxes.diameters(truth, labelled, skeleton), np.any(labelled, axis=-1)


def mean_pose(train: Store, people: Store) -> Tensor:
    """The floor: everyone gets the training set's mean normalised pose (N, K, 2), in their own box."""
    pose = boxes.mean_pose(_numpy(train.joints), train.labelled.cpu().numpy(), _numpy(train.boxes))
    return torch.from_numpy(boxes.placed(pose, _numpy(people.boxes))).to(people.joints)


def collapsed(result: Score) -> bool:
    """Whether predictions hardly vary from person to person: the classic failure of pose regression."""
    return result.spread < 0.1


def _spread(predicted: Tensor, store: Store) -> float:
    guess, truth = (geometry.normalize(y, store.boxes[:, None]) for y in (predicted, store.joints))
    return float(guess.std(0).mean() / truth.std(0).mean().clamp_min(1e-6))


def _numpy(x: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return x.detach().cpu().double().numpy()
