"""How far each stage's joints lie from the truth, in units of diam(y): the N_i of section 3.2, on these people.

Training draws simulated predictions from the same statistics of its own people; here they say what is left to the
next stage, and how often its joint box, of side sigma diam(y) (eq. 7), still holds the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deeppose.data.boxes import diameters
from deeppose.show.report.subject import Subject
from deeppose.types import Floats


def joint_box_sides(subject: Subject, stage: int) -> Floats | None:
    """(N,) sides in pixels of the joint boxes around a stage's (from 0) joints; None without a sigma."""
    if subject.sigma is None:
        return None
    poses = subject.stages[stage]
    return subject.sigma * diameters(poses, np.ones(poses.shape[:2], bool), subject.skeleton)


@dataclass(frozen=True)
class Moments:
    """Of `count` displacements in units of diam(y): mean (2,) and covariance (2, 2), None for fewer than three."""

    count: int
    mean: list[float] | None
    covariance: list[list[float]] | None


@dataclass(frozen=True)
class Displacements:
    """By joint; and the share of joints whose truth lies in the next joint box, None without a sigma."""

    joints: dict[str, Moments]
    in_box: float | None


def observed(subject: Subject, stage: int) -> Displacements:
    """One stage's (from 0) displacements, predicted minus true, by joint."""
    diam = diameters(subject.truth, subject.labelled, subject.skeleton)
    moved = subject.stages[stage] - subject.truth
    pieces = [(moved[seen, k] / diam[seen, None]) for k, seen in enumerate(subject.compared.T)]
    moments = dict(zip(subject.skeleton.joints, map(_moments, pieces), strict=True))
    return Displacements(moments, _inside(subject, stage, moved))


def _moments(moved: Floats) -> Moments:
    if len(moved) < 3:
        return Moments(len(moved), None, None)
    return Moments(len(moved), moved.mean(0).tolist(), np.cov(moved.T).tolist())


def _inside(subject: Subject, stage: int, moved: Floats) -> float | None:
    side = joint_box_sides(subject, stage)
    if side is None or not subject.compared.any():
        return None
    inside = np.abs(moved).max(-1) <= side[:, None] / 2
    return float(inside[subject.compared].mean())


def ellipse(covariance: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """The one-sigma ellipse: its half axes, the longer first, and the longer one's angle in degrees, x towards y.

    >>> [round(v, 6) for v in ellipse([[1.0, 0.0], [0.0, 4.0]])]
    [2.0, 1.0, 90.0]
    """
    values, vectors = np.linalg.eigh(np.array(covariance))
    short, long = np.sqrt(values.clip(0))
    x, y = vectors[:, 1]
    return float(long), float(short), float(np.degrees(np.arctan2(y, x)) % 180)
