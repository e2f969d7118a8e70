"""Finders: their order, how many, and those that need no file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import deeppose
from deeppose.data.images import read_image
from deeppose.errors import ConfigError, ModelError
from deeppose.inference import finders
from deeppose.inference.finders.fixed import FullImage
from deeppose.inference.finders.person import UNTOLD, MostProminent, PersonFinder
from deeppose.inference.shipped import DETECTOR, names

FOLDER = Path(deeppose.__file__).parent / "assets"

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
    one = MostProminent(PersonFinder(threads=1))(PICTURE)
    np.testing.assert_array_equal(one.boxes, PersonFinder(threads=1)(PICTURE))
    whole = FullImage()(PICTURE)
    assert whole.boxes.tolist() == [[60, 45, 120, 90]]
    assert one.scores.tolist() == [UNTOLD]
    assert whole.scores.tolist() == [1]


def test_the_default_finds_everyone_whichever_way_up_and_words_name_finders() -> None:
    acrobat = read_image(FOLDER / "acrobat-1.jpg")
    pair = np.ascontiguousarray(np.concatenate([acrobat, acrobat[::-1]], axis=1))
    found = finders.most(finders.default(threads=1)(pair), None, least=0.5)
    assert len(found) == 2
    height, width = acrobat.shape[:2]
    mirrored = found.boxes * [1, -1, 1, 1] + [0, height, 0, 0]
    apart = np.sort(found.boxes[:, 0])
    np.testing.assert_allclose(apart[1] - apart[0], width, atol=0.1 * width)
    upright, turned = found.boxes[:, 0].argmin(), found.boxes[:, 0].argmax()
    np.testing.assert_allclose(mirrored[turned][1:], found.boxes[upright][1:], atol=0.12 * height)
    assert isinstance(finders.named("person-box", threads=1), MostProminent)
    assert finders.named("person-detector", threads=1).path == DETECTOR
    with pytest.raises(ModelError, match=r"gone\.onnx: no such detector file"):
        finders.named("gone.onnx")
    with pytest.raises(ModelError):
        deeppose.load(DETECTOR)
    assert DETECTOR.stem not in names()
    assert DETECTOR.stat().st_size < 4e6
