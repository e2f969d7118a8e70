"""Two predictions of the same people, person by person."""

from __future__ import annotations

from collections.abc import Sequence

from deeppose.data.annotation import Dataset
from deeppose.evaluation import joints, limbs
from deeppose.evaluation.joints import Diagonal
from deeppose.evaluation.outcome import Compared
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.protocol import choose_diagonal
from deeppose.evaluation.uncertainty import compare


def compared(
    dataset: Dataset,
    first: Predictions,
    second: Predictions,
    against: str,
    diagonal: Diagonal | None = None,
    thresholds: Sequence[float] = (0.2,),
) -> Compared:
    """Strict PCP and PDJ of the last stages, on the joints both have; a difference is second minus first.

    Args:
        dataset: the truth.
        first: predictions.
        second: others.
        against: what the second are called.
        diagonal: of PDJ, by default `protocol.choose_diagonal`'s.
        thresholds: of PDJ, in torso diagonals; by default 0.2 alone.
    """
    truth, skeleton, own = dataset.joints(), dataset.skeleton, dataset.labelled()
    labelled = own & first.given & second.given
    a, b = (limbs.pcp_outcomes(truth, labelled, p.stages[-1], skeleton) for p in (first, second))
    found = {"pcp_strict_mean": compare(a, b, lambda counts: limbs.mean_of_kinds(counts, skeleton))}
    if skeleton.torso:
        sizes = joints.torso_sizes(truth, own, skeleton, diagonal or choose_diagonal(own, skeleton))
        for t in thresholds:
            a, b = (joints.found_outcomes(truth, labelled, p.stages[-1], sizes, t) for p in (first, second))
            found[f"pdj_{t:g}_mean"] = compare(a, b)
    return Compared(against, found)
