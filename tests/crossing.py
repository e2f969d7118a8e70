"""People who walk past one another, with misses and noise: scenes whose true identities are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.poses import Poses
from deeppose.skeleton import LSP

_STANDING = np.array([
    [-3, 48], [-3, 25], [-2, 0], [2, 0], [3, 25], [3, 48],
    [-6, 2], [-6, -16], [-4, -32], [4, -32], [6, -16], [6, 2], [0, -36], [0, -52],
]) / 100  # fmt: skip
"""LSP's joints in body heights, from the pelvis, y down."""

_SWING = np.array([16, 7, 0, 0, -7, -16, -12, -5, 0, 0, 5, 12, 0, 0]) / 100
"""How far each swings forward in a step."""


@dataclass(frozen=True, eq=False)
class Scene:
    """T frames of P people: times (T,), joints (T, P, K, 2) true and found, scores, who was found in which order."""

    times: NDArray[np.float64]
    joints: NDArray[np.float64]
    found: NDArray[np.float64]
    scores: NDArray[np.float64]
    order: list[NDArray[np.int64]]

    def frames(self) -> Iterator[tuple[float, NDArray[np.int64], Poses]]:
        """Time, the true number of each person found, and their poses."""
        for time, who, joints, scores in zip(self.times, self.order, self.found, self.scores, strict=True):
            yield float(time), who, Poses(LSP, joints[who], scores[who], np.zeros((len(who), 4)))


def scene(seed: int, fps: float, seconds: float = 10, people: int = 4, miss: float = 0.1) -> Scene:
    """Everyone walks through the middle of a 1280 x 720 picture, half of them from either side."""
    random = np.random.default_rng(seed)
    times = np.arange(int(seconds * fps)) / fps
    height, feet = random.uniform(230, 300, people), random.uniform(335, 385, people)
    speed = random.uniform(80, 170, people) * np.where(random.permutation(people) % 2, -1, 1)
    start = 640 + random.uniform(-150, 150, people) - speed * seconds / 2
    phase, steps = random.uniform(0, 2 * np.pi, people), random.uniform(0.8, 1.1, people)
    stride = np.sin(2 * np.pi * steps * times[:, None] + phase)
    along = start + speed * times[:, None] + 20 * np.sin(0.6 * np.pi * times[:, None] + phase)
    x = along[..., None] + height[:, None] * (_STANDING[:, 0] + _SWING * stride[..., None])
    y = feet[:, None] + height[:, None] * (_STANDING[:, 1] + 0.01 * np.abs(stride[..., None]))
    joints = np.stack([x, y], axis=-1)
    found = joints + random.normal(0, 0.012, joints.shape) * height[:, None, None]
    scores = np.clip(random.normal(0.8, 0.1, joints.shape[:3]), 0.05, 1)
    seen = random.random((len(times), people)) >= miss
    return Scene(times, joints, found, scores, [random.permutation(np.flatnonzero(s)) for s in seen])


def switches(true: list[NDArray[np.int64]], given: list[NDArray[np.int64]]) -> int:
    """How often a person's number is another than when they were last found (MOT's identity switches)."""
    last: dict[int, int] = {}
    count = 0
    for who, ids in zip(true, given, strict=True):
        for person, number in zip(who.tolist(), ids.tolist(), strict=True):
            count += last.get(person, number) != number
            last[person] = number
    return count
