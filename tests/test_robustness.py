"""The distortions of the robustness benchmark: joints stay on what they mark, and boxes where they belong."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from distortions import DAMAGES, Scene, blurred, compressed, darkened, loosened, reduced, turned

WIDTH, HEIGHT = 90, 120
JOINTS = np.array([[20.5, 30.5], [60.5, 80.5], [45.5, 50.5]])


@pytest.fixture
def scene() -> Scene:
    """A bright pixel at every joint, in a picture of grey."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for x, y in JOINTS:
        picture[int(y), int(x)] = 255
    seen = np.ones(3, bool)
    return Scene(picture, JOINTS, seen, np.array([WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT]), 0)


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


def test_a_loose_box_keeps_its_middle(scene: Scene) -> None:
    assert loosened(scene, 2).box.tolist() == [WIDTH / 2, HEIGHT / 2, 2 * WIDTH, 2 * HEIGHT]


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


def test_no_damage_changes_nothing(scene: Scene) -> None:
    assert DAMAGES["none"](scene) is scene
    for after in (loosened(scene, 1), turned(scene, 0), darkened(scene, 1)):
        assert np.array_equal(after.picture, scene.picture)
        assert after.joints == pytest.approx(scene.joints)
    assert DAMAGES["JPEG, 5"](scene).picture.tolist() == compressed(scene, 5).picture.tolist()
