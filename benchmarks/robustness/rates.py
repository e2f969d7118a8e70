"""The numbers of `robustness.py`: accuracy of the joints in the picture, and scores of all."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from answers import Answer
from distortions import Floats

from deeppose.data.boxes import tight_box
from deeppose.evaluation import joints as by_joint
from deeppose.evaluation import limbs, uncertainty
from deeppose.evaluation.counts import Counts, Outcomes
from deeppose.evaluation.reliability import auc, reliability
from deeppose.rectangles import iou
from deeppose.show.overlay import LOW
from deeppose.skeleton import Skeleton


def measured(answer: Answer, skeleton: Skeleton) -> dict[str, Any]:
    """Every stage's numbers, and of the boxes the mean IoU with the ground-truth ones."""
    stages = range(answer.joints.shape[1])
    tight = tight_box(answer.truth, answer.labelled & answer.within)
    return {
        "box_iou": float(iou(answer.boxes, tight).mean()),
        "box_outside_picture": float(answer.outside.mean()),
        "stages": [stage(answer, s, skeleton) for s in stages],
    }


def hits(answer: Answer, s: int, skeleton: Skeleton) -> Outcomes:
    """PDJ@0.2 of a stage, of joints in the picture.

    The torso diagonal is the whole person's, so that cutting a picture does not change the yardstick.
    """
    sizes = by_joint.torso_sizes(answer.truth, answer.labelled, skeleton)
    return by_joint.found_outcomes(
        answer.truth, answer.labelled & answer.within, answer.joints[:, s], sizes, 0.2
    )


def change(first: Outcomes, now: Outcomes) -> dict[str, float] | None:
    """Of the last stage's PDJ since the first level, paired by person; None where other joints are counted."""
    if not np.array_equal(first.counted, now.counted):
        return None
    difference = uncertainty.compare(first, now).difference
    return {"value": difference.value, "low": difference.low, "high": difference.high}


def stage(answer: Answer, s: int, skeleton: Skeleton) -> dict[str, Any]:
    """Accuracy of the joints in the picture; scores of all, those cut off included."""
    seen, joints, scores = answer.labelled & answer.within, answer.joints[:, s], answer.scores[:, s]
    strict = limbs.pcp_outcomes(answer.truth, seen, joints, skeleton)
    found = hits(answer, s, skeleton)
    known = by_joint.torso_sizes(answer.truth, answer.labelled, skeleton)[1]
    rates = {
        "pcp": asdict(uncertainty.interval(strict, lambda counts: limbs.mean_of_kinds(counts, skeleton))),
        "pdj": asdict(uncertainty.interval(found, Counts.mean)),
    }
    told = reliability(scores, found.correct, answer.labelled & known[:, None])
    lost = answer.labelled & ~answer.within
    return {
        **rates,
        "ece": told.ece,
        "score_in_picture": float(scores[seen].mean()),
        "cut_off": None if not lost.any() else cut_off(scores[lost], scores[seen]),
    }


def cut_off(lost: Floats, seen: Floats) -> dict[str, float | None]:
    """Scores of joints out of the picture; "auc" is the chance that one of them scores less than one in it."""
    within = np.arange(len(lost) + len(seen)) >= len(lost)
    return {
        "joints": len(lost),
        "mean_score": float(lost.mean()),
        f"share_scoring_{LOW:g}": float((lost >= LOW).mean()),
        "auc": auc(np.concatenate([lost, seen]), within),
    }


def more_confident(first: Answer, second: Answer, skeleton: Skeleton) -> dict[str, Any]:
    """PDJ@0.2 of the last stage in two views of the same people, and in each person's view of the higher mean score."""
    found = [hits(answer, -1, skeleton) for answer in (first, second)]
    means = [answer.scores[:, -1].mean(1) for answer in (first, second)]
    keeps = means[0] >= means[1]
    chosen = Outcomes(np.where(keeps[:, None], found[0].correct, found[1].correct), found[0].counted)
    ways = {"as_it_is": found[0], "upside_down": found[1], "more_confident": chosen}
    rates = {name: asdict(uncertainty.interval(outcomes)) for name, outcomes in ways.items()}
    return {**rates, "kept_as_it_is": float(keeps.mean())}
