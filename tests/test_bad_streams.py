"""What else can happen to a video or a camera: each has one stated outcome (docs/video.md), from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from cameras import Vanishing
from deeppose import cli
from deeppose.inference import Frame
from deeppose.poses import Poses
from deeppose.skeleton import LSP
from deeppose.stream import encoding, records, video
from deeppose.stream.films import Film
from films import picture, write_film
from test_tracks import standing
from toymodel import CARD, write_model

pytestmark = pytest.mark.skipif(video.library() is None, reason="PyAV is not installed: deeppose[video]")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD))


def run(source: str, model: str, out: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    code = cli.main(["predict", source, "--model", model, "--full-image", "-q", "--out", str(out), *words])
    return code, list(records.read(out))


def test_of_a_camera_that_vanishes_everything_is_kept_and_the_end_is_said(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(video.cv2, "VideoCapture", Vanishing)
    code, kept = run("camera:0", model, tmp_path / "out")
    assert code == 1
    assert [record["frame"] for record in kept] == [0, 1, 2]
    assert (tmp_path / "out" / "camera-0-pose.mp4").stat().st_size > 0
    assert "camera:0: gives no more pictures" in capsys.readouterr().err


def test_a_camera_that_is_not_there_is_said(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(video.cv2, "VideoCapture", Vanishing)
    assert run("camera:7", model, tmp_path / "out") == (1, [])
    assert "there is no such camera; camera:0 is the first" in capsys.readouterr().err


def test_a_clip_of_one_frame_is_a_clip(model: str, tmp_path: Path) -> None:
    clip = write_film(tmp_path / "one.mp4", [0.0])
    code, (only,) = run(str(clip), model, tmp_path / "out", "--angles", "--speeds")
    assert code == 0
    assert set(only["speeds"].values()) == {0.0}
    assert only["smoothed"] == {name: {k: at[k] for k in "xy"} for name, at in only["joints"].items()}
    assert (tmp_path / "out" / "one-pose.mp4").stat().st_size > 0


def test_pictures_in_a_row_without_any_times_come_at_25_a_second(model: str, tmp_path: Path) -> None:
    clip = tmp_path / "raw.mjpeg"
    clip.write_bytes(b"".join(cv2.imencode(".jpg", picture(i))[1].tobytes() for i in range(5)))
    code, rows = run(str(clip), model, tmp_path / "out", "--no-overlay")
    assert code == 0
    assert [record["time"] for record in rows] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


class Rateless:
    """A file that says 0 frames a second, and of no frame when it is shown."""

    start_time = duration = None

    def __init__(self) -> None:
        self.streams = SimpleNamespace(video=[SimpleNamespace(average_rate=0, frames=0)])

    def __enter__(self) -> Rateless:
        return self

    def __exit__(self, *_: object) -> None: ...

    def decode(self, _stream: object) -> Iterator[SimpleNamespace]:
        return (SimpleNamespace(time=None) for _ in range(3))


def test_a_file_of_0_frames_a_second_is_taken_for_one_of_25() -> None:
    av = SimpleNamespace(open=lambda _: Rateless(), FFmpegError=OSError)
    assert [(index, time) for index, time, _ in video._by_pyav(av, "a.avi", "a.avi")] == [
        (0, 0.0),
        (1, pytest.approx(0.04)),
        (2, pytest.approx(0.08)),
    ]


@pytest.mark.parametrize("pyav", [True, False])
def test_a_film_keeps_the_size_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pyav: bool
) -> None:
    if not pyav:
        monkeypatch.setattr(encoding, "library", lambda: None)
    poses = Poses(LSP, standing(30, size=40.0).joints - [0, 260], np.ones((1, 14)), np.zeros((1, 4)))
    film = Film(tmp_path / "a.mp4")
    for index, size in enumerate([(64, 96), (128, 192), (48, 96), (64, 96)]):
        film.add(Frame("a.mp4", index, index / 25, picture(index, size)), poses, [])
    film.close()
    frames = list(video.Video(tmp_path / "a.mp4").frames())
    assert {frame.pixels.shape for frame in frames} == {(64, 96, 3)}
    assert len(frames) >= 4
    bright = [
        frame.pixels[:8, :8].mean() for frame in frames
    ]  # each fills the film, as its white corner shows
    assert min(bright) > 200


def test_a_films_times_go_on_where_its_sources_run_backwards(tmp_path: Path) -> None:
    poses = Poses(LSP, standing(30, size=40.0).joints - [0, 260], np.ones((1, 14)), np.zeros((1, 4)))
    film = Film(tmp_path / "a.mp4")
    for index, time in enumerate([0.0, 0.04, 0.02, 0.0, 0.08]):
        film.add(Frame("a.mp4", index, time, picture(index)), poses, [])
    film.close()
    times = [frame.time or 0.0 for frame in video.Video(tmp_path / "a.mp4").frames()]
    assert len(times) == 5
    assert times == sorted(times)


def test_more_people_than_wanted_are_not_followed(model: str, tmp_path: Path) -> None:
    clip = write_film(tmp_path / "a.mp4", [i / 25 for i in range(4)])
    rows = [f"a.mp4,{x},2,30,40,{score}" for x, score in ((2, 0.6), (50, 0.9))]
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("\n".join(["file,x,y,w,h,score", *rows]))
    words = ["--boxes", str(boxes), "--people", "1", "--no-overlay"]
    assert (
        cli.main(["predict", str(clip), "--model", model, "-q", "--out", str(tmp_path / "out"), *words]) == 0
    )
    kept = list(records.read(tmp_path / "out"))
    assert [(record["people"], record["track"], record["box"]["x"]) for record in kept] == [(1, 0, 50.0)] * 4
