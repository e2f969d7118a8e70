"""Sources: every input there is gives its frames once, in order, with their own times."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cameras import Vanishing
from deeppose.errors import ConfigError, ImageError
from deeppose.show.overlay import save
from deeppose.stream import video
from deeppose.stream.sampling import Budget, Span, seconds
from deeppose.stream.sources import listed, sources
from films import RATE, level, write_film

UNEVEN = [0.0, 0.04, 0.12, 0.2, 0.21, 0.5, 0.8, 0.84]
pyav = pytest.mark.skipif(video.library() is None, reason="PyAV is not installed: deeppose[video]")


def named(*inputs: object, **more: object) -> list[str]:
    return [source.name for source in sources(map(str, inputs), **more)]


def shots(*inputs: object, **more: object) -> list[tuple[int, float | None]]:
    found = sources(map(str, inputs), **more)
    return [(frame.index, frame.time) for source in found for frame in source.frames()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.png", "deep/er/c.JFIF", ".hidden.jpg", "notes.txt"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 10)).save(path, "PNG") if path.suffix != ".txt" else path.write_text("x")
    return tmp_path / "in"


def test_a_folder_is_searched_to_any_depth_and_links_once(folder: Path) -> None:
    (folder / "deep" / "back").symlink_to(folder)
    (folder / "again").symlink_to(folder / "deep")
    names = [Path(name).name for name in named(folder, folder / "b.jpg")]
    assert sorted(names) == ["a.png", "b.jpg", "c.JFIF"]
    (folder / "empty").mkdir()
    with pytest.raises(ImageError, match="no pictures or videos in this folder"):
        sources([str(folder / "empty")])


def test_globs_lists_and_odd_names(folder: Path, tmp_path: Path) -> None:
    assert [Path(n).name for n in named(folder / "**" / "*.*g")] == ["a.png", "b.jpg"]
    with pytest.raises(ImageError, match="nothing fits this pattern"):
        sources([str(folder / "*.bmp")])
    odd = os.fsencode(folder) + b"/\xff \x1b[2J.png"
    Image.new("RGB", (9, 9)).save(os.fsdecode(odd), "PNG")
    (tmp_path / "list").write_bytes(odd + b"\0" + os.fsencode(folder / "b.jpg") + b"\0")
    names = listed(str(tmp_path / "list"))
    assert [os.fsencode(name) for name in names] == [odd, os.fsencode(folder / "b.jpg")]
    assert len(shots(*names)) == 2
    (tmp_path / "none").write_text("\n")
    with pytest.raises(ConfigError, match="lists nothing"):
        listed(str(tmp_path / "none"))


def test_what_this_program_drew_is_no_input(folder: Path) -> None:
    save(folder / "b-pose.jpg", np.zeros((10, 10, 3), np.uint8))
    save(folder / "b-stages-2.jpg", np.zeros((10, 10, 3), np.uint8))
    Image.new("RGB", (20, 10)).save(folder / "tree-pose.jpg")
    names = {Path(name).name for name in named(folder)}
    assert names == {"a.png", "b.jpg", "c.JFIF", "tree-pose.jpg"}
    assert len(named(folder / "b-pose.jpg")) == 1  # who names one means it


def test_animations_have_times_and_pages_have_none(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (40 * i, 0, 0)) for i in range(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=[100, 50, 200, 100])
    frames[0].save(tmp_path / "b.tiff", save_all=True, append_images=frames[1:])
    assert shots(tmp_path / "a.gif") == [
        (0, 0.0),
        (1, 0.1),
        (2, pytest.approx(0.15)),
        (3, pytest.approx(0.35)),
    ]
    assert shots(tmp_path / "b.tiff") == [(i, None) for i in range(4)]
    (source,) = sources([str(tmp_path / "a.gif")])
    assert [frame.index for frame in source.frames(after=1)] == [2, 3]


def test_numbered_pictures_are_one_sequence(tmp_path: Path) -> None:
    for n in (3, 4, 10):
        Image.new("RGB", (8, 8)).save(tmp_path / f"shot-{n:04d}.png")
    pattern = tmp_path / "shot-%04d.png"
    assert shots(pattern) == [(3, None), (4, None), (10, None)]
    assert shots(pattern, span=Span(fps=10)) == [(3, 0.0), (4, 0.1), (10, 0.7)]


@pyav
def test_times_of_a_clip_of_uneven_rate_are_its_own(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", UNEVEN)
    (source,) = sources([str(film)])
    frames = list(source.frames())
    assert [frame.time for frame in frames] == pytest.approx(UNEVEN, abs=1e-5)
    assert [level(frame.pixels) for frame in frames] == list(range(len(UNEVEN)))
    assert [frame.index for frame in source.frames(after=4)] == [5, 6, 7]


@pyav
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_telephones_turned_clips_are_upright(tmp_path: Path, rotation: int) -> None:
    """OpenCV, which turns by the same matrix on its own, is the reference."""
    film = write_film(tmp_path / "a.mp4", [0, 0.04], rotation=rotation)
    (mine,) = sources([str(film)])
    first = next(mine.frames()).pixels
    _, _, reference = next(video._by_opencv(film, "a.mp4"))
    assert first.shape == reference.shape == ((96, 64, 3) if rotation % 180 else (64, 96, 3))
    assert np.abs(first.astype(int) - reference).mean() < 3
    assert first.std() > 50


@pyav
def test_opencv_reads_the_same_frames_where_pyav_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "a.mp4", UNEVEN)
    monkeypatch.setattr(video, "library", lambda: None)
    (source,) = sources([str(film)])
    frames = list(source.frames())
    assert [level(frame.pixels) for frame in frames] == list(range(len(UNEVEN)))
    assert [frame.time for frame in frames] == pytest.approx(UNEVEN, abs=2e-3)


@pyav
def test_a_truncated_video_gives_what_could_be_read_and_says_to_when(tmp_path: Path) -> None:
    times = [i / RATE for i in range(100)]
    whole = write_film(tmp_path / "a.mkv", times, (240, 320)).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    (source,) = sources([str(tmp_path / "cut.mkv")])
    got = []
    with pytest.raises(ImageError, match=r"cut\.mkv: could be read up to \d\.\d+ s of 4\.0"):
        got.extend(source.frames())
    assert 20 < len(got) < 80
    (tmp_path / "cut.mp4").write_bytes(write_film(tmp_path / "a.mp4", times).read_bytes()[:3000])
    with pytest.raises(ImageError, match=r"cut\.mp4: cannot be read as a video"):
        shots(tmp_path / "cut.mp4")


@pyav
def test_a_part_of_a_video_and_a_slower_rate(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [i / RATE for i in range(50)])

    def taken(**span: float) -> list[int]:
        return [index for index, _ in shots(film, span=Span(**span))]

    assert taken(start=0.4, end=0.56) == [10, 11, 12, 13, 14]
    assert taken(every=20) == [0, 20, 40]
    assert taken(start=0.2, every=20) == [5, 25, 45]
    assert taken(fps=5) == list(range(0, 50, 5))
    assert taken(fps=10) == [0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30, 33, 35, 38, 40, 43, 45, 48]
    assert taken(fps=1000) == list(range(50))


def test_times_as_people_write_them() -> None:
    assert [seconds(text) for text in ("12", "0.5", "1:05", "1:02:03.5")] == [12, 0.5, 65, 3723.5]
    for wrong in ("", "a", "1:2:3:4", "-3", "nan", "1:-2"):
        with pytest.raises(ConfigError, match=r"give seconds, m:ss or h:mm:ss"):
            seconds(wrong)
    for span in ({"every": 0}, {"fps": 0}, {"start": 2, "end": 1}):
        with pytest.raises(ConfigError):
            Span(**span)


PIPED = "import sys; from deeppose.stream.sources import sources\nfor s in sources(sys.argv[1:]):\n" \
    "    print([(f.source, f.index, f.pixels.shape) for f in s.frames()])"  # fmt: skip


@pyav
def test_what_comes_through_a_pipe_is_a_picture_or_a_video(tmp_path: Path) -> None:
    png = io.BytesIO()
    Image.new("RGB", (8, 6)).save(png, "PNG")
    film = write_film(tmp_path / "a.mp4", [0, 0.04, 0.08]).read_bytes()
    for content, expected in ((png.getvalue(), 1), (film, 3)):
        run = subprocess.run(
            [sys.executable, "-c", PIPED, "-"], input=content, capture_output=True, check=True
        )
        assert run.stdout.decode().count("('-'") == expected
    with pytest.raises(ImageError, match="nothing came through"):
        sources_of_nothing()


def sources_of_nothing() -> None:
    from deeppose.stream.stills import Piped

    list(Piped(os.devnull).frames())


def test_a_camera_is_read_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Coloured(Vanishing):
        picture = np.full((4, 5, 3), (1, 2, 3), np.uint8)

    monkeypatch.setattr(video.cv2, "VideoCapture", Coloured)
    frames = sources(["camera:0"])[0].frames()
    first = next(frames)
    assert (first.source, first.index, first.pixels[0, 0].tolist()) == ("camera:0", 0, [3, 2, 1])
    assert len([next(frames), next(frames)]) == 2
    with pytest.raises(ImageError, match="gives no more pictures"):
        next(frames)
    with pytest.raises(ImageError, match="no such camera"):
        next(sources(["camera:7"])[0].frames())


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("takes", [0.01, 0.05, 0.1, 0.31])
def test_a_budget_leaves_out_frames_for_which_no_time_is_left(takes: float) -> None:
    clock, done, count, each = Clock(), [], 300, 1 / 30
    for frame in Budget(each, clock).chosen(range(count)):
        done.append(frame)
        clock.now += takes
    assert done == sorted(set(done))
    assert done[0] == 0
    expected = count * min(1, each / takes)
    assert expected - 1 <= len(done) <= expected + 1
    assert np.ptp(np.diff(done)) <= 2  # evenly


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_that_is_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigError, match="--budget-ms"):
        Budget(seconds)
