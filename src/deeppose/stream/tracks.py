"""Who is who over time: poses of one frame after the other, each person keeping one number.

A person's joints are expected where a constant velocity takes them. What is found is compared with what was expected by
OKS: each joint in its own scale, weighted by the scores, with an allowance for how far it can have strayed meanwhile.
Pairs are chosen together, so that the sum of their similarities is largest. Time is the frames' own, in seconds.

Who is doubtful only goes on a track, in a second round, as in ByteTrack (Zhang et al., ECCV 2022); who is new and not
sure gets a number when seen again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import ConfigError
from deeppose.inference.likeness import boxes, likeness, sigmas_of
from deeppose.poses import Poses
from deeppose.rectangles import iou
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

Ints = NDArray[np.int64]

STRAY = 0.6
"""How far a joint may stray from where it is expected, in sizes of the person a second."""

LEARN = 0.1
"""Seconds over which a velocity is averaged: the difference of two frames is mostly noise."""

COAST = 1.0
"""Seconds within which someone unseen slows down in expectation: nobody walks on for ever."""

ALIKE = 0.03
"""The least similarity at which two poses can be one person's."""

OVERLAP = 0.3
"""The least overlap (IoU) of two boxes whose poses are not alike, as of someone who jumps, to be one person's."""

DOUBTFUL = 0.5
"""The share of the score a person needs that suffices for someone who is followed already."""

SURE = 2.0
"""From so many times that score on, someone new gets a number at first sight, as everyone does in the first frame."""

UNNUMBERED = -1
"""In place of a number, for those who have none."""

FRAME = 1 / 30
"""Seconds between frames that do not say when they are."""


@dataclass(frozen=True, eq=False)
class _People:
    """T people followed: numbers (T,), joints (T, K, 2) and velocities in pixels a second, scores, when last seen."""

    ids: Ints
    joints: Floats
    velocity: Floats
    scores: Floats
    seen: Floats

    def only(self, which: NDArray[np.bool_] | Ints) -> _People:
        return _People(*(getattr(self, f.name)[which] for f in fields(self)))

    def beside(self, *others: _People) -> _People:
        everyone = (self, *others)
        return _People(*(np.concatenate([getattr(p, f.name) for p in everyone]) for f in fields(self)))

    def expected(self, time: float) -> Floats:
        """(T, K, 2) at that time."""
        ahead = COAST * -np.expm1((self.seen - time) / COAST)
        return self.joints + self.velocity * ahead[:, None, None]


class Tracker:
    """Gives people their numbers, frame after frame, from 0 up in the order in which they are first seen.

    Args:
        skeleton: of the poses.
        max_unseen: seconds for which someone unseen keeps their number; whoever comes back later gets a new one.
        least: the score a person needs; 0 numbers everybody at first sight.

    Raises:
        ConfigError: `max_unseen` is negative or no number, or SciPy is missing.
    """

    def __init__(self, skeleton: Skeleton, max_unseen: float = 1.0, least: float = 0.0) -> None:
        if not 0 <= max_unseen < math.inf:
            raise ConfigError(f"max-unseen {max_unseen:g}: give seconds, 0 or more, such as 1")
        self._max_unseen, self._least = max_unseen, least
        self._sigma, self._assign = sigmas_of(skeleton), _assignment()
        none = np.zeros((0, len(skeleton), 2))
        self._people = _People(np.zeros(0, np.int64), none, none, none[..., 0], np.zeros(0))
        self._new, self._now, self._begun = 0, 0.0, False
        self._size: tuple[int, int] | None = None

    def update(self, poses: Poses, time: float | None, size: tuple[int, int] | None = None) -> Poses:
        """The same poses with `tracks` (N,) set: `UNNUMBERED` for the doubtful who go on no track and the new who wait.

        Args:
            poses: of the next frame; of nobody where nobody is in it.
            time: of the frame in seconds; None for `FRAME` after the last. Where it runs backwards, the clock is set
                back with it: everyone keeps their number and is expected where they were last.
            size: width and height of the frame's picture; where they change, what is known is scaled with them.
        """
        if _whole(poses, size) and not len(self._people.ids):
            self._new = 1
            return replace(poses, tracks=np.zeros(1, np.int64))
        self._set_clock(time)
        self._set_size(size)
        known = self._people
        known = known.only(self._now - known.seen <= self._max_unseen + 1e-6)
        score = np.ones(len(poses)) if poses.person_scores is None else poses.person_scores
        old, new = self._continued(known, poses, score >= self._least)
        ids = np.full(len(poses), UNNUMBERED, np.int64)
        ids[new] = known.ids[old]
        fresh = np.setdiff1d(np.flatnonzero(score >= self._least), new)
        at_once = fresh[score[fresh] >= self._least * SURE] if self._begun else fresh
        self._number(ids, np.union1d(at_once, new[ids[new] < 0]))
        seen = _seen(known.only(old), poses, new, ids, self._now).beside(
            _first_seen(poses, fresh, ids, self._now)
        )
        unseen = known.only(np.setdiff1d(np.arange(len(known.ids)), old))
        self._people = seen.only(np.argsort(np.concatenate([new, fresh]))).beside(unseen)
        self._begun = True
        return replace(poses, tracks=ids)

    def expected(self, ahead: float = FRAME) -> Floats:
        """(N, K, 2) where the N people of the last frame will be, so many seconds after it; in its order."""
        now = self._people.only(self._people.seen >= self._now)
        return now.expected(self._now + ahead)

    def _set_clock(self, time: float | None) -> None:
        now = self._now + FRAME if time is None or not math.isfinite(time) else time
        if now < self._now:
            self._people = replace(self._people, seen=self._people.seen + (now - self._now))
        self._now = now

    def _set_size(self, size: tuple[int, int] | None) -> None:
        if size and self._size and size != self._size:
            ratio = np.array(size) / np.array(self._size)
            known = self._people
            self._people = replace(known, joints=known.joints * ratio, velocity=known.velocity * ratio)
        self._size = size or self._size

    def _number(self, ids: Ints, which: Ints) -> None:
        ids[which] = self._new + np.arange(len(which))
        self._new += len(which)

    def _continued(self, known: _People, poses: Poses, sure: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """Indices of people known and of people found that are the same: the sure first; the doubtful if numbered."""
        old, new = self._pairs(known, poses[sure])
        rest, doubtful = np.setdiff1d(np.flatnonzero(known.ids >= 0), old), np.flatnonzero(~sure)
        late, found = self._pairs(known.only(rest), poses[doubtful])
        return np.concatenate([old, rest[late]]), np.concatenate([np.flatnonzero(sure)[new], doubtful[found]])

    def _pairs(self, known: _People, poses: Poses) -> tuple[Ints, Ints]:
        """Indices of people known and of people found that are the same: by poses, whoever is left by boxes."""
        stray = STRAY * (self._now - known.seen)
        alike = likeness(
            known.expected(self._now), known.scores, poses.joints, poses.scores, self._sigma, stray
        )
        old, new = self._best(np.where(alike < ALIKE, 0, alike))
        overlap = iou(boxes(known.joints)[:, None], boxes(poses.joints)[None])
        overlap[old], overlap[:, new] = 0, 0
        rest, others = self._best(np.where(overlap < OVERLAP, 0, overlap))
        return np.concatenate([old, rest]), np.concatenate([new, others])

    def _best(self, alike: Floats) -> tuple[Ints, Ints]:
        """The pairs whose sum is largest, without those of 0."""
        old, new = self._assign(alike, maximize=True)
        good = alike[old, new] > 0
        return old[good], new[good]


def _whole(poses: Poses, size: tuple[int, int] | None) -> bool:
    """Whether a picture was taken for one individual: there is no other, however far it jumps."""
    return size is not None and len(poses) == 1 and np.allclose(poses.boxes[0, 2:], size)


def _seen(known: _People, poses: Poses, which: Ints, ids: Ints, now: float) -> _People:
    """People seen again: where they were found, at a velocity drawn towards the one just measured."""
    elapsed = (now - known.seen)[:, None, None]
    joints = poses.joints[which]
    moved = (joints - known.joints) / np.maximum(elapsed, 1e-6)
    velocity = known.velocity - np.expm1(-elapsed / LEARN) * (moved - known.velocity)
    return _People(ids[which], joints, velocity, poses.scores[which], np.full(len(which), now))


def _first_seen(poses: Poses, which: Ints, ids: Ints, now: float) -> _People:
    joints = poses.joints[which]
    return _People(ids[which], joints, np.zeros_like(joints), poses.scores[which], np.full(len(which), now))


def _assignment() -> Callable[..., tuple[Ints, Ints]]:
    """SciPy's, imported when someone is tracked."""
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError as error:
        raise ConfigError("tracking people needs SciPy: pip install 'deeppose[video]'") from error
    chosen: Callable[..., tuple[Ints, Ints]] = linear_sum_assignment
    return chosen
