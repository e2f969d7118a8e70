"""Who is somebody: a person's score, and what it may be pruned by."""

from __future__ import annotations

import numpy as np
import pytest

from deeppose.inference.found import Found
from deeppose.inference.people import person_scores


def scored(box: float, joints: list[float]) -> float:
    return float(person_scores(Found(np.ones((1, 4)), np.array([box])), np.array([joints]))[0])


def test_nobody_scores_above_their_box_so_boxes_may_be_pruned_by_the_bound_of_people() -> None:
    rng = np.random.default_rng(0)
    boxes, joints = rng.random(200), rng.random((200, 19))
    people = person_scores(Found(np.ones((200, 4)), boxes), joints)
    assert (people <= boxes).all()
    assert (people > 0).all()
    assert scored(0.7, [1.0] * 19) == pytest.approx(0.7)


def test_surer_joints_and_surer_boxes_make_surer_people() -> None:
    assert scored(0.5, [0.2, 0.4]) < scored(0.5, [0.2, 0.5]) < scored(0.6, [0.2, 0.5])


def test_a_portrait_is_a_person_all_the_same() -> None:
    """The surer half of the joints speaks: whoever's legs are out of the picture scores no less."""
    assert scored(0.8, [0.0, 0.0, 0.9, 0.7]) == scored(0.8, [0.6, 0.6, 0.9, 0.7])


def test_a_sure_box_carries_joints_that_are_hidden() -> None:
    """A quarter of the joints' score halves a person's."""
    assert scored(0.8, [0.25] * 4) == pytest.approx(0.4)
