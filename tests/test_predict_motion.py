"""`deeppose predict` on a video: numbers, smoothing, angles, from the command line to the records."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cameras import Vanishing
from deeppose import cli
from deeppose.inference import finders
from deeppose.inference.finders import Found
from deeppose.stream import films, records, video
from films import RATE, write_film
from toymodel import CARD, write_model

pytestmark = pytest.mark.skipif(video.library() is None, reason="PyAV is not installed: deeppose[video]")

PEOPLE = ["--box", "2,2,40,60", "--box", "50,2,40,60"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "a.mp4", [i / RATE for i in range(20)])


def run(film: Path, model: str, *words: str, out: str = "out") -> list[dict[str, Any]]:
    folder = film.parent / out
    assert (
        cli.main(["predict", str(film), "--out", str(folder), "--model", model, "-q", *PEOPLE, *words]) == 0
    )
    return list(records.read(folder))


def test_people_of_a_video_are_numbered_smoothed_and_measured(film: Path, model: str) -> None:
    found = run(film, model, "--smooth", "butterworth", "--angles", "--speeds", "--no-overlay")
    assert [r["track"] for r in found] == [0, 1] * 20
    assert all(len(r["smoothed"]) == 14 for r in found)
    still = np.array([[p["x"] for p in r["smoothed"].values()] for r in found if r["track"] == 0])
    np.testing.assert_allclose(still, still[:1].repeat(20, 0), atol=0.01)
    assert max(speed for r in found for speed in r["speeds"].values()) < 0.5


def test_the_same_command_again_changes_nothing(film: Path, model: str) -> None:
    words = ("--smooth", "savgol", "--angles", "--no-overlay")
    run(film, model, *words)
    before = (film.parent / "out" / "poses.jsonl").read_bytes()
    run(film, model, *words)
    assert (film.parent / "out" / "poses.jsonl").read_bytes() == before


def test_as_frames_come_records_are_smoothed_already(film: Path, model: str) -> None:
    assert all("smoothed" in r for r in run(film, model, "--smooth", "one_euro", "--no-overlay"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The poses of every frame of a film, in the order in which they are drawn."""
    seen: list[Any] = []
    draw = films.draw
    monkeypatch.setattr(films, "draw", lambda p, poses, **how: seen.append(poses) or draw(p, poses, **how))
    return seen


def test_videos_are_smoothed_by_default_and_their_films_show_it(
    film: Path, model: str, drawn: list[Any]
) -> None:
    found = run(film, model)
    smoothed = [[[at["x"], at["y"]] for at in r["smoothed"].values()] for r in found]
    np.testing.assert_array_equal(np.concatenate([poses.joints for poses in drawn]), smoothed)
    path = film.parent / "out" / "a-pose.mp4"
    assert json.loads((path.parent / "run.json").read_text())["videos"] == [path.name]
    before = path.stat().st_mtime_ns
    run(film, model)
    assert path.stat().st_mtime_ns == before  # nothing is new
    path.unlink()
    run(film, model)
    assert path.exists()


def test_a_cameras_records_and_film_are_smoothed_as_they_come(
    model: str, tmp_path: Path, drawn: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video.cv2, "VideoCapture", Vanishing)
    assert (
        cli.main(["predict", "camera:0", "--out", str(tmp_path / "o"), "--model", model, "-q", *PEOPLE]) == 1
    )
    found = list(records.read(tmp_path / "o"))
    smoothed = [[[at["x"], at["y"]] for at in r["smoothed"].values()] for r in found]
    np.testing.assert_array_equal(np.concatenate([poses.joints for poses in drawn]), smoothed)


def test_none_is_raw(film: Path, model: str) -> None:
    assert not any("smoothed" in record for record in run(film, model, "--smooth", "none", "--no-overlay"))


def test_the_film_shows_who_is_who(film: Path, model: str) -> None:
    run(film, model, "--angles")
    assert (film.parent / "out" / "a-pose.mp4").stat().st_size > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--smooth", "savgol", "--cut-off-frequency", "0"], "cut-off-frequency 0"),
        (["--smooth", "butterworth", "--order", "3"], "order 3"),
        (["--max-unseen", "-1"], "max-unseen -1"),
    ],
)
def test_a_wrong_option_is_said(
    film: Path, model: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["predict", str(film), "--model", model, *PEOPLE, *words]) == 2
    assert said in capsys.readouterr().err


def test_an_interval_below_one_is_said(film: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", str(film), "--model", model, "--det-every", "0"]) == 2
    assert "det-every 0" in capsys.readouterr().err


class Two:
    """Finds two people where the picture is brighter or darker, a little off in every frame."""

    def __call__(self, picture: np.ndarray) -> Found:
        off = picture[-1, -1, 0] / 100
        return Found(np.array([[24 + off, 32, 40, 56], [70 - off, 32, 40, 56.0]]), np.array([0.9, 0.8]))


@pytest.mark.parametrize("done", [14, 15, 16])
def test_a_run_that_searches_now_and_then_goes_on_as_if_it_had_not_been_interrupted(
    film: Path, model: str, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    monkeypatch.setattr(finders, "named", lambda *_: Two())
    words = ["predict", str(film), "--model", model, "-q", "--no-overlay", "--min-person", "0.01"]
    words += ["--det-every", "3", "--smooth", "none", "--out"]
    assert cli.main([*words, str(film.parent / "whole")]) == 0
    whole = (film.parent / "whole" / "poses.jsonl").read_bytes()
    part = film.parent / "part"
    shutil.copytree(film.parent / "whole", part)
    (part / "poses.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[: 2 * done]))
    assert cli.main([*words, str(part)]) == 0
    assert (part / "poses.jsonl").read_bytes() == whole
    assert len({r["box"]["w"] for r in records.read(part)}) > 1  # searched and followed boxes differ
