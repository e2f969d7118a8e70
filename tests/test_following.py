"""A finder asked every few frames: boxes in between come from the poses."""

from pathlib import Path

import numpy as np
import pytest

from crossing import scene
from deeppose.data.boxes import tight_box
from deeppose.errors import ConfigError
from deeppose.inference import Frame, Pipeline, Predictor
from deeppose.inference.finders import Found
from deeppose.poses import Poses
from deeppose.skeleton import LSP
from deeppose.stream.following import Following
from toymodel import CARD, write_model

PICTURE = np.zeros((720, 1280, 3), np.uint8)


class Counting:
    """Finds the same two people whenever asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, picture: np.ndarray) -> Found:
        assert picture.ndim == 3
        self.asked += 1
        return Found(np.array([[200.0, 300, 100, 250], [800, 300, 100, 250]]), np.ones(2))


def at(*x: float, score: float = 0.8) -> Poses:
    shape = scene(0, 1, 1, 1).joints[0, 0]
    shape = shape - shape.mean(0)
    people = np.array([shape + np.array([centre, 300.0]) for centre in x]).reshape(-1, 14, 2)
    return Poses(LSP, people, np.full((len(x), 14), score), np.zeros((len(x), 4)))


def test_of_ten_pictures_every_fourth_is_searched_and_boxes_go_along_with_people() -> None:
    finder = Counting()
    following = Following(finder, every=4)
    for frame in range(10):
        found = following(PICTURE)
        now = at(200 + 6 * frame, 800)
        if frame % 4:
            truth = tight_box(now.joints, np.ones((2, 14), bool))
            np.testing.assert_allclose(found.boxes, truth, atol=6.5)
        following.observe(now)
    assert finder.asked == 3  # frames 0, 4, 8


def test_one_asks_every_time() -> None:
    finder = Counting()
    following = Following(finder, every=1)
    for _ in range(3):
        following(PICTURE)
        following.observe(at(200, 800))
    assert finder.asked == 3


@pytest.mark.parametrize(
    "poses",
    [at(), at(200, 800, score=0.1), at(200, 1500), at(400, 410)],
    ids=["nobody", "unsure", "left the picture", "one upon the other"],
)
def test_whoever_is_lost_is_searched_at_once(poses: Poses) -> None:
    finder = Counting()
    following = Following(finder, every=100)
    following(PICTURE)
    following.observe(poses)
    following(PICTURE)
    assert finder.asked == 2


def test_boxes_stay_in_the_picture() -> None:
    following = Following(Counting(), every=5)
    following(PICTURE)
    following.observe(at(20, 800))
    box = following(PICTURE).boxes[0]
    assert box[0] - box[2] / 2 == pytest.approx(0)


def test_a_wrong_interval_is_refused() -> None:
    with pytest.raises(ConfigError, match="det-every 0"):
        Following(Counting(), every=0)


def test_the_pipeline_tells_the_finder_what_became_of_each_frame_before_the_next(tmp_path: Path) -> None:
    finder, toy = Counting(), Predictor(write_model(tmp_path / "toy.onnx", CARD), threads=1)
    bright = np.full((720, 1280, 3), 204, np.uint8)
    frames = [Frame("a.mp4", i, i / 30, bright) for i in range(6)]
    pipeline = Pipeline(toy, Following(finder, every=3), batch=4)
    people = [poses.boxes[:, 0] for _, poses in pipeline.run(frames)]
    np.testing.assert_allclose(np.sort(people, axis=1), [[200, 800]] * 6, atol=1)
    assert finder.asked == 2
