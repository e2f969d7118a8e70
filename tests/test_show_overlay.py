"""Drawings: the right colour at the right place, visible doubt, and any size of picture or pose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deeppose.errors import ConfigError
from deeppose.poses import Poses
from deeppose.show.overlay import draw, save
from deeppose.show.palette import LEFT, MIDDLE, RIGHT, colour
from deeppose.show.strip import HEIGHT, strip
from deeppose.skeleton import FLIC, LSP, Skeleton

GREY = 120


def standing(height: int, width: int, score: float = 0.9, skeleton: Skeleton = LSP) -> Poses:
    """One person whose joints fill the picture; the person's right is on the picture's left."""
    rng = np.random.default_rng(3)
    joints = rng.uniform(0.1, 0.9, (1, len(skeleton), 2))
    side = np.array([{"right": 0.25, "left": 0.75}.get(j.split("_")[0], 0.5) for j in skeleton.joints])
    joints[0, :, 0] = side
    joints = joints * [width, height]
    scores = np.full((1, len(skeleton)), score)
    box = np.array([[width / 2, height / 2, width, height]])
    return Poses(skeleton, joints, scores, box, np.stack([joints] * 3, 1), np.stack([scores] * 3, 1))


def blank(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), GREY, np.uint8)


def share(pixels: np.ndarray, ink: tuple[int, int, int]) -> float:
    return float((np.abs(pixels.astype(int) - ink).max(axis=-1) < 12).mean())


def test_sides_have_their_colours() -> None:
    assert colour(LSP, LSP.index("right_hip"), LSP.index("right_knee")) == RIGHT
    assert colour(LSP, LSP.index("left_hip"), LSP.index("left_knee")) == LEFT
    assert colour(LSP, LSP.index("left_hip"), LSP.index("right_hip")) == MIDDLE
    assert colour(LSP, LSP.index("neck"), LSP.index("head_top")) == MIDDLE


def test_joints_are_drawn_where_they_are() -> None:
    """At every sure joint the pixel has the joint's colour, at the drawing's scale."""
    drawn = draw(blank(400, 300), poses := standing(400, 300))
    zoom = drawn.shape[0] / 400
    for k, (x, y) in enumerate(poses.joints[0] * zoom):
        assert np.abs(drawn[int(y), int(x)].astype(int) - colour(LSP, k, k)).max() < 60, LSP.joints[k]
    assert share(drawn[:, : drawn.shape[1] // 2], RIGHT) > 5 * share(drawn[:, : drawn.shape[1] // 2], LEFT)


def test_doubtful_joints_are_hollow_and_their_limbs_faded() -> None:
    sure, unsure = (draw(blank(400, 300), standing(400, 300, score)) for score in (0.9, 0.1))
    assert share(unsure, RIGHT) < share(sure, RIGHT) / 4
    assert (unsure != GREY).any()


@pytest.mark.parametrize("size", [(20, 31), (300, 200), (2400, 3600)])
def test_drawings_have_the_picture_s_size_or_the_width_asked_for(size: tuple[int, int]) -> None:
    assert draw(blank(*size), standing(*size)).shape[:2] == size
    drawn = draw(blank(*size), standing(*size), width=640)
    assert drawn.shape[1] == 640
    assert drawn.shape[0] / drawn.shape[1] == pytest.approx(size[0] / size[1], rel=0.01)


def test_lines_grow_with_the_picture() -> None:
    """The share of a drawing that lines cover is about the same at any size."""
    shares = [share(draw(blank(s, s), standing(s, s)), RIGHT) for s in (300, 1200, 4800)]
    assert max(shares) < 1.5 * min(shares)


def test_joints_without_edges_are_dots_one_sees() -> None:
    small = standing(60, 60, skeleton=replace(LSP, edges=()))  # 60 pixels of a picture of 640
    dots = draw(blank(480, 640), small)
    assert share(dots, RIGHT) * 480 * 640 > 50  # six right joints, some of them over others


@pytest.mark.parametrize("box", [(0, 0, 480, 1), (0, 0, 1, 480), (0, 0, 2000, 3)])
def test_a_flat_box_draws_a_strip_of_bounded_size(box: tuple[float, ...]) -> None:
    x, y, w, h = box
    poses = standing(480, 480)
    flat = Poses(
        LSP,
        poses.joints,
        poses.scores,
        np.array([[x + w / 2, y + h / 2, w, h]]),
        poses.stages,
        poses.stage_scores,
    )
    for picture in (blank(480, 480), blank(2, 4000)):
        assert strip(picture, flat).nbytes < 12e6


def test_the_picture_itself_is_left_alone() -> None:
    picture = blank(900, 900)
    draw(picture, standing(900, 900))
    strip(picture, standing(900, 900))
    assert (picture == GREY).all()


def test_nobody_and_places_far_away() -> None:
    nobody = Poses(LSP, np.zeros((0, 14, 2)), np.zeros((0, 14)), np.zeros((0, 4)))
    assert (draw(blank(800, 800), nobody) == GREY).all()
    far = Poses(LSP, np.full((1, 14, 2), 1e7), np.ones((1, 14)), np.array([[5.0, 5, 10, 10]]))
    assert draw(blank(50, 50), far).shape == (50, 50, 3)


@pytest.mark.parametrize("skeleton", [LSP, FLIC], ids=lambda s: s.name)
def test_a_strip_shows_the_photograph_and_every_stage(skeleton: Skeleton) -> None:
    sheet = strip(blank(200, 100), standing(200, 100, skeleton=skeleton))
    panel = HEIGHT // 2
    assert sheet.shape[1] == pytest.approx(4 * (panel + 12) + 12, abs=4)
    assert share(sheet[12 : HEIGHT + 12, 12 : panel + 12], (GREY,) * 3) == 1.0  # the photograph, undrawn
    for stage in (1, 2, 3):
        part = sheet[12 : HEIGHT + 12, 12 + stage * (panel + 12) :][:, :panel]
        assert share(part, RIGHT) > 0.001


def test_a_strip_shows_the_person_not_the_whole_picture() -> None:
    picture = blank(400, 1000)
    picture[:, 500:] = 255
    poses = standing(400, 1000)
    one = Poses(
        LSP, poses.joints, poses.scores, np.array([[200.0, 200, 100, 200]]), poses.stages, poses.stage_scores
    )
    assert strip(picture, one).shape[1] < strip(picture, poses).shape[1] / 2


def test_a_drawing_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none/a\.jpg: cannot be written"):
        save(tmp_path / "none" / "a.jpg", blank(5, 5))
