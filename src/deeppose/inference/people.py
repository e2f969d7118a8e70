"""Is anybody there? The score of a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deeppose.inference.finders import Found

Floats = NDArray[np.float64]


LEAST = 0.0
"""Who scores less is nobody, unless the user says otherwise."""


def person_scores(found: Found, scores: Floats) -> Floats:
    """(N,) in [0, 1]: the box's score times the mean score of the surer half of the joints.

    Args:
        found: the N people's boxes.
        scores: (N, K) of their joints after the last stage. Half of them are taken, the surest: a portrait shows no
            legs and is a person all the same.
    """
    half = np.sort(scores, axis=1)[:, scores.shape[1] // 2 :]
    return np.asarray(found.scores * half.mean(axis=1))
