"""What came of own labels: how many stages help, held-out errors with intervals, the floor, the worst pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deeppose.data import boxes
from deeppose.data.own.people import Own
from deeppose.data.store import Store
from deeppose.evaluation import joints as joint_metrics
from deeppose.evaluation import oks
from deeppose.files import write
from deeppose.model import confidence
from deeppose.model.cascade import Cascade
from deeppose.skeleton import Skeleton
from deeppose.training import validation
from deeppose.training.export import export
from deeppose.training.settings import Recipe
from deeppose.types import Floats, Mask

MODEL, RESULT, FEATURES = "model.onnx", "result.json", "features.pt"

SIGMA = 0.05
"""OKS's sigma where nobody measured how labels of a joint vary; in the middle of COCO's 0.025 to 0.107."""

FAR = 0.2
"""Shares of diam(y): an error counts as no more than this where stages are compared, so that no single miss decides."""

RESAMPLES = 1000
WORST = 12


@dataclass(frozen=True, eq=False)
class Poses:
    """Held-out people in pixels of their pictures: truth (N, K, 2), labelled (N, K), predicted (S, N, K, 2)."""

    truth: Floats
    labelled: Mask
    predicted: Floats
    floor: Floats
    scores: Floats


def conclude(
    cascade: Cascade, recipe: Recipe, own: Own, train: Store, held_out: Store, out: Path, **facts: Any
) -> dict[str, Any]:
    """Choose the number of stages, export the model, measure, keep what suggestions need; returns the numbers.

    Writes `model.onnx`, `result.json` and `features.pt` into the run's folder.
    """
    poses = _poses(cascade, train, held_out)
    costs = [_cost(stage, poses, cascade.skeleton) for stage in poses.predicted]
    stages = chosen_stages(costs)
    numbers = _numbers(own, poses, stages, cascade.skeleton)
    people = {"train": len(train), "held_out": len(held_out)}
    result = {**facts, "stages": stages, "cost_of_stages": costs, "people": people, **numbers}
    write(out / RESULT, json.dumps(result, indent=1, allow_nan=False))
    features = validation.predict(cascade, train, depth=1).context
    write(out / FEATURES, lambda file: torch.save(features, file))
    box = "" if recipe.labels is None else recipe.labels.box
    samples = [s.samples for s in recipe.stages[:stages]]
    part = cascade.first(stages)
    export(
        part, out / MODEL, out.name or "own", recipe=recipe.name, seed=recipe.seed, samples=samples, box=box
    )
    return result


def chosen_stages(costs: list[float]) -> int:
    """Stages are added until one no longer improves on the one before (section 4.1), on held-out people.

    >>> chosen_stages([0.2, 0.1, 0.11, 0.05])
    2
    """
    better = [b < a for a, b in pairwise(costs)]
    return 1 + (better.index(False) if False in better else len(better))


def _poses(cascade: Cascade, train: Store, held_out: Store) -> Poses:
    estimate = validation.predict(cascade, held_out)
    scores = confidence.scores(cascade, estimate)[:, -1]
    floor = held_out.to_picture(validation.mean_pose(train, held_out))
    truth = held_out.to_picture(held_out.joints)
    stages = held_out.to_picture(estimate.joints).transpose(0, 1)
    arrays = (t.detach().cpu().double().numpy() for t in (truth, stages, floor, scores))
    there = held_out.labelled.cpu().numpy()
    true, predicted, mean, sure = arrays
    return Poses(true, there, predicted, mean, sure)


def _cost(predicted: Floats, poses: Poses, skeleton: Skeleton) -> float:
    """Mean error over labelled joints in diam(y), none counted as more than `FAR`."""
    diam = boxes.diameters(poses.truth, poses.labelled, skeleton)[:, None]
    return float(np.minimum(joint_metrics.errors(poses.truth, predicted) / diam, FAR)[poses.labelled].mean())


def _numbers(own: Own, poses: Poses, stages: int, skeleton: Skeleton) -> dict[str, Any]:
    pictures = [str(p.image) for p in own.held_out()]
    last = poses.predicted[stages - 1]
    error = joint_metrics.errors(poses.truth, last)
    names = skeleton.joints
    seen = {j: error[poses.labelled[:, k], k] for k, j in enumerate(names)}
    return {
        "split": own.split.how,
        "metrics": {
            "model": _metrics(last, poses, skeleton, pictures),
            "mean_pose": _metrics(poses.floor, poses, skeleton, pictures),
        },
        "joints": {j: float(np.median(e)) if len(e) else None for j, e in seen.items()},
        "label_noise": label_noise(own),
        "worst": _worst(error, last, poses, pictures),
    }


def _metrics(
    guess: Floats, poses: Poses, skeleton: Skeleton, pictures: list[str]
) -> dict[str, dict[str, float]]:
    """Value, low and high of each measure; 95 % intervals by drawing pictures anew."""
    error = joint_metrics.errors(poses.truth, guess)
    diam = boxes.diameters(poses.truth, poses.labelled, skeleton)[:, None]
    side = joint_metrics.box_sizes(poses.truth, poses.labelled)[0][:, None]
    similar = oks.similarity(
        poses.truth, guess, np.full(len(skeleton), SIGMA), oks.areas(poses.truth, poses.labelled)
    )
    each = {
        "median error, px": (error, np.median), "mean error, px": (error, np.mean),
        **{f"PDJ@{t:g}": ((error <= t * diam).astype(float), np.mean) for t in (0.05, 0.1, 0.2)},
        "PCK@0.1": ((error <= 0.1 * side).astype(float), np.mean),
        "OKS": (similar, np.mean),
    }  # fmt: skip
    return {name: _interval(values, poses.labelled, how, pictures) for name, (values, how) in each.items()}


def _interval(values: Floats, labelled: Mask, how: Any, pictures: list[str]) -> dict[str, float]:
    """A statistic of labelled joints; people of one picture are drawn together."""
    names, which = np.unique(pictures, return_inverse=True)
    groups = [values[which == g][labelled[which == g]] for g in range(len(names))]
    rng = np.random.default_rng(0)
    drawn = [
        float(how(np.concatenate([groups[g] for g in rng.integers(0, len(groups), len(groups))])))
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return {"value": float(how(np.concatenate(groups))), "low": float(low), "high": float(high)}


def label_noise(own: Own) -> float | None:
    """Median distance in pixels between two labels of one joint, where a picture is labelled twice; else None."""
    prints: dict[bytes, list[int]] = {}
    people = own.labels.people
    for i, person in enumerate(people):
        prints.setdefault(person.image.read_bytes(), []).append(i)
    pairs = [ids for ids in prints.values() if len(ids) == 2 and people[ids[0]].image != people[ids[1]].image]
    apart = [
        np.linalg.norm(people[a].joints - people[b].joints, axis=-1)[people[a].labelled & people[b].labelled]
        for a, b in pairs
    ]
    every = np.concatenate(apart) if apart else np.zeros(0)
    return float(np.median(every)) if len(every) else None


def _worst(error: Floats, last: Floats, poses: Poses, pictures: list[str]) -> list[dict[str, Any]]:
    """The people of the largest mean error, and where their joints were put; `index` counts the held-out people."""
    mean = np.where(poses.labelled, error, 0).sum(1) / np.maximum(poses.labelled.sum(1), 1)
    order = np.argsort(-mean)[:WORST]
    return [
        {"index": int(i), "picture": pictures[i], "error": float(mean[i]), "joints": last[i].tolist()}
        for i in order
    ]
