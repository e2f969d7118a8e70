"""From labels to a model: the plan, its file, an interrupted run, the card, suggestions; small networks, few steps."""

from __future__ import annotations

import base64
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import deeppose
from deeppose.cli import main
from deeppose.data.annotation import Annotation
from deeppose.data.own import read_labels
from deeppose.data.own.people import read
from deeppose.errors import ConfigError
from deeppose.model import confidence
from deeppose.model.cascade import Cascade, StageConfig
from deeppose.show.doctor.gallery import drawn
from deeppose.skeleton import LSP, from_edges
from deeppose.training import recipes
from deeppose.training.interrupts import Guard, Interrupted
from deeppose.training.own import pace, result
from deeppose.training.own import plan as planning
from deeppose.training.own.result import chosen_stages
from deeppose.training.own.suggest import ranked
from deeppose.training.recipe_file import read_recipe, to_toml
from deeppose.training.settings import LabelSource
from ownlabels import JOINTS, write_coco

Capture = pytest.CaptureFixture[str]
NET = StageConfig("compact", {"input_size": 32, "deep": True, "width": 8})
LATER = StageConfig("compact", {"input_size": 32, "deep": False, "width": 8})


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans of the smallest networks, at a made-up rate."""
    monkeypatch.setattr(planning, "_FIRST", replace(planning._FIRST, config=NET, batch=8))
    monkeypatch.setattr(planning, "_LATER", replace(planning._LATER, config=LATER, batch=8))
    monkeypatch.setattr(pace, "_rate", lambda *_: 2.0)
    monkeypatch.setattr(result, "export", lambda *_, **__: None)  # slow; one run below exports


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_named_recipe_is_a_file_too(name: str, tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text(to_toml(recipes.get(name), ["a comment"]))
    assert read_recipe(file) == recipes.get(name)


def test_a_recipe_of_ones_own_skeleton_and_labels_comes_back(tmp_path: Path) -> None:
    tool = from_edges('tool "x"\n', JOINTS, [(0, 1), (0, 2)])
    recipe = replace(recipes.DEBUG, skeleton=tool, data=(), labels=LabelSource("ä b\\c.json", pairs=("a=b",)))
    (tmp_path / "r.toml").write_text(to_toml(recipe))
    assert read_recipe(tmp_path / "r.toml") == recipe


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("sigma = 1.5", "sgima = 1.5", "sgima.*did you mean 'sigma'"),
        ("batch = 32", "bacth = 32", r"setting of stages\[0\] 'bacth': did you mean 'batch'"),
        ("sigma = 1.5", 'sigma = "wide"', "sigma: must be a number, not 'wide'"),
        ("held_out = 50", "held_out = true", "held_out: must be a whole number"),
        ('skeleton = "lsp"', 'skeleton = "lps"', "did you mean 'lsp'"),
        ("samples = 6000", "# samples", "samples missing"),
        ("seed = 0", "seed =", "is not TOML"),
        ("data = [", 'only = "lsp"\ndata = [', "unknown setting of the recipe 'only'"),
    ],
)
def test_a_wrong_recipe_file_names_the_place(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = to_toml(recipes.DEBUG)
    assert old in text
    (tmp_path / "r.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=why) as caught:
        read_recipe(tmp_path / "r.toml")
    assert "r.toml" in str(caught.value)


def test_a_plan_fits_the_labels_and_the_time(tmp_path: Path) -> None:
    own = read(write_coco(tmp_path, 20), None, None, (), 0)
    short, long = (planning.plan(own, LabelSource("x"), s, "none") for s in (100, 1000))
    recipe = short.recipe
    assert (len(own.split.train), len(own.split.held_out)) == (16, 4)
    assert recipe.labels is not None
    assert recipe.labels.box == "full-image"
    assert recipe.augment.mirror  # left and right clips
    assert not recipe.pretrained
    assert recipe.skeleton.torso[0] == (0, 3)
    assert recipe.sigma == pytest.approx(LSP.share / recipe.skeleton.share, abs=0.01)
    assert len(short.why) == 8
    assert all(s.batch % s.joints == 0 and s.samples % s.batch == 0 for s in recipe.stages)
    # 2 samples a second for 0.6 of 970 seconds, less what is no step; few steps are of small batches.
    assert long.recipe.stages[0].samples == int(2 * 970 / pace.OVERHEAD * 0.6) // 2 * 2
    assert [s.batch for s in long.recipe.stages] == [2, 4]
    assert short.recipe.stages[0].samples == int(2 * 70 / pace.OVERHEAD * 0.6) // 2 * 2
    with pytest.raises(ConfigError, match="--time"):
        planning.plan(own, LabelSource("x"), 5, "none")


@pytest.mark.parametrize(
    ("seconds", "stages", "side", "batches"),
    [(60, 2, 96, [8, 32]), (700, 3, 128, [8, 32, 32]), (7200, 3, 160, [32, 128, 128])],
)
def test_more_time_is_more_stages_larger_crops_and_batches(
    monkeypatch: pytest.MonkeyPatch, seconds: int, stages: int, side: int, batches: list[int]
) -> None:
    """At the rate of one core of 2026: 20 people and 200 joint crops a second."""
    monkeypatch.setattr(pace, "_rate", lambda _, number, __: (20.0, 200.0)[number])
    first = replace(planning._FIRST, config=StageConfig("compact", {"input_size": 160, "width": 8}), batch=32)
    later = replace(planning._LATER, batch=128, joints=4)
    recipe, _ = pace.paced(replace(recipes.DEBUG, stages=(first, later, later)), seconds)
    assert len(recipe.stages) == stages
    assert recipe.stages[0].config.options["input_size"] == side
    assert [s.batch for s in recipe.stages] == batches
    spent = (
        recipe.stages[0].samples / (20 * (160 / side) ** 2) + sum(s.samples for s in recipe.stages[1:]) / 200
    )
    assert spent <= seconds / pace.OVERHEAD


@pytest.mark.parametrize(
    ("extent", "picture", "people", "canvas"),
    [
        (120, 640, 116, 384),
        (340, 406, 90, 256),
        (40, 640, 100, 640),
        (30, 80, 100, 256),
        (1000, 4000, 100, 288),
        (100, 4000, 600, 1024),
        (100, 4000, 3000, 448),
        (100, 4000, 50_000, 256),
    ],
)
def test_a_small_animal_in_a_large_picture_keeps_its_pixels(
    extent: int, picture: int, people: int, canvas: int
) -> None:
    """The pose spans 72 pixels of the canvas, if it does of the picture; 256 to 1024, and two gigabytes together."""
    assert planning.canvas_side(extent, picture, people) == canvas


def _train(labels: Path, out: Path, *more: str) -> int:
    return main(
        [
            "train",
            "own",
            "--labels",
            str(labels),
            "--out",
            str(out),
            "--trunk",
            "none",
            "--time",
            "60s",
            *more,
        ]
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run, made once; its folder."""
    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "_FIRST", replace(planning._FIRST, config=NET, batch=8))
        patch.setattr(planning, "_LATER", replace(planning._LATER, config=LATER, batch=8))
        patch.setattr(pace, "_rate", lambda *_: 2.0)
        assert _train(write_coco(folder, 20), folder / "run", "--samples", "80,80") == 0
    return folder / "run"


def test_a_run_ends_with_a_model_a_card_and_numbers(finished: Path) -> None:
    said = json.loads((finished / "result.json").read_text())
    model = said["metrics"]["model"]
    assert set(model) == {
        "median error, px",
        "mean error, px",
        "PDJ@0.05",
        "PDJ@0.1",
        "PDJ@0.2",
        "PCK@0.1",
        "OKS",
    }
    assert all(v["low"] <= v["value"] <= v["high"] for v in model.values())
    assert said["people"] == {"train": 16, "held_out": 4}
    assert set(said["joints"]) == set(JOINTS)
    page = (finished / "card.html").read_text()
    assert page.count("<figure>") == 4
    assert "held out: 4 of 20" in page
    predictor = deeppose.load(finished / "model.onnx", threads=1)
    assert predictor.card.skeleton.joints == JOINTS
    assert predictor.card.more["box"] == "full-image"
    assert predictor.card.stages == said["stages"]


def test_the_numbers_are_the_exported_models(finished: Path) -> None:
    """Worst pictures predicted again by the file that ships, from its whole picture."""
    said = json.loads((finished / "result.json").read_text())
    predictor = deeppose.load(finished / "model.onnx", threads=1)
    for worst in said["worst"]:
        found = predictor.predict(worst["picture"]).joints[0]
        np.testing.assert_allclose(found, worst["joints"], atol=0.3)


def test_predict_takes_the_whole_picture_for_such_a_model(finished: Path, tmp_path: Path) -> None:
    pictures = finished.parent / "images"
    assert (
        main(["predict", str(pictures), "--model", str(finished / "model.onnx"), "--out", str(tmp_path)]) == 0
    )
    rows = [json.loads(line) for line in (tmp_path / "poses.jsonl").read_text().splitlines()]
    assert len(rows) == 20
    assert all(set(row["joints"]) == set(JOINTS) for row in rows)


def test_the_recipe_can_be_given_back(finished: Path, tmp_path: Path) -> None:
    again = ["train", str(finished / "recipe.toml"), "--out", str(tmp_path / "again"), "--samples", "80,80"]
    assert main(again) == 0
    one, two = (torch.load(f / "checkpoint.pt", weights_only=True) for f in (finished, tmp_path / "again"))
    assert all(torch.equal(one["cascade"][k], two["cascade"][k]) for k in one["cascade"])


def test_other_options_than_the_runs_are_refused(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    labels = finished.parent / "labels.json"
    assert _train(labels, finished, "--seed", "3") == 2
    assert "other labels, seed or trunk" in capsys.readouterr().err
    assert _train(write_coco(tmp_path, 20), finished) == 2
    assert _train(labels, finished, "--samples", "8") == 2
    assert "differs in: stages" in capsys.readouterr().err


def test_suggestions_are_labels_to_start_from(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    frames = finished.parent / "images"
    assert main(["suggest", str(finished), str(frames), "--count", "3", "--out", str(tmp_path)]) == 0
    said = json.loads((tmp_path / "labels.json").read_text())
    assert len(said["images"]) == len(said["annotations"]) == 3
    assert all((tmp_path / "images" / image["file_name"]).is_file() for image in said["images"])
    again = read_labels(tmp_path / "labels.json")
    assert again.skeleton.joints == JOINTS
    predictor = deeppose.load(finished / "model.onnx", threads=1)
    for person in again.people:
        joints = predictor.predict(person.image).stages
        assert joints is not None
        np.testing.assert_allclose(person.joints, joints[0][-1], atol=60)
    assert "3 of 20 frames" in capsys.readouterr().out


def test_suggestions_rank_what_is_odd_and_leave_neighbours_out() -> None:
    from deeppose.inference.frames import Frame

    empty = np.zeros((1, 1, 3), np.uint8)

    def row(source: str, time: float, signs: list[float]):  # type: ignore[no-untyped-def]
        return Frame(source, int(time * 30), time, empty), signs, np.zeros((4, 2)), np.zeros(4)

    rows = [
        row("a", 0.0, [0.1] * 4),
        row("a", 1.0, [0.9] * 4),
        row("a", 1.1, [0.8] * 4),
        row("a", 5.0, [0.5] * 4),
    ]
    chosen = ranked(rows, 2)
    assert [one.frame.time for one in chosen] == [1.0, 5.0]
    assert chosen[0].expected == 1.0


def test_stages_are_added_until_one_does_not_help() -> None:
    assert chosen_stages([0.3, 0.2, 0.1]) == 3
    assert chosen_stages([0.2, 0.3, 0.1]) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_step_and_its_checkpoint(number: signal.Signals) -> None:
    with Guard(1e9) as guard:
        guard.stepping(True)
        assert not guard.due()
        os.kill(os.getpid(), number)
        assert guard.due()
        with pytest.raises(Interrupted) as caught:
            guard.saved("stage 1, step 3")
        assert (caught.value.signum, str(caught.value)) == (number, "stage 1, step 3")
        guard.stepping(False)


def test_a_signal_between_steps_ends_at_once() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted), Guard():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_it_is_saved_by_the_clock() -> None:
    assert Guard(0.0).due()
    assert not Guard(60.0).due()


def test_an_interrupted_run_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                capsys: Capture) -> None:  # fmt: skip
    labels = write_coco(tmp_path, 20)
    from deeppose.training import loop

    step = loop._update
    seen: list[int] = []

    def interrupted(*args):  # type: ignore[no-untyped-def]
        seen.append(1)
        if len(seen) == 23:  # in stage 2
            os.kill(os.getpid(), signal.SIGINT)
        return step(*args)

    monkeypatch.setattr(loop, "_update", interrupted)
    assert _train(labels, tmp_path / "run") == 130
    assert "stage 2, step 3 is saved" in capsys.readouterr().err
    assert _train(labels, tmp_path / "run") == 0
    assert len(seen) == 40  # no step twice
    assert _train(labels, tmp_path / "whole") == 0
    one, two = (torch.load(tmp_path / f / "checkpoint.pt", weights_only=True) for f in ("run", "whole"))
    assert all(torch.equal(one["cascade"][k], two["cascade"][k]) for k in one["cascade"])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--accelerator", "tpuu"], "unknown --accelerator 'tpuu'"),
        (["--precision", "half"], "unknown --precision 'half'"),
        (["--devices", "0"], "one process or more"),
        (["--time", "soon"], "a number and s, m or h"),
        (["--labels", "gone.json"], "gone.json: no such file"),
    ],
)
def test_wrong_options_are_one_line(tmp_path: Path, capsys: Capture, options: list[str], why: str) -> None:
    labels = write_coco(tmp_path, 12)
    assert _train(labels, tmp_path / "run", *options) == 2
    said = capsys.readouterr().err
    assert why in said.splitlines()[-1]


def test_a_file_in_place_of_the_runs_folder(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "run").write_text("")
    assert _train(write_coco(tmp_path, 12), tmp_path / "run") == 2
    assert "a file of that name is there" in capsys.readouterr().err
    assert main(["train", "debug", "--out", str(tmp_path / "run")]) == 2
    assert "a file of that name is there" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "debug", "--seed=-1", "--out", str(tmp_path)])
    assert "a seed is a whole number from 0" in capsys.readouterr().err


def test_check_writes_a_page_with_both_kinds_of_pictures(tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("jinja2")
    labels = write_coco(tmp_path, 14)
    content = json.loads(labels.read_text())
    content["annotations"][3]["keypoints"] = [1, 2]
    labels.write_text(json.dumps(content))
    assert main(["check", str(labels), "--out", str(tmp_path / "check.html")]) == 0
    page = (tmp_path / "check.html").read_text()
    assert page.count(", mirrored</figcaption>") == 12
    assert "left_clip and right_clip" in page
    assert "annotation 4" in page
    assert "1 entry left out: annotation 4" in capsys.readouterr().out


def test_mirrored_pictures_show_what_training_shows(tmp_path: Path) -> None:
    """The mirrored label of the left clip lies on the left clip's pixels, as the cascade's own mirroring has it."""
    from deeppose.data.images import read_image
    from deeppose.show.own import check

    own = read(write_coco(tmp_path, 12), None, None, (), 0)
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "drawn", lambda pixels, person, *_: drawn.append((pixels, person)))
        check._mirrored(own.labels.people[0], own.skeleton)
    (pixels, person), original = drawn[0], read_image(own.labels.people[0].image)
    here, there = person.joints[1], own.labels.people[0].joints[2]
    np.testing.assert_array_equal(
        pixels[int(here[1]), int(here[0])], original[int(there[1]), original.shape[1] - 1 - int(here[0])]
    )
    assert here[0] == pytest.approx(80 - there[0])


def test_a_miss_is_shown_with_the_way_to_its_label() -> None:
    """A joint put 60 px right of its label on mid-grey: both lie on the picture, a white line between them."""
    skeleton = from_edges("dot", ["tip", "end"], [])
    seen = np.ones(2, bool)
    truth = Annotation(Path("a.png"), np.array([[20.0, 50], [20, 90]]), seen, seen)
    missed = replace(truth, joints=truth.joints + np.array([60, 0]))
    picture = np.full((200, 200, 3), 128, np.uint8)
    uri = drawn(picture, missed, skeleton, "a", truth=truth).uri
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    middle = shown[:, shown.shape[1] // 2].astype(int)
    assert (middle.min(1) > 200).sum() in range(2, 8)  # two lines cross the middle
    alone = drawn(picture, missed, skeleton, "a").uri
    assert alone != uri


def test_a_cascade_of_any_skeleton_refines_and_scores() -> None:
    tool = from_edges("tool", JOINTS, [(0, 3)])
    cascade = Cascade(replace(recipes.DEBUG, skeleton=tool).cascade()).eval()
    estimate = cascade(torch.zeros(2, 3, 256, 256), torch.tensor([[128.0, 128, 200, 200]]).repeat(2, 1))
    assert estimate.joints.shape == (2, 2, 4, 2)
    assert torch.isfinite(confidence.scores(cascade, estimate)).all()
