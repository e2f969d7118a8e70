"""How likely a pose is: one Gaussian over poses freed of place and size, fitted to the data set itself.

Joints that are not labelled are integrated out, so that every person with three joints can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.skeleton import Skeleton, sideless
from deeppose.types import Floats, Mask

RIDGE = 1e-3
"""Added to the covariance's diagonal, as a share of its mean: poses of one size leave one direction empty."""

PEOPLE = 10
"""Complete poses wanted for each coordinate; with fewer a covariance says little."""


@dataclass(frozen=True, eq=False)
class PosePrior:
    """A Gaussian over the 2K coordinates of poses with centroid 0 and mean square radius 1.

    Attributes:
        mean: (2K,), x and y of joint 0, then of joint 1, and so on.
        covariance: (2K, 2K).
        usable: (K,) joints labelled often enough to be judged.
        people: how many complete poses it was fitted on.
    """

    mean: Floats
    covariance: Floats
    usable: Mask
    people: int

    def energy(self, joints: Floats, labelled: Mask) -> tuple[Floats, Floats]:
        """How unlikely each pose is.

        Args:
            joints: (N, K, 2) pixels.
            labelled: (N, K).

        Returns:
            (N,) -2 log p up to a constant, and (N,) the squared Mahalanobis distance a degree of freedom, about 1 for
            ordinary poses. NaN for people with fewer than three usable joints.
        """
        mask = labelled & self.usable
        total, share = np.full((2, len(joints)), np.nan)
        patterns, which = np.unique(mask, axis=0, return_inverse=True)
        for i, pattern in enumerate(patterns):
            people = np.flatnonzero(which.ravel() == i)
            if pattern.sum() >= 3:
                distance, volume, freedom = self._marginal(joints[people][:, pattern], pattern)
                total[people], share[people] = distance + volume, distance / freedom
        return total, share

    def _marginal(self, joints: Floats, pattern: Mask) -> tuple[Floats, float, int]:
        """Squared Mahalanobis distances of poses (N, k, 2) of these joints alone, log-determinant, freedom."""
        basis = np.kron(_differences(int(pattern.sum())), np.eye(2))
        chosen = np.repeat(pattern, 2)
        mean = basis @ self.mean[chosen]
        covariance = basis @ self.covariance[np.ix_(chosen, chosen)] @ basis.T
        poses = joints.reshape(len(joints), -1) @ basis.T
        # Size is free: every pose gets the mean square radius that these joints have on average.
        size = np.sqrt((poses**2).sum(axis=1, keepdims=True) / (mean @ mean + np.trace(covariance)))
        error = poses / np.maximum(size, 1e-12) - mean
        distance = (error @ np.linalg.inv(covariance) * error).sum(axis=1)
        return distance, float(np.linalg.slogdet(covariance)[1]), len(mean)


def _differences(k: int) -> Floats:
    """(k - 1, k) orthonormal rows, each orthogonal to ones: what is left of k numbers when their mean is not known."""
    return np.linalg.svd(np.eye(k) - 1 / k)[2][:-1]


def fit(joints: Floats, labelled: Mask) -> PosePrior | None:
    """The prior of a data set's complete poses, fitted again without the oddest 2 %; None where they are too few.

    A joint labelled in less than half of the people is not used.

    Args:
        joints: (N, K, 2) pixels.
        labelled: (N, K).
    """
    usable: Mask = labelled.mean(axis=0) >= 0.5
    complete = labelled[:, usable].all(axis=1)
    if usable.sum() < 3 or complete.sum() < PEOPLE * 2 * usable.sum():
        return None
    poses = joints[complete] * usable[:, None]
    first = _gaussian(poses, usable)
    odd = first.energy(poses, np.broadcast_to(usable, poses.shape[:2]))[1]
    return _gaussian(poses[odd <= np.quantile(odd, 0.98)], usable)


def _gaussian(poses: Floats, usable: Mask) -> PosePrior:
    centred = np.where(usable[:, None], poses - poses[:, usable].mean(axis=1, keepdims=True), 0)
    size = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True) / usable.sum())
    flat = (centred / np.maximum(size, 1e-12)).reshape(len(poses), -1)
    covariance = np.cov(flat.T)
    ridge = RIDGE * np.trace(covariance) / (2 * usable.sum())
    return PosePrior(flat.mean(axis=0), covariance + ridge * np.eye(len(covariance)), usable, len(poses))


def swap_groups(skeleton: Skeleton) -> dict[str, NDArray[np.int64]]:
    """Permutations (K,) that exchange left and right: of everything, and of each chain of limbs alone.

    >>> from deeppose.skeleton import LSP
    >>> list(swap_groups(LSP))
    ['everything', 'ankle, knee, hip', 'wrist, elbow, shoulder']
    """
    groups = {"everything": np.array(skeleton.mirror)}
    for chain in _chains(skeleton):
        order = np.arange(len(skeleton))
        for joint in chain:
            other = skeleton.mirror[joint]
            order[joint], order[other] = other, joint
        groups[", ".join(sideless(skeleton.joints[joint]) for joint in chain)] = order
    return groups


def _chains(skeleton: Skeleton) -> list[list[int]]:
    """One side's joints, in chains connected by limbs."""
    paired = [i for i, j in enumerate(skeleton.mirror) if i != j]
    chain_of = {i: frozenset((i,)) for i in paired}
    for limb in skeleton.limbs:
        ends = {*limb.start, *limb.end}
        one_side = len(ends) == 2 and ends <= set(paired) and ends != {skeleton.mirror[i] for i in ends}
        if one_side:
            joined = frozenset(j for i in ends for j in chain_of[i])
            chain_of.update(dict.fromkeys(joined, joined))
    chains = {frozenset((c, frozenset(skeleton.mirror[i] for i in c))) for c in chain_of.values()}
    return sorted(sorted(min(pair, key=min)) for pair in chains if len(pair) == 2)
