"""The pipeline: frames in, poses out; what is looked at together never shows in the answer."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image

import deeppose
from deeppose import cli
from deeppose.data.images import read_image
from deeppose.errors import ConfigError
from deeppose.inference import Frame, Pipeline, Predictor
from deeppose.inference.finders import Found
from deeppose.inference.finders.fixed import FullImage, GivenBoxes
from toymodel import CARD, K, of_mice, offsets, write_model


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD), threads=1)


def frames(n: int, reds: tuple[int, ...] = (204,)) -> Iterator[Frame]:
    for i in range(n):
        pixels = np.full((60 + i, 80, 3), reds[i % len(reds)], np.uint8)
        yield Frame("a.mp4", i, i / 25, pixels)


class Crowd:
    """So many people as the picture's height says, one below the other."""

    def __call__(self, picture: np.ndarray) -> Found:
        n = picture.shape[0] - 60
        return Found(
            np.array([[40, 30 + i, 20, 30] for i in range(n)], np.float64).reshape(-1, 4), np.ones(n)
        )


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_batches_cross_pictures_and_do_not_show(toy: Predictor, batch: int) -> None:
    together = list(Pipeline(toy, Crowd(), batch=batch).run(frames(7)))
    assert [frame.index for frame, _ in together] == list(range(7))
    for frame, poses in together:
        assert len(poses) == frame.index
        for i, person in enumerate(poses):
            expected = np.array([40, 30 + i]) + offsets()[-1] * [20, 30]
            np.testing.assert_allclose(person.joints, expected, atol=1e-4)


def test_a_frame_gives_the_same_bytes_whatever_comes_before_it() -> None:
    """Of the shipped model: joints are the same in any batch, last bits of scores only where frames are run alone."""
    rng, pipeline = np.random.default_rng(0), Pipeline(deeppose.load(threads=1), Crowd())
    shots = [Frame("a.mp4", i, None, rng.integers(0, 255, (61 + i % 3, 80, 3), np.uint8)) for i in range(4)]
    whole = [poses for _, poses in pipeline.run(shots)]
    resumed = [poses for _, poses in pipeline.run(shots[2:])]
    for a, b in zip(whole[2:], resumed, strict=True):
        np.testing.assert_array_equal(a.stages, b.stages)
        np.testing.assert_array_equal(a.stage_scores, b.stage_scores)


def test_no_more_frames_are_held_than_a_batch(toy: Predictor) -> None:
    taken = []

    def counted() -> Iterator[Frame]:
        for frame in frames(9):
            taken.append(frame.index)
            yield frame

    for done, _ in enumerate(Pipeline(toy, FullImage(), batch=2).run(counted())):
        assert len(taken) <= 2 * (done // 2 + 1)
    camera = Pipeline(toy, FullImage()).run(counted())
    assert next(camera)[0].index == 0
    assert taken[-1] == 0


def test_who_scores_too_little_is_nobody_and_the_best_are_kept(toy: Predictor) -> None:
    """The toy model's scores are the picture's red; a person's score is that of the box times theirs."""
    dark = Pipeline(toy, FullImage(), least=0.5)
    assert [len(poses) for _, poses in dark.run(frames(4, (204, 26)))] == [1, 0, 1, 0]
    assert len(Pipeline(toy, Crowd(), most=2).one(list(frames(6))[-1])) == 2


def test_what_a_model_was_trained_on_says_whom_to_look_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of whole pictures nobody; of boxes of mice nothing that ships finds any, so they are asked for."""
    picture = np.full((60, 80, 3), 204, np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    alone, crowd = (of_mice(tmp_path / f"{box}.onnx", box) for box in ("full-image", "labelled"))
    assert Predictor(alone, threads=1).predict(picture).boxes.tolist() == [[40, 30, 80, 60]]
    with pytest.raises(ConfigError, match="say where each mouse is, by boxes"):
        Predictor(crowd, threads=1).predict(picture)
    command = ["predict", str(tmp_path / "a.png"), "--model", str(crowd), "--threads", "1"]
    assert cli.main(command) == 2
    assert "where each mouse is" in capsys.readouterr().err
    assert cli.main([*command, "--box", "30,20,20,20"]) == 0


def test_a_frame_without_its_box_is_named_and_the_others_go_on(toy: Predictor) -> None:
    below = Pipeline(toy, GivenBoxes([40, 66, 10, 10]), batch=2)
    told: list[int] = []
    done = [f.index for f, _ in below.run(frames(6), lambda frame, _: told.append(frame.index))]
    assert (told, done) == ([0, 1], [2, 3, 4, 5])
    with pytest.raises(ConfigError, match="outside the picture of 80 x 60"):
        list(below.run(frames(1)))


def test_a_predictor_goes_to_other_processes(toy: Predictor) -> None:
    image = np.full((50, 60, 3), 99, np.uint8)
    copy = pickle.loads(pickle.dumps(toy))
    np.testing.assert_array_equal(
        copy.predict(image, full_image=True).joints, toy.predict(image, full_image=True).joints
    )


def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write_model(tmp_path / "toy.onnx", CARD)
    with pytest.raises(ConfigError, match=r"unknown device 'cud': did you mean 'cuda'"):
        deeppose.load(path, device="cud")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        with pytest.raises(ConfigError, match=r"pip install 'deeppose\[cuda\]'"):
            deeppose.load(path, device="cuda")


def test_openvino_finds_the_same_joints() -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed: deeppose[openvino]")
    picture = read_image(Path(deeppose.__file__).parent / "assets" / "acrobat-2.jpg")
    both = [deeppose.load(threads=1, device=d).predict(picture, full_image=True) for d in ("cpu", "openvino")]
    np.testing.assert_allclose(both[0].joints, both[1].joints, atol=0.05)
    np.testing.assert_allclose(both[0].scores, both[1].scores, atol=1e-3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"threads": "2"}, "a number from 1 to 1024, not '2'"),
        ({"threads": True}, "not True"),
        ({"threads": 0}, "not 0"),
    ],
)
def test_arguments_of_load_are_checked(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        deeppose.load(**wrong)
    with pytest.raises(deeppose.ModelError, match="a model is a file's path or a name, not int"):
        deeppose.load(7)  # type: ignore[arg-type]


def test_the_api_looks_for_people_as_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    """One answer from Python and from the command line, whatever kind of picture was given."""
    path = Path(deeppose.__file__).parent / "assets" / "acrobat-2.jpg"
    cli.main(["predict", str(path), "--json", "--threads", "1"])
    (record,) = map(json.loads, capsys.readouterr().out.splitlines())
    model, pixels = deeppose.load(threads=1), read_image(path)
    kinds = [path, str(path), path.read_bytes(), path.open("rb"), Image.open(path), pixels, pixels / 255.0]
    for poses in [*model.predict(kinds), model.predict(pixels[..., ::-1], bgr=True)]:
        assert poses.to_records(str(path))[0]["joints"] == record["joints"]
    alpha = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=2)
    assert model.predict(alpha).to_records("")[0]["box"] == record["box"]


def test_what_predict_cannot_mean_is_refused(toy: Predictor) -> None:
    image = np.full((50, 60, 3), 204, np.uint8)
    for wrong, words in (
        ({"boxes": [30, 25, 9, 9], "full_image": True}, "exclude each other"),
        ({"people": 0}, "1 or more"),
        ({"people": "all"}, "None for all"),
        ({"min_person": 2}, "from 0 to 1"),
    ):
        with pytest.raises(ConfigError, match=words):
            toy.predict(image, **wrong)
    with pytest.raises(ConfigError, match="belong to one picture"):
        toy.predict([image], boxes=[30, 25, 9, 9])
    assert toy.predict([]) == []


def test_poses_are_people(toy: Predictor) -> None:
    poses = toy.predict(np.full((50, 60, 3), 204, np.uint8), [[30, 25, 20, 20], [20, 25, 10, 20]])
    assert repr(poses) == "Poses(2 people, 14 joints of 'lsp', 3 stages)"
    assert [person.joints.shape for person in poses] == [(K, 2)] * 2
    np.testing.assert_array_equal(poses[1]["neck"], poses.joints[1, poses.skeleton.index("neck")])
    assert poses[0].score == pytest.approx(0.8**0.5)  # a given box scores 1, every joint 0.8
    with pytest.raises(ConfigError, match="did you mean 'neck'"):
        poses[0]["nek"]
    kept = poses[np.array([False, True])]
    assert (len(kept), kept.stages.shape, kept.box_scores.tolist()) == (1, (1, 3, K, 2), [1.0])
    none = poses[:0]
    assert (len(none), list(none), none.to_csv("a").count("\n"), none.to_coco([])) == (0, [], 1, [])
    assert repr(none).startswith("Poses(0 people")
