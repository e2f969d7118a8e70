"""Stage 0: people's boxes as labels, and the finder that reads them back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from deeppose.cli import main
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import tight_box
from deeppose.errors import ModelError
from deeppose.inference.finders.person import PersonFinder
from deeppose.skeleton import BOX, FLIC, LSP, Skeleton
from toymodel import CARD, write_model

SIZE = 300, 200
"""Width and height of every picture here."""


def dataset(folder: Path, skeleton: Skeleton, joints: np.ndarray, labelled: np.ndarray) -> Dataset:
    cv2.imwrite(str(folder / "a.png"), np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    return Dataset("any", "train", skeleton, [Annotation(folder / "a.png", joints, labelled, labelled)])


def test_a_box_becomes_the_middles_of_its_edges(tmp_path: Path) -> None:
    from deeppose.data.edges import as_boxes

    joints = np.random.default_rng(0).uniform((120, 80), (180, 120), (14, 2))
    labelled = np.ones(14, bool)
    boxed = as_boxes(dataset(tmp_path, LSP, joints, labelled))
    cx, cy, w, h = tight_box(joints, labelled)
    assert boxed.skeleton is BOX
    assert boxed.labelled().all()
    expected = {
        "top": (cx, cy - h / 2), "bottom": (cx, cy + h / 2),
        "left_side": (cx - w / 2, cy), "right_side": (cx + w / 2, cy),
    }  # fmt: skip
    for name, point in expected.items():
        np.testing.assert_allclose(boxed.joints()[0, BOX.index(name)], point)


def test_boxes_end_where_the_picture_ends_and_need_enough_joints(tmp_path: Path) -> None:
    from deeppose.data.edges import as_boxes

    joints = np.random.default_rng(1).uniform((-20, -20), (320, 220), (14, 2))
    found = as_boxes(dataset(tmp_path, LSP, joints, np.ones(14, bool))).joints()[0]
    assert (found >= 0).all()
    assert (found <= SIZE).all()
    assert not len(as_boxes(dataset(tmp_path, LSP, joints, np.arange(14) < 7)))


@pytest.mark.parametrize(("hips", "known"), [(190.0, True), (100.0, False)])
def test_an_upper_body_ends_at_the_picture_s_edge_or_nobody_knows_where(
    tmp_path: Path, hips: float, known: bool
) -> None:
    """FLIC labels no legs: torsos here are 60 px long, so half a torso fits below hips at 100 and not at 190."""
    from deeppose.data.edges import as_boxes

    joints = np.full((10, 2), hips - 30)
    for side in ("left", "right"):
        joints[FLIC.index(f"{side}_hip")] = 150, hips
        joints[FLIC.index(f"{side}_shoulder")] = 150, hips - 60
    boxed = as_boxes(dataset(tmp_path, FLIC, joints, np.ones(10, bool)))
    assert boxed.labelled()[0, BOX.index("bottom")] == known
    assert boxed.labelled()[0].sum() == 3 + known
    if known:
        assert boxed.joints()[0, BOX.index("bottom"), 1] == SIZE[1]


def box_model(path: Path, low: tuple[float, float], high: tuple[float, float]) -> Path:
    """A finder's model that answers with the same share of every picture; -0.5 to 0.5 is all of it."""
    (x0, y0), (x1, y1) = low, high
    places = np.array([[[0, y0], [0, y1], [x0, 0], [x1, 0]]])
    return write_model(path, {**CARD, "skeleton": "box", "stages": 1}, places=places)


def test_the_finder_reads_the_box_from_its_edges(tmp_path: Path) -> None:
    find = PersonFinder(box_model(tmp_path / "box.onnx", (-0.25, -0.4), (0.3, 0.1)))
    found = find(np.zeros((200, 300, 3), np.uint8))
    assert found.shape == (1, 4)
    np.testing.assert_allclose(found[0], [157.5, 70, 165, 100], atol=1e-3)


def test_a_box_stays_in_the_picture_and_an_impossible_one_is_the_picture(tmp_path: Path) -> None:
    black = np.zeros((200, 300, 3), np.uint8)
    wide = PersonFinder(box_model(tmp_path / "wide.onnx", (-0.9, -0.9), (0.9, 0.0)))
    np.testing.assert_allclose(wide(black)[0], [150, 50, 300, 100], atol=1e-3)
    inside_out = PersonFinder(box_model(tmp_path / "out.onnx", (0.3, 0.3), (-0.3, -0.3)))
    np.testing.assert_allclose(inside_out(black)[0], [150, 100, 300, 200])


def test_a_pose_model_finds_no_boxes(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="predicts joints of skeleton lsp, not a box; name person-box"):
        PersonFinder(write_model(tmp_path / "toy.onnx", CARD))


def test_predict_looks_for_the_person_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The box that the finder gives is the one the pose is sought in, and a box named by hand excludes it."""
    from deeppose.inference.finders import person

    monkeypatch.setattr(
        person.PersonFinder, "__init__", replaced(box_model(tmp_path / "b.onnx", (-0.25, -0.4), (0.3, 0.1)))
    )
    picture, model = tmp_path / "a.png", write_model(tmp_path / "toy.onnx", CARD)
    cv2.imwrite(str(picture), np.zeros((200, 300, 3), np.uint8))
    assert (
        main(
            [
                "predict",
                str(picture),
                "--model",
                str(model),
                "--json",
                "--min-person",
                "0",
                "--detector",
                "person-box",
            ]
        )
        == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert record["box"] == pytest.approx({"x": 75, "y": 20, "w": 165, "h": 100}, abs=1e-3)
    with pytest.raises(SystemExit):
        main(["predict", str(picture), "--full-image", "--box", "0,0,10,10"])


def replaced(model: Path) -> Callable[..., None]:
    """A constructor of finders that takes this model instead of the one that ships."""
    original = PersonFinder.__init__
    return lambda self, *_, **__: original(self, model, 1)
