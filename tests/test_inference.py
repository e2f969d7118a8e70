"""The predictor, on tiny models that keep the contract of every exported file and whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deeppose
from deeppose.data.images import read_image
from deeppose.inference import estimator, turning
from deeppose.inference.placing import OUTSIDE
from deeppose.inference.sealing import UNSEALED
from deeppose.skeleton import LSP, from_edges
from deeppose.skeleton_json import to_json
from toymodel import CARD, STAGES, K, offsets, write_model


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> deeppose.Predictor:
    return deeppose.load(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD), threads=1)


def picture(height: int = 240, width: int = 320, red: int = 204) -> np.ndarray:
    return np.dstack([np.full((height, width), v, np.uint8) for v in (red, 10, 20)])


@pytest.mark.parametrize("size", [(200, 150), (240, 320), (3000, 2000)])
def test_the_full_image_is_one_person(toy: deeppose.Predictor, size: tuple[int, int]) -> None:
    poses = toy.predict(picture(*size), full_image=True)
    height, width = size
    np.testing.assert_allclose(poses.boxes, [[width / 2, height / 2, width, height]])
    expected = np.array([width / 2, height / 2]) + offsets()[-1] * [width, height]
    np.testing.assert_allclose(poses.joints[0], expected, atol=1e-5 * max(size))
    np.testing.assert_allclose(poses.scores, 0.8, atol=0.01)


def test_every_stage_comes_and_the_last_is_the_answer(toy: deeppose.Predictor) -> None:
    poses = toy.predict(picture(), full_image=True)
    assert poses.stages is not None
    assert poses.stages.shape == (1, STAGES, K, 2)
    assert poses.stage_scores is not None
    assert poses.stage_scores.shape == (1, STAGES, K)
    np.testing.assert_array_equal(poses.stages[:, -1], poses.joints)
    np.testing.assert_allclose(poses.stages[0], [160, 120] + offsets() * [320, 240], atol=1e-3)


def test_boxes_may_be_large_small_and_half_outside(toy: deeppose.Predictor) -> None:
    boxes = np.array([[160, 120, 30, 50], [0, 0, 100, 80], [300, 230, 900, 2000], [10.25, 20.5, 1.0, 1.25]])
    poses = toy.predict(picture(), boxes)
    for box, joints in zip(boxes, poses.joints, strict=True):
        np.testing.assert_allclose(joints, box[:2] + offsets()[-1] * box[2:], atol=1e-4 * max(1, box.max()))


def test_many_people_come_as_one_by_one(toy: deeppose.Predictor) -> None:
    """More people than a chunk holds, and not a multiple of it."""
    rng = np.random.default_rng(0)
    boxes = np.concatenate([rng.uniform(20, 200, (19, 2)), rng.uniform(10, 400, (19, 2))], axis=1)
    image = rng.integers(0, 256, (240, 320, 3), np.uint8)
    assert len(boxes) % estimator.CHUNK
    together = toy.predict(image, boxes)
    for i, box in enumerate(boxes):
        alone = toy.predict(image, box)
        np.testing.assert_allclose(together.joints[i], alone.joints[0], atol=1e-4)
        np.testing.assert_allclose(together.scores[i], alone.scores[0], atol=1e-6)


def test_no_people(toy: deeppose.Predictor) -> None:
    poses = toy.predict(picture(), np.zeros((0, 4)))
    assert len(poses) == 0
    assert poses.joints.shape == (0, K, 2)
    assert len(toy.predict(picture(), [])) == 0


def test_joints_outside_the_picture_score_low(tmp_path: Path) -> None:
    far = deeppose.load(write_model(tmp_path / "far.onnx", CARD, scale=1.4), threads=1)
    poses = far.predict(picture(), full_image=True)
    x, y = poses.joints[0].T
    outside = (x < 0) | (x > 320) | (y < 0) | (y > 240)
    assert outside.any()
    assert not outside.all()
    assert (poses.scores[0, outside] <= OUTSIDE).all()
    np.testing.assert_allclose(poses.scores[0, ~outside], 0.8, atol=0.01)


def test_an_outside_score_is_never_raised(tmp_path: Path) -> None:
    far = deeppose.load(write_model(tmp_path / "far.onnx", CARD, scale=1.4), threads=1)
    assert far.predict(picture(red=10), full_image=True).scores.max() == pytest.approx(10 / 255)


def test_files_and_grey_arrays(toy: deeppose.Predictor, tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(picture()).save(tmp_path / "a.png")
    expected = toy.predict(picture(), full_image=True)
    for image in (tmp_path / "a.png", str(tmp_path / "a.png")):
        np.testing.assert_array_equal(toy.predict(image, full_image=True).joints, expected.joints)
    assert toy.predict(picture()[..., 0], full_image=True).scores[0, 0] == pytest.approx(0.8, abs=0.01)
    with pytest.raises(deeppose.ImageError, match=r"gone\.jpg"):
        toy.predict(tmp_path / "gone.jpg")


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ([[1, 2, 3]], "not of shape"),
        ([[[1, 2, 3, 4]]], "not of shape"),
        (["a", "b"], "must be numbers"),
        ([[10, 10, 0, 5]], "of a pixel at least"),
        ([[10, 10, 5, -5]], "of a pixel at least"),
        ([[10, 10, np.nan, 5]], "finite"),
        ([[10, 10, np.inf, 5]], "finite"),
        ([[5000, 10, 50, 50]], "outside the picture of 320 x 240"),
        ([[10, -300, 50, 50]], "outside the picture"),
    ],
)
def test_wrong_boxes_are_named(toy: deeppose.Predictor, boxes: Any, words: str) -> None:
    with pytest.raises(deeppose.ConfigError, match=words):
        toy.predict(picture(), boxes)


def test_what_a_model_says_about_itself(toy: deeppose.Predictor) -> None:
    assert (toy.card.name, toy.card.skeleton, toy.card.stages, toy.card.canvas) == ("toy", LSP, STAGES, 256)
    assert toy.card.more == {"sigma": 1.0}
    assert repr(toy) == "Predictor('toy', skeleton='lsp', stages=3)"


def test_a_model_brings_its_own_skeleton(tmp_path: Path) -> None:
    fork = from_edges("lsp", ["grip", "left_tine", "right_tine"], [(0, 1), (0, 2)])
    own = CARD | {"format": 2, "skeleton": to_json(fork)} | UNSEALED
    model = deeppose.load(
        write_model(tmp_path / "fork.onnx", own, places=np.zeros((STAGES, 3, 2))), threads=1
    )
    assert model.card.skeleton == fork != LSP
    record = model.predict(picture(), full_image=True).to_records("a.jpg")[0]
    assert list(record["joints"]) == ["grip", "left_tine", "right_tine"]


def test_other_files_are_refused_and_named(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("hello")
    write_model(tmp_path / "bare.onnx", None)
    write_model(tmp_path / "newer.onnx", CARD | {"format": 3})
    write_model(tmp_path / "other.onnx", CARD | {"skeleton": "octopus"})
    write_model(tmp_path / "less.onnx", {"format": 1})
    words = {
        "gone": "no such model", "text": "not a model ONNX Runtime can load", "bare": "not one written by",
        "newer": "format other than 1", "other": "octopus", "less": "metadata",
    }  # fmt: skip
    for name, said in words.items():
        with pytest.raises(deeppose.ModelError, match=rf"{name}\.onnx: .*{said}"):
            deeppose.load(tmp_path / f"{name}.onnx")


def test_threads(tmp_path: Path) -> None:
    path = write_model(tmp_path / "toy.onnx", CARD)
    assert deeppose.load(path, threads=2).predict(picture(), full_image=True).joints.shape == (1, K, 2)
    with pytest.raises(deeppose.ConfigError, match="from 1 to 1024, not 0"):
        deeppose.load(path, threads=0)


@pytest.mark.parametrize("quarters", range(4))
def test_a_point_turns_with_its_pixel(quarters: int) -> None:
    image = np.zeros((7, 11), np.uint8)
    image[2, 8] = 1
    (row,), (column,) = np.nonzero(np.rot90(image, quarters))
    point = turning.turned(np.array([8.5, 2.5]), image.shape, quarters)
    np.testing.assert_allclose(point, [column + 0.5, row + 0.5])
    back = turning.turned(point, np.rot90(image, quarters).shape, -quarters)
    np.testing.assert_allclose(back, [8.5, 2.5])


@pytest.mark.parametrize(("turns", "quarters"), [(2, 2), (4, 1), (4, 3)])
def test_who_looks_every_way_up_sees_the_same_in_a_turned_picture(turns: int, quarters: int) -> None:
    shipped = deeppose.load(threads=1)
    image = np.array(read_image(Path(deeppose.__file__).parent / "assets" / "acrobat-1.jpg"))[:400]
    box = np.array([[200.0, 180.0, 300.0, 340.0]])
    upright = shipped.predict(image, box, turns)
    lying = shipped.predict(
        np.rot90(image, quarters), turning.turned_boxes(box, image.shape[:2], quarters), turns
    )
    expected = turning.turned(upright.joints, image.shape[:2], quarters)
    np.testing.assert_allclose(lying.joints, expected, atol=0.05)
    np.testing.assert_allclose(lying.scores, upright.scores, atol=1e-3)


def test_the_surest_look_is_kept_person_by_person() -> None:
    joints = [np.full((2, 1, K, 2), value) for value in (1.0, 2.0)]
    scores = [np.stack([np.full((1, K), a), np.full((1, K), b)]) for a, b in ((0.9, 0.2), (0.5, 0.6))]
    kept, sure = turning.surest(list(zip(joints, scores, strict=True)))
    assert kept[:, 0, 0, 0].tolist() == [1.0, 2.0]
    assert sure[:, 0, 0].tolist() == [0.9, 0.6]


def test_other_numbers_of_turns_are_refused(toy: deeppose.Predictor) -> None:
    with pytest.raises(deeppose.ConfigError, match="1, 2 or 4, not 3"):
        toy.predict(picture(), turns=3)
