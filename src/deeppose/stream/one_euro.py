"""The One-Euro filter (Casiez, Roussel and Vogel, CHI 2012) on every joint of everyone followed: causal, for a camera.

A low-pass whose cut-off frequency rises with speed: a still joint stands still, a fast one hardly lags. Speeds are in
the person's own size a second, so that the parameters mean the same for near and far people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeppose.inference.likeness import sizes
from deeppose.poses import Poses
from deeppose.stream.tracks import FRAME
from deeppose.types import Floats


@dataclass(frozen=True)
class _Joints:
    """What is known of one person: time, place (K, 2) and velocity in pixels a second, both filtered."""

    time: float
    place: Floats
    velocity: Floats


class OneEuro:
    """Smooths tracked poses as they come.

    Args:
        cut_off_frequency: Hz, of a joint at rest.
        beta: Hz more for every size of the person a second.
        d_cut_off_frequency: Hz, of the speeds themselves.
    """

    def __init__(
        self, cut_off_frequency: float = 1.0, beta: float = 4.0, d_cut_off_frequency: float = 1.0
    ) -> None:
        self._rest, self._beta, self._slow = cut_off_frequency, beta, d_cut_off_frequency
        self._known: dict[int, _Joints] = {}

    def update(self, poses: Poses, time: float | None) -> Floats:
        """(N, K, 2) smoothed joints of poses that have `tracks`; a new track starts where it is found.

        Whoever has no number stays as they are.
        """
        assert poses.tracks is not None, "only people who are followed can be smoothed"
        known = [self._known.get(track) for track in poses.tracks.tolist()]
        after = [
            _Joints(0.0 if time is None else time, joints, np.zeros_like(joints))
            if old is None
            else self._next(old, joints, size, time)
            for old, joints, size in zip(known, poses.joints, sizes(poses.joints), strict=True)
        ]
        self._known |= {t: a for t, a in zip(poses.tracks.tolist(), after, strict=True) if t >= 0}
        return np.stack([joints.place for joints in after]) if after else np.zeros(poses.joints.shape)

    def _next(self, old: _Joints, joints: Floats, size: float, time: float | None) -> _Joints:
        now = old.time + FRAME if time is None else time
        elapsed = now - old.time if now > old.time else FRAME
        velocity = old.velocity + _share(elapsed, self._slow) * (
            (joints - old.place) / elapsed - old.velocity
        )
        speed = np.linalg.norm(velocity, axis=-1, keepdims=True) / size
        place = old.place + _share(elapsed, self._rest + self._beta * speed) * (joints - old.place)
        return _Joints(now, place, velocity)


def _share(elapsed: float, cut_off: float | Floats) -> Floats:
    """How far a first-order low-pass goes towards a new sample."""
    return np.asarray(1 / (1 + 1 / (2 * np.pi * np.asarray(cut_off) * elapsed)))
