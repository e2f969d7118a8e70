"""The command line: what it prints, writes and returns, on a tiny model whose answers are known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deeppose import cli
from deeppose.commands import demo
from deeppose.data.images import read_image
from deeppose.inference.people import LEAST
from deeppose.poses import Poses, from_records
from deeppose.skeleton import LSP
from toymodel import CARD, STAGES, offsets, write_model

ONE = ("--detector", "person-box")
"""Finds somebody in any picture."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two pictures, one broken file and one that is no picture."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in {"a.jpg": (120, 90), "b.png": (64, 200)}.items():
        Image.new("RGB", size, (204, 30, 40)).save(folder / name)
    (folder / "broken.jpg").write_bytes((folder / "a.jpg").read_bytes()[:300])
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_json_is_one_record_a_person(photos: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [str(photos / name) for name in ("a.jpg", "b.png")]
    code = cli.main(["predict", *pictures, "--full-image", "--json", "--model", model])
    records = lines(capsys.readouterr().out)
    assert code == 0
    assert [r["file"] for r in records] == [str(photos / "a.jpg"), str(photos / "b.png")]
    assert records[0]["box"] == {"x": 0, "y": 0, "w": 120, "h": 90}
    assert set(records[0]["joints"]) == set(LSP.joints)
    assert set(records[0]["joints"]["neck"]) == {"x", "y", "score"}
    assert "stages" not in records[0]
    poses, _ = from_records(records, LSP)
    np.testing.assert_allclose(poses.joints[1], [32, 100] + offsets()[-1] * [64, 200], atol=2e-3)


def test_boxes_and_stages(photos: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    boxes = ["--box", "10,20,30,40", "--box=-5,0,50.5,60"]
    cli.main(["predict", str(photos / "a.jpg"), *boxes, "--json", "--all-stages", "--model", model])
    records = lines(capsys.readouterr().out)
    assert [list(r["box"].values()) for r in records] == [[10, 20, 30, 40], [-5, 0, 50.5, 60]]
    poses, _ = from_records(records, LSP)
    assert poses.stages is not None
    np.testing.assert_allclose(poses.stages[0], [25, 40] + offsets() * [30, 40], atol=2e-3)
    assert poses.stages.shape[1] == STAGES


def test_the_table(photos: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["predict", str(photos / "a.jpg"), "--full-image", "--model", model])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{photos / 'a.jpg'}, box x 0 y 0 w 120 h 90"
    assert lines[2].split() == ["right", "ankle", "108.0", "45.0", "0.80"]
    assert len(lines) == 2 + len(LSP)


def test_broken_files_are_named_skipped_and_tell_in_the_end(
    photos: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = photos / "gone.jpg"
    assert cli.main(["predict", str(photos), str(gone), "--json", "--model", model, *ONE]) == 1
    out, err = capsys.readouterr()
    assert [Path(r["file"]).name for r in lines(out)] == ["a.jpg", "b.png"]
    assert f"skipped {photos / 'broken.jpg'}: " in err
    assert f"skipped {gone}: no such file" in err
    assert "2 frames: 2 people, 2 unusable" in err
    assert "Traceback" not in err


def test_a_box_outside_one_picture_names_that_picture(
    photos: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    args = [
        "predict",
        str(photos / "a.jpg"),
        str(photos / "b.png"),
        "--box",
        "100,10,10,10",
        "--json",
        "--model",
        model,
    ]
    assert cli.main(args) == 1
    out, err = capsys.readouterr()
    assert len(lines(out)) == 1
    assert f"skipped {photos / 'b.png'}: box" in err
    assert "64 x 200" in err


def test_out_holds_drawings_and_json(photos: Path, model: str, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    cli.main(["predict", str(photos / "a.jpg"), "--out", str(out), "--all-stages", "--model", model, *ONE])
    assert sorted(p.name for p in out.iterdir()) == ["a-pose.jpg", "a-stages.jpg", "poses.jsonl", "run.json"]
    assert len(lines((out / "poses.jsonl").read_text())) == 1
    assert read_image(out / "a-pose.jpg").shape == (90, 120, 3)


def test_inputs_of_one_name_do_not_overwrite_each_other(photos: Path, model: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (200, 100)).save(other / "A.png")
    out = tmp_path / "out"
    inputs = [str(photos / "a.jpg"), str(other / "A.png"), str(photos / "a.jpg")]
    cli.main(["predict", *inputs, "--out", str(out), "--model", model])
    shapes = {p.name: read_image(p).shape[:2] for p in out.glob("*.jpg")}
    assert shapes == {"a-pose.jpg": (90, 120), "A-2-pose.jpg": (100, 200)}
    assert len(lines((out / "poses.jsonl").read_text())) == 2


def test_an_input_is_never_overwritten(photos: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (50, 50)).save(photos / "a-pose.jpg")
    before = (photos / "a-pose.jpg").read_bytes()
    inputs = [str(photos / "a.jpg"), str(photos / "a-pose.jpg")]
    cli.main(["predict", *inputs, "--out", str(photos), "--model", model])
    assert (photos / "a-pose.jpg").read_bytes() == before
    assert (photos / "a-2-pose.jpg").exists()
    capsys.readouterr()
    cli.main(["predict", *inputs, "--out", str(photos), "--model", model])
    assert "0 frames (2 were done before)" in capsys.readouterr().err


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,0,0,5", "0,0,nan,5", "0,0,5,-1"])
def test_wrong_boxes(photos: Path, box: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["predict", str(photos), "--box", box])
    assert stop.value.code == 2
    assert box in capsys.readouterr().err


def test_users_mistakes_are_one_line(photos: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    (photos / "file").touch()
    for args, said in (
        (["--model", "none.onnx"], "none.onnx: no such model file"),
        (["--model", model, "--threads", "0"], "threads must be a number from 1"),
        (["--model", model, "--out", str(photos / "file")], "--out"),
    ):
        assert cli.main(["predict", str(photos / "a.jpg"), *args]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1


def test_the_demo(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--model", model, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "camera" in out
    assert "right ankle" in out
    assert "camera: the ankles are not in the picture; they score 0." in out
    assert "astronaut: the knees and ankles are not in the picture; they score 0." in out
    assert str(tmp_path) in out
    records = lines((tmp_path / "poses.jsonl").read_text())
    assert {"camera", "astronaut"} <= {r["file"] for r in records}
    for record in records:
        assert len(record["stages"]) == STAGES
        pose, strip = (read_image(tmp_path / f"{record['file']}-{kind}.jpg") for kind in ("pose", "stages"))
        assert pose.shape == (record["height"], record["width"], 3)
        assert strip.shape[1] > 2 * strip.shape[0]


def test_the_demo_counts_joints_near_the_truth() -> None:
    """Half a torso diagonal off: not found. A tenth: found."""
    joints = np.zeros((1, 14, 2))
    joints[0, LSP.index("left_shoulder")] = 60, 80
    truth = {joint: joints[0, k].tolist() for k, joint in enumerate(LSP.joints)}
    moved = joints.copy()
    moved[0, :5, 0] += 50
    moved[0, 5:8, 0] += 10
    poses = Poses(LSP, moved, np.ones((1, 14)), np.ones((1, 4)))
    assert (
        demo.against_truth("toy", poses, truth)
        == "toy: 9 of 14 joints within 0.2 torso diagonals of the truth"
    )


def test_the_installed_command_helps() -> None:
    run = subprocess.run([sys.executable, "-m", "deeppose", "--help"], capture_output=True, text=True)
    assert run.returncode == 0
    for command in cli.COMMANDS:
        assert command in run.stdout


def test_help_and_docs_say_from_which_score_on_somebody_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["predict", "--help"])
    assert f"default: {LEAST:g}," in " ".join(capsys.readouterr().out.split())
    docs = Path(__file__).parents[1] / "docs"
    assert f"`--min-person` ({LEAST:g})" in (docs / "predict.md").read_text()
    assert f"From {LEAST:g} on somebody is there" in " ".join(
        (docs / "finding-people.md").read_text().split()
    )


def test_records_are_converted_afterwards(
    photos: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    cli.main(["predict", str(photos / "a.jpg"), "--full-image", "--out", str(out), "--model", model])
    capsys.readouterr()
    assert cli.main(["convert", str(out), "--to", "wide-csv,coco"]) == 0
    written = capsys.readouterr().out.splitlines()
    assert {Path(name).name for name in written} >= {"poses-wide.csv", "coco-results.json"}
    assert all(Path(name).exists() for name in written)
    assert cli.main(["convert", str(tmp_path / "none"), "--to", "csv"]) == 2
    assert "name a folder that predict wrote" in capsys.readouterr().err


def test_the_version_and_the_completion(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("shtab", reason="shtab is not installed: deeppose[completion]")
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("deeppose 0.")
    assert cli.main(["completion", "bash"]) == 0
    assert "--min-person" in capsys.readouterr().out


def test_quiet_and_negative_boxes(photos: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["predict", str(photos), "--box", "-5,0,200,300", "--json", "--model", model]
    assert cli.main([*args, "-q"]) == 1
    out, err = capsys.readouterr()
    assert lines(out)[0]["box"] == {"x": -5, "y": 0, "w": 200, "h": 300}
    assert "broken.jpg" in err
    assert "frames:" not in err
