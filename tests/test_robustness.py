"""The distortions of the robustness benchmark: joints stay on what they mark, and boxes where they belong."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "robustness"))

from answers import Answer, beyond, joined
from distortions import EFFECTS, Scene, blurred, compressed, cut_short, darkened, loosened, reduced, turned
from rates import cut_off, hits, more_confident, stage

from deeppose.skeleton import LSP

WIDTH, HEIGHT = 90, 120
JOINTS = np.array([[20.5, 30.5], [60.5, 80.5], [45.5, 50.5]])


@pytest.fixture
def scene() -> Scene:
    """A bright pixel at every joint, in a picture of grey."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for x, y in JOINTS:
        picture[int(y), int(x)] = 255
    seen = np.ones(3, bool)
    return Scene(picture, JOINTS, seen, seen, np.array([WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT]), 0)


def bright(picture: np.ndarray, near: np.ndarray, reach: int = 3) -> np.ndarray:
    """Centroid, in pixels, of the light around a point."""
    x0, y0 = near.astype(int) - reach
    part = picture[max(y0, 0) : y0 + 2 * reach + 1, max(x0, 0) : x0 + 2 * reach + 1, 0].astype(float)
    y, x = np.mgrid[: part.shape[0], : part.shape[1]] + 0.5
    return np.array([(part * x).sum(), (part * y).sum()]) / part.sum() + [max(x0, 0), max(y0, 0)]


@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 180])
def test_turned_joints_stay_on_their_lights(scene: Scene, degrees: float) -> None:
    after = turned(scene, degrees)
    for joint in after.joints:
        assert bright(after.picture, joint) == pytest.approx(joint, abs=0.1)
    lengths = np.linalg.norm(np.diff(after.joints, axis=0), axis=1)
    assert lengths == pytest.approx(np.linalg.norm(np.diff(JOINTS, axis=0), axis=1))
    assert after.box[2:] == pytest.approx([HEIGHT, HEIGHT])
    assert after.box[:2] == pytest.approx(np.array(after.picture.shape[1::-1]) / 2, abs=0.51)


def test_upside_down_is_the_picture_reversed(scene: Scene) -> None:
    after = turned(scene, 180)
    assert np.array_equal(after.picture, scene.picture[::-1, ::-1])
    assert after.joints == pytest.approx(np.array([WIDTH, HEIGHT]) - JOINTS)


def test_reduced_joints_stay_on_their_lights_and_span_what_was_asked(scene: Scene) -> None:
    after = reduced(scene, 25)  # they span 50
    assert after.picture.shape == (HEIGHT // 2, WIDTH // 2, 3)
    assert np.ptp(after.joints, axis=0).max() == pytest.approx(25)
    for joint in after.joints:
        assert bright(after.picture, joint, 1) == pytest.approx(joint, abs=0.51)
    assert reduced(scene, 400).picture.shape == scene.picture.shape


def test_cut_short_leaves_joints_out_and_the_box_is_what_remains(scene: Scene) -> None:
    after = cut_short(scene, 0.5)
    assert after.within.tolist() == [True, False, True]
    assert after.picture.shape[:2] == (60, WIDTH)
    assert after.box.tolist() == [45, 30, 90, 60]


def test_a_loose_box_reaches_beyond_the_picture(scene: Scene) -> None:
    assert beyond(scene) == pytest.approx(0)
    assert beyond(loosened(scene, 2)) == pytest.approx(0.75)


def test_blur_keeps_the_light_where_it_was(scene: Scene) -> None:
    after = blurred(scene, 5)
    for joint in after.joints:
        assert bright(after.picture, joint) == pytest.approx(joint, abs=0.15)
    assert after.picture.max() < 150


def test_light_and_compression(scene: Scene) -> None:
    assert darkened(scene, 0.5).picture.max() == 128
    after = compressed(scene, 95).picture
    assert after.shape == scene.picture.shape
    assert np.abs(after.astype(int) - scene.picture).mean() < 2


def test_every_neutral_level_changes_nothing(scene: Scene) -> None:
    for name in ("loose box", "truncation", "darkness"):
        effect = EFFECTS[name]
        assert effect.neutral is not None
        after = effect.apply(scene, effect.neutral)
        assert np.array_equal(after.picture, scene.picture)
        assert after.box == pytest.approx(scene.box)
        assert after.within.all()


def answer(people: int = 4) -> Answer:
    """People whose every joint is right, the ankles cut off and scoring low."""
    truth = np.random.default_rng(0).uniform(0, 100, (people, len(LSP), 2))
    labelled = np.ones((people, len(LSP)), bool)
    within = labelled.copy()
    within[:, [0, 5]] = False
    scores = np.where(within, 0.9, 0.1)[:, None]
    return Answer(truth, labelled, within, truth[:, None], scores, np.zeros((people, 4)), np.zeros(people))


def test_cut_off_joints_count_for_scores_and_not_for_accuracy() -> None:
    measured = stage(answer(), 0, LSP)
    assert measured["pdj"]["value"] == measured["pcp"]["value"] == 1
    assert measured["cut_off"] == {
        "joints": 8,
        "mean_score": pytest.approx(0.1),
        "share_scoring_0.3": 0,
        "auc": 1,
    }
    assert measured["ece"] == pytest.approx(0.1)
    assert hits(answer(), 0, LSP).counted.sum() == 4 * 12


def test_equal_scores_tell_nothing() -> None:
    assert cut_off(np.full(3, 0.5), np.full(5, 0.5))["auc"] == pytest.approx(0.5)


def test_the_more_confident_view_is_taken_person_by_person() -> None:
    right = answer()
    sure = np.array([1.0, 0, 1, 0])[:, None, None]
    wrong = replace(right, joints=right.joints + 1e4, scores=np.broadcast_to(0.5, right.scores.shape))
    view = replace(right, scores=0.4 + 0.2 * np.broadcast_to(sure, right.scores.shape))
    rates = more_confident(view, wrong, LSP)
    ways = [rates[way]["value"] for way in ("as_it_is", "upside_down", "more_confident")]
    assert ways == [1, 0, 0.5]
    assert rates["kept_as_it_is"] == 0.5


def test_more_people_join_those_kept() -> None:
    both = joined(answer(2), answer(3))
    assert len(both.truth) == len(both.outside) == 5
    assert joined(None, answer(2)).scores.shape == (2, 1, 14)
