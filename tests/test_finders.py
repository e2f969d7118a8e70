"""Finders: their order, how many, and those that need no file."""

from __future__ import annotations

import numpy as np
import pytest

from deeppose.errors import ConfigError
from deeppose.inference import finders
from deeppose.inference.finders.person import FullImage, MostProminent, PersonFinder

PICTURE = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)


def test_order_depends_on_nothing_but_scores_and_boxes() -> None:
    rng = np.random.default_rng(1)
    boxes, scores = rng.uniform(1, 9, (20, 4)).round(), rng.integers(0, 3, 20) / 2
    shuffled = rng.permutation(20)
    one, other = finders.ranked(boxes, scores), finders.ranked(boxes[shuffled], scores[shuffled])
    np.testing.assert_array_equal(one.boxes, other.boxes)
    assert (np.diff(one.scores) <= 0).all()


def test_the_best_are_kept() -> None:
    found = finders.ranked(np.ones((4, 4)), [0.1, 0.9, 0.6, 0.5])
    assert finders.most(found, 2).scores.tolist() == [0.9, 0.6]
    assert finders.most(found, None, least=0.5).scores.tolist() == [0.9, 0.6, 0.5]
    assert len(finders.most(finders.ranked([], []), 3)) == 0
    with pytest.raises(ConfigError, match="at least 1 or all, not 0"):
        finders.most(found, 0)


def test_stage_0_and_the_full_image_are_finders() -> None:
    one = MostProminent(threads=1)(PICTURE)
    np.testing.assert_array_equal(one.boxes, PersonFinder(threads=1)(PICTURE))
    whole = FullImage()(PICTURE)
    assert whole.boxes.tolist() == [[60, 45, 120, 90]]
    assert one.scores.tolist() == whole.scores.tolist() == [1]
