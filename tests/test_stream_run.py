"""Runs: what was reported is kept whatever ends the program, and the same command goes on from there."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deeppose import cli
from deeppose.data.images import read_image
from deeppose.errors import DataError
from deeppose.stream import records, video
from deeppose.stream.results import Results
from films import RATE, picture, write_film
from toymodel import CARD, write_model

pyav = pytest.mark.skipif(video.library() is None, reason="PyAV is not installed: deeppose[video]")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("model") / "toy.onnx", CARD))


def predict(*words: object) -> int:
    return cli.main(["predict", *map(str, words), "--full-image"])


def started(*words: object, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "deeppose", "predict", *map(str, words), "--full-image"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def pictures(folder: Path, n: int) -> Path:
    folder.mkdir()
    for i in range(n):
        Image.fromarray(picture(i, (40, 30 + i % 7))).save(folder / f"{i:03d}.png")
    return folder


def lines(folder: Path) -> list[dict[str, Any]]:
    return list(records.read(folder))


def test_a_run_killed_again_and_again_ends_in_the_same_bytes(model: str, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 150)
    assert predict(folder, "--out", tmp_path / "whole", "--model", model, "-q") == 0
    draw, out = random.Random(3), tmp_path / "killed"
    for _ in range(3):
        begun = started(folder, "--out", out, "--model", model)
        before = _size(out / "poses.jsonl")
        while begun.poll() is None and _size(out / "poses.jsonl") <= before:
            time.sleep(0.005)
        time.sleep(draw.uniform(0, 0.15))
        begun.kill()
        begun.communicate()
    with (out / "poses.jsonl").open("ab") as file:
        file.write(b'{"schema": 1, "file": "half a rec')
    assert predict(folder, "--out", out, "--model", model, "-q") == 0
    for name in sorted(path.name for path in (tmp_path / "whole").iterdir()):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert sorted(os.listdir(out)) == sorted(os.listdir(tmp_path / "whole"))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_after_the_frame_with_a_summary(
    number: int, code: int, model: str, tmp_path: Path
) -> None:
    folder, out = pictures(tmp_path / "in", 400), tmp_path / "out"
    begun = started(folder, "--out", out, "--model", model)
    while not _size(out / "poses.jsonl"):
        time.sleep(0.005)
    begun.send_signal(number)
    _, err = begun.communicate()
    assert begun.returncode == code
    assert "Traceback" not in err
    assert "deeppose: stopped after" in err
    assert "the same command goes on from here" in err
    done = lines(out)
    assert 0 < len(done) < 400
    assert json.loads((out / "run.json").read_text())["finished"] is False


def test_a_closed_pipe_ends_quietly_and_the_files_are_complete(model: str, tmp_path: Path) -> None:
    folder, out = pictures(tmp_path / "in", 60), tmp_path / "out"
    begun = started(folder, "--json", "--out", out, "--model", model)
    assert begun.stdout is not None
    assert begun.stdout.readline()
    begun.stdout.close()
    assert begun.stderr is not None
    assert "rror" not in begun.stderr.read()
    assert begun.wait() == 0
    assert len(lines(out)) == 60


def test_a_full_disk_costs_nothing_that_was_reported(model: str, tmp_path: Path) -> None:
    folder, out = pictures(tmp_path / "in", 30), tmp_path / "out"
    limit = lambda: (  # noqa: E731
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000)),
    )
    begun = started(folder, "--out", out, "--no-overlay", "--model", model, preexec_fn=limit)
    _, err = begun.communicate()
    assert begun.returncode == 2
    assert "frames are kept; make room and run the same command again" in err
    assert "Traceback" not in err
    kept = len(lines(out))
    assert 3 < kept < 30
    assert predict(folder, "--out", out, "--no-overlay", "--model", model) == 0
    assert len(lines(out)) == 30


def test_other_options_on_the_same_folder_are_refused(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = pictures(tmp_path / "in", 3), tmp_path / "out"
    assert predict(folder, "--out", out, "--model", model) == 0
    before = (out / "poses.jsonl").read_bytes()
    assert predict(folder, "--out", out, "--model", model, "--turns", "2") == 2
    assert "(turns: 1 then, 2 now); choose another --out, or --overwrite" in capsys.readouterr().err
    assert (out / "poses.jsonl").read_bytes() == before
    assert predict(folder, "--out", out, "--model", model, "--no-overlay", "--overwrite") == 0
    assert sorted(os.listdir(out)) == ["poses.jsonl", "run.json"]


def test_two_runs_on_one_folder_are_told_apart(tmp_path: Path, model: str, capsys: Any) -> None:
    folder, out = pictures(tmp_path / "in", 2), tmp_path / "out"
    first = Results(out, {"deeppose": "0"})
    assert predict(folder, "--out", out, "--model", model) == 2
    assert "another run is writing there" in capsys.readouterr().err
    first.close()


def test_what_is_in_the_way_is_said_before_the_work(tmp_path: Path, model: str, capsys: Any) -> None:
    folder, out = pictures(tmp_path / "in", 2), tmp_path / "out"
    (out / "poses.jsonl").mkdir(parents=True)
    assert predict(folder, "--out", out, "--model", model) == 2
    (tmp_path / "file").touch()
    assert predict(folder, "--out", tmp_path / "file" / "deep", "--model", model) == 2
    assert capsys.readouterr().err.count("cannot be written") == 2


def test_a_folder_that_is_input_and_output_gives_the_same_records_every_time(
    tmp_path: Path, model: str
) -> None:
    folder = pictures(tmp_path / "in", 3)
    seen = []
    for _ in range(3):
        assert predict(folder, "--out", folder, "--model", model, "--stages", "--overwrite") == 0
        seen.append((folder / "poses.jsonl").read_bytes())
    assert seen[0] == seen[1] == seen[2]
    assert len(lines(folder)) == 3


def test_names_that_are_no_text_are_escaped_and_found_again(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J\n.png")
    Image.new("RGB", (20, 20)).save(name, "PNG")
    assert predict(tmp_path, "--out", tmp_path / "out", "--model", model) == 0
    shown = capsys.readouterr().out
    assert "\\udcff\\x1b[2J\\n.png" in shown
    assert "\x1b" not in shown
    (record,) = lines(tmp_path / "out")
    assert read_image(record["file"]).shape == (20, 20, 3)


def test_nobody_is_a_record_too(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (20, 10), (60, 0, 0)).save(tmp_path / "dark.png")
    assert predict(tmp_path / "dark.png", "--model", model, "--min-person", "0.5", "--json") == 0
    (record,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert record == {
        "schema": 1, "model": record["model"], "file": str(tmp_path / "dark.png"), "frame": 0, "time": None,
        "width": 20, "height": 10, "people": 0,
    }  # fmt: skip
    assert predict(tmp_path / "dark.png", "--model", model, "--min-person", "0.5") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'dark.png'}: nobody found\n"


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "poses.jsonl").write_text('{"schema": 1, "people": 0}\n{"schema": 1}\n')
    with pytest.raises(DataError, match="line 2: not a record of schema 1"):
        lines(tmp_path)
    (tmp_path / "poses.jsonl").write_text('{"schema": 9}\n')
    with pytest.raises(DataError, match="line 1: of schema 9, not 1"):
        lines(tmp_path)


UNEVEN = [0.5, 0.54, 0.62, 0.7, 0.71, 1.0, 1.3, 1.34]


@pyav
def test_a_film_keeps_times_and_sound(tmp_path: Path, model: str) -> None:
    import av

    source = write_film(tmp_path / "a.mp4", UNEVEN, (63 + 1, 95 + 1), sound=True)
    out = tmp_path / "out"
    assert predict(source, "--out", out, "--model", model, "--json") == 0
    with av.open(str(source)) as before, av.open(str(out / "a-pose.mp4")) as after:
        times = [[float(f.time) for f in film.decode(video=0)] for film in (before, after)]
        assert np.diff(times[0]) == pytest.approx(np.diff(times[1]), abs=1e-4)
        for film in (before, after):
            film.seek(0)
        sounds = [[bytes(p) for p in film.demux(audio=0) if p.size] for film in (before, after)]
        assert sounds[1]
        assert set(sounds[1]) <= set(sounds[0])
        assert len(sounds[1]) >= len(sounds[0]) - 6  # before the first picture, and after the last
    recorded = [record["time"] for record in lines(out)]
    assert recorded == pytest.approx(times[0], abs=1e-5)
    assert [record["frame"] for record in lines(out)] == list(range(8))


@pyav
def test_a_film_interrupted_is_drawn_again_from_its_records(tmp_path: Path, model: str) -> None:
    """The model is not asked twice: poses moved in the records show in the film that goes on from them."""
    source = write_film(tmp_path / "a.mp4", [i / RATE for i in range(60)])
    whole, part = tmp_path / "whole", tmp_path / "part"
    for out in (whole, part):
        assert predict(source, "--out", out, "--model", model, "-q", "--json") == 0
    (part / "a-pose.mp4").unlink()
    kept = (part / "poses.jsonl").read_bytes().splitlines(keepends=True)
    (part / "poses.jsonl").write_bytes(b"".join(kept[:25]))
    assert predict(source, "--out", part, "--model", model, "-q", "--json") == 0
    assert (part / "poses.jsonl").read_bytes() == (whole / "poses.jsonl").read_bytes()
    films = [[f.to_ndarray(format="rgb24") for f in _decoded(out / "a-pose.mp4")] for out in (whole, part)]
    assert len(films[0]) == len(films[1]) == 60
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(*films, strict=True)) < 1
    assert sorted(os.listdir(part)) == ["a-pose.mp4", "poses.jsonl", "run.json"]


def _decoded(path: Path) -> list[Any]:
    import av

    with av.open(str(path)) as film:
        return list(film.decode(video=0))


@pyav
def test_a_video_that_breaks_off_is_delivered_and_counted(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = write_film(tmp_path / "a.mkv", [i / RATE for i in range(100)], (240, 320)).read_bytes()
    (tmp_path / "a.mkv").write_bytes(content[: len(content) // 2])
    out = tmp_path / "out"
    assert predict(tmp_path / "a.mkv", "--out", out, "--model", model) == 1
    assert "could be read up to" in capsys.readouterr().err
    assert 20 < len(lines(out)) < 80
    assert len(_decoded(out / "a-pose.mp4")) == len(lines(out))
    assert "cut short" in json.loads((out / "run.json").read_text())["unusable"][0]["why"]
    assert len(lines(out)) == len({r["frame"] for r in lines(out)})
    Image.new("RGB", (9, 9)).save(tmp_path / "b.png")
    assert [s for s in os.listdir(tmp_path) if s.endswith(".part.mp4")] == []


@pyav
def test_a_film_of_ours_is_no_input(tmp_path: Path, model: str) -> None:
    write_film(tmp_path / "a.mp4", [0, 0.04])
    assert predict(tmp_path, "--out", tmp_path, "--model", model) == 0
    assert predict(tmp_path, "--out", tmp_path, "--model", model, "--overwrite") == 0
    assert [record["file"] for record in lines(tmp_path)] == [str(tmp_path / "a.mp4")] * 2
