"""Is anybody there? The score of a person."""

from __future__ import annotations

import numpy as np

from deeppose.errors import ConfigError
from deeppose.inference.found import Found
from deeppose.inference.likeness import distinct
from deeppose.poses import Poses
from deeppose.types import Floats

LEAST = 0.28
"""Who scores less is nobody, unless the user says otherwise; measured in docs/finding-people.md."""


def person_scores(found: Found, scores: Floats) -> Floats:
    """(N,) in [0, 1]: the box's score times the root of the mean score of the surer half of the joints.

    A root, for joints that are small, hidden or bent score low on whoever is there: without it the small and the
    crouching are missed, without joints cats are people. Nobody scores above their box, so boxes that score too little
    need not be looked at.

    Args:
        found: the N people's boxes.
        scores: (N, K) of their joints after the last stage. Half of them are taken, the surest: a portrait shows no
            legs and is a person all the same.
    """
    half = np.sort(scores, axis=1)[:, scores.shape[1] // 2 :]
    return np.asarray(found.scores * np.sqrt(half.mean(axis=1)))


def kept(poses: Poses, least: float, most: int | None) -> Poses:
    """Who scores at least `least`, at most `most` of them: the best, in their order.

    A finder may see somebody twice: where people are sought (`least` above 0) everyone counts once.
    """
    assert poses.person_scores is not None
    there = poses[np.flatnonzero(poses.person_scores >= least)]
    return (distinct(there) if least > 0 else there)[:most]


def some(people: int | None) -> int | None:
    """How many people at most.

    Raises:
        ConfigError: not a whole number of 1 or more.
    """
    if people is not None and (isinstance(people, bool) or not isinstance(people, int) or people < 1):
        raise ConfigError(f"people must be a whole number of 1 or more, or None for all, not {people!r}")
    return people


def share(score: float) -> float:
    """A least score.

    Raises:
        ConfigError: not a number from 0 to 1.
    """
    if not isinstance(score, int | float) or not 0 <= score <= 1:
        raise ConfigError(f"min_person must be a score from 0 to 1, not {score!r}")
    return float(score)
