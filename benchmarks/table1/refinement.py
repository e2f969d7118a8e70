"""Does refinement refine? An oracle stage 1, and whether training's displacements are those of the test.

Displacements are in units of diam(y), over labelled joints. Section 3.2 takes N_i^(s-1) from the training people;
where stage s - 1 has learned them by heart, its displacements on strangers are larger than what stage s is trained on.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model import displacement, geometry
from deeppose.model.cascade import Cascade, refine
from deeppose.model.displacement import Displacements
from deeppose.training import validation
from deeppose.training.views import plain


def _sizes(cascade: Cascade, people: Store) -> Tensor:
    """diam(y) of the truth, (N,) pixels."""
    return geometry.diameter(people.joints, people.labelled, cascade.skeleton.torso)


@torch.no_grad()
def oracle(
    cascade: Cascade, stage: int, people: Store, observed: Displacements, seed: int = 0
) -> dict[str, Any]:
    """The truth moved by sampled displacements, refined once by `stage`: error before and after.

    Args:
        stage: from 1, the second stage.
        observed: N_i^(stage-1), what that stage was trained on.
    """
    cascade.eval()
    errors = []
    generator = torch.Generator().manual_seed(seed)
    for index in torch.arange(len(people)).split(32):
        some = people.subset(index)
        diam = _sizes(cascade, some)
        uniforms = torch.rand(some.joints.shape, generator=generator).to(some.joints)
        start = some.joints + observed.sample(uniforms) * diam[:, None, None]
        boxes = geometry.joint_boxes(start, diam, cascade.config.sigma)
        after = refine(cascade.networks[stage], plain(cascade, some).images, start, boxes).joints
        pair = torch.stack([start, after]) - some.joints
        errors.append((pair.norm(dim=-1) / diam[:, None])[:, some.labelled])
    before, after = torch.cat(errors, 1)
    return {
        "stage": stage + 1,
        "people": len(people),
        "mean_error_before": float(before.mean()),
        "mean_error_after": float(after.mean()),
        "moved_closer": float((after < before).float().mean()),
    }


@torch.no_grad()
def displacements(cascade: Cascade, people: Store, observed: list[Displacements]) -> list[dict[str, Any]]:
    """Of each stage's predictions on people as they are, beside what training simulated of them.

    Args:
        observed: N_i^s of every stage but the last, which the stage after it was trained on.

    Returns:
        A dictionary a stage: mean length of its displacements and of those drawn from N_i^s for the same joints; the
        median of diam(y), predicted over true, by which its joint boxes are too large or too small (eq. 7); and each
        joint's standard deviations.
    """
    cascade.eval()
    joints = validation.predict(cascade, people, len(observed)).joints
    diam = _sizes(cascade, people)
    described = []
    for stage in range(joints.shape[1]):
        moved = displacement.fit(joints[:, stage], people.joints, people.labelled, diam)
        std = moved.covariance.diagonal(dim1=-2, dim2=-1).sqrt().tolist()
        length = (joints[:, stage] - people.joints).norm(dim=-1) / diam[:, None]
        everything = torch.ones_like(people.labelled)
        predicted = geometry.diameter(joints[:, stage], everything, cascade.skeleton.torso)
        described.append({
            "stage": stage + 1,
            "mean_length": float(length[people.labelled].mean()),
            "simulated_length": _simulated(observed[stage], people),
            "median_diameter_ratio": float((predicted / diam).median()),
            "std": dict(zip(cascade.skeleton.joints, std, strict=True)),
        })  # fmt: skip
    return described


@torch.no_grad()
def moves(cascade: Cascade, people: Store) -> list[dict[str, Any]]:
    """Of each later stage on people as they are: how far it moves joints, and by how much too far.

    Returns:
        A dictionary a stage: the mean length of its moves in diam(y), and `best_factor`.
    """
    cascade.eval()
    joints = validation.predict(cascade, people).joints
    diam = _sizes(cascade, people)
    described = []
    for stage in range(1, joints.shape[1]):
        before, after = joints[:, stage - 1], joints[:, stage]
        length = ((after - before).norm(dim=-1) / diam[:, None])[people.labelled]
        factor = best_factor(before, after, people.joints, people.labelled)
        described.append({"stage": stage + 1, "mean_move": float(length.mean()), "best_factor": factor})
    return described


def best_factor(before: Tensor, after: Tensor, truth: Tensor, labelled: Tensor) -> float:
    """What moves should have been multiplied by for the least squared error; below 1 they go too far."""
    move, need = (after - before)[labelled], (truth - before)[labelled]
    return float((move * need).sum() / (move * move).sum())


def _simulated(observed: Displacements, people: Store) -> float:
    """Mean length of displacements drawn from the Normal for the labelled joints of `people`."""
    uniforms = torch.rand(people.joints.shape, generator=torch.Generator().manual_seed(0)).to(people.joints)
    return float(observed.sample(uniforms).norm(dim=-1)[people.labelled].mean())
