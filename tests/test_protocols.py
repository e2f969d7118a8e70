"""Boxes side by side, the face-based box in an evaluation, and a model of one skeleton on another's data set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deeppose import cli, start_boxes
from deeppose.data import datasets
from deeppose.evaluation.assess import unscored
from deeppose.evaluation.protocol import People
from deeppose.inference.finders.enlargement import Enlargement, beside, write_enlargement
from deeppose.rectangles import iou
from deeppose.skeleton import BUFFY, FLIC, LSP
from toymodel import CARD, offsets, write_model

WIDTH, HEIGHT = 120, 160
FRAMES = {2: 0, 5: 250, 6: 120}
"""One frame of each test episode, of that red value."""


class RedFaces:
    """Finds one face where a picture is red enough, of a known place and size."""

    name = "red"

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        return np.array([[60.0, 40.0, 20.0, 20.0]] if picture[0, 0, 0] > 100 else np.zeros((0, 4)))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD)
    write_enlargement(beside(path), "red", Enlargement(4.0, 1.5, 1.0, 9, 10, "buffy train"))
    return path


@pytest.fixture
def red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_boxes, "face_detector", lambda _: RedFaces())


@pytest.fixture(scope="module")
def buffy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame an episode in the official layout; the poses are where the toy model finds them in a full image.

    But for the elbow on the picture's left of the first frame, which is elsewhere. Arms named as in the files, by
    the picture's side; the toy model's "left" is the observer-centric one, on the other side.
    """
    root = tmp_path_factory.mktemp("buffy")
    (root / "data").mkdir()
    at = dict(zip(LSP.joints, [WIDTH / 2, HEIGHT / 2] + offsets()[-1] * [WIDTH, HEIGHT] + 0.5, strict=True))
    pelvis = (at["left_hip"] + at["right_hip"]) / 2
    for episode, value in FRAMES.items():
        folder = root / f"images/buffy_s5e{episode}_original"
        folder.mkdir(parents=True)
        Image.new("RGB", (WIDTH, HEIGHT), (value, 90, 90)).save(folder / "000063.jpg")
        elbow = at["right_elbow"] + (300 if episode == 2 else 0)
        sticks = [
            (at["neck"], pelvis), (at["right_shoulder"], elbow), (at["left_shoulder"], at["left_elbow"]),
            (elbow, at["right_wrist"]), (at["left_elbow"], at["left_wrist"]), (at["head_top"], at["neck"]),
        ]  # fmt: skip
        lines = [" ".join(f"{v:.4f}" for v in np.concatenate(stick)) for stick in sticks]
        (root / f"data/buffy_s5e{episode}_sticks.txt").write_text("\n".join(["63", *lines, ""]))
    return root


def evaluate(capsys: pytest.CaptureFixture[str], root: Path, model: Path, *args: str) -> tuple[dict, str]:
    code = cli.main(["evaluate", "buffy", "--root", str(root), "--model", str(model), "--json", *args])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out), err


def test_a_model_of_another_skeleton_is_mapped_and_the_caption_says_how(buffy, model, capsys) -> None:
    result, err = evaluate(capsys, buffy, model)
    joints = result["stages"][-1]["pdj"]["0.2"]["joints"]
    assert joints["right_elbow"] == pytest.approx(2 / 3)
    assert {joints[j] for j in BUFFY.joints[:9] if j != "right_elbow"} == {1.0}
    assert joints["left_hip"] is None
    assert joints["right_hip"] is None
    assert result["stages"][-1]["pcp"]["strict"]["kinds"]["torso"] == 1.0
    assert "lsp to buffy: 11 of 11 joints; as the middle of two others: pelvis" in err
    assert "not scored: right_hip, left_hip (not labelled)" in err
    assert "observer-centric (OC)" in err


def test_joints_the_predictions_lack_are_named() -> None:
    people = People(np.zeros((2, 11, 2)), np.tile([True] * 9 + [False] * 2, (2, 1)), BUFFY)
    given = np.array([j in FLIC.joints or j == "pelvis" for j in BUFFY.joints])
    assert unscored(people, given) == (
        "not scored: right_hip, left_hip (not labelled); head_top, neck (not predicted)"
    )
    assert unscored(People(people.joints, np.ones((2, 11), bool), BUFFY), np.ones(11, bool)) == ""


@pytest.mark.usefixtures("red")
def test_a_face_box_is_used_where_there_is_a_face_and_fallbacks_are_counted(
    buffy, model, capsys, tmp_path
) -> None:
    saved = tmp_path / "poses.json"
    result, err = evaluate(capsys, buffy, model, "--box", "face", "--save-predictions", str(saved))
    boxes = [list(p["box"].values()) for p in json.loads(saved.read_text())["people"]]
    assert boxes == [[0, 0, WIDTH, HEIGHT], [20, 30, 80, 80], [20, 30, 80, 80]]
    assert result["protocol"]["box"] == "face"
    assert (result["box"]["fallbacks"], result["box"]["people"]) == (1, 3)
    assert "no face, full image: 1 of 3 people" in err
    assert "fitted on buffy train" in err
    assert "no mean-pose floor" in err


def test_the_labels_may_say_whose_face_is_meant_and_the_caption_tells(
    buffy, model, capsys, tmp_path, monkeypatch
) -> None:
    """A small face at the person's head, and a large one at the bottom right that is the main one."""
    x, y = datasets.read("buffy", buffy, "test").joints()[0, :2].mean(0)
    faces = np.array([[x, y, 10.0, 10.0], [95.0, 135.0, 40.0, 40.0]])

    class Two(RedFaces):
        def __call__(self, picture: np.ndarray) -> np.ndarray:
            return faces if len(super().__call__(picture)) else faces[:0]

    monkeypatch.setattr(start_boxes, "face_detector", lambda _: Two())
    corners = {}
    for kind in ("face", "own-face"):
        saved = tmp_path / f"{kind}.json"
        result, err = evaluate(capsys, buffy, model, "--box", kind, "--save-predictions", str(saved))
        assert (result["protocol"]["box"], result["box"]["fallbacks"]) == (kind, 1)
        corners[kind] = [list(p["box"].values()) for p in json.loads(saved.read_text())["people"]]
    assert "the person's own face, chosen by the labels, by red" in err
    assert corners["face"][1] == [15, 115, 105, 45]  # 80 to each side of (95, 195), cut at 120 x 160
    low, high = np.array([x - 20, y - 5]).clip(0), np.minimum([x + 20, y + 35], [WIDTH, HEIGHT])
    assert corners["own-face"][1] == pytest.approx([*low, *(high - low)], abs=0.01)


@pytest.mark.usefixtures("red")
def test_all_boxes_stand_side_by_side(buffy, model, capsys, monkeypatch) -> None:
    quarter = np.array([[WIDTH / 4, HEIGHT / 4, WIDTH / 2, HEIGHT / 2]])
    monkeypatch.setattr(start_boxes, "PersonFinder", lambda: lambda _: quarter)
    result, err = evaluate(capsys, buffy, model, "--box", "all")
    assert list(result["boxes"]) == ["full-image", "person", "face", "ground-truth"]
    assert result["unavailable"] == {}
    single, _ = evaluate(capsys, buffy, model, "--box", "ground-truth")
    assert result["boxes"]["ground-truth"] == single
    facts = {kind: each["box"] for kind, each in result["boxes"].items()}
    assert facts["ground-truth"]["iou"] == pytest.approx(1.0)
    assert 0 < facts["face"]["iou"] < 1
    assert [f["fallbacks"] for f in facts.values()] == [None, None, 1, None]
    assert "the most prominent person's box, by stage 0" in err
    rows = [line.split("  ")[1] for line in err.splitlines() if ", stage 3" in line]
    assert rows == ["full-image, stage 3", "person, stage 3", "face, stage 3", "ground-truth, stage 3"]
    assert "1 of 3" in err
    assert "buffy test, 3 people, observer-centric (OC) labels; box: each row's own" in err
    assert "  face: lsp to buffy: 11 of 11 joints" in err


@pytest.mark.usefixtures("red")
def test_without_a_scaler_the_others_are_compared_and_the_reason_said(buffy, capsys, tmp_path) -> None:
    alone = write_model(tmp_path / "alone.onnx", CARD)
    result, err = evaluate(capsys, buffy, alone, "--box", "all")
    assert list(result["boxes"]) == ["full-image", "person", "ground-truth"]
    assert "deeppose faces" in result["unavailable"]["face"]
    assert "no face box: " in err
    args = ["evaluate", "buffy", "--root", str(buffy), "--model", str(alone)]
    assert cli.main([*args, "--box", "face"]) == 2
    assert "alone.face.json" in capsys.readouterr().err
    assert cli.main([*args, "--box", "all", "--face-box", str(tmp_path / "x.json")]) == 2
    assert cli.main([*args, "--box", "all", "--save-predictions", str(tmp_path / "p.json")]) == 2
    assert "choose one box" in capsys.readouterr().err


def test_iou_against_counted_pixels() -> None:
    rng = np.random.default_rng(1)
    low = rng.integers(0, 10, (50, 2, 2))
    size = rng.integers(1, 10, (50, 2, 2))
    boxes = np.concatenate([low + size / 2, size], axis=-1)
    for (a, b), (la, lb), (sa, sb) in zip(boxes, low, size, strict=True):
        grid = np.zeros((2, 20, 20), bool)
        for k, (corner, extent) in enumerate(((la, sa), (lb, sb))):
            grid[k, corner[0] : corner[0] + extent[0], corner[1] : corner[1] + extent[1]] = True
        assert iou(a, b) == pytest.approx(grid.all(0).sum() / grid.any(0).sum())
    assert iou(np.zeros(4), np.zeros(4)) == 0
