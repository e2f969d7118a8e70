"""What is shown of a run over time: plots, the page in a real browser, motion files, drawings of who is who."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from crossing import scene
from deeppose import cli
from deeppose.inference import Frame
from deeppose.poses import Poses
from deeppose.show.trails import Trails, draw, ends, track_colour
from deeppose.skeleton import LSP
from deeppose.stream.motion import Motion, add_motion
from deeppose.stream.records import line, read, records_of
from deeppose.stream.smoothing import Smoothing
from deeppose.stream.timeline import timelines

PIXELS = np.zeros((720, 1280, 3), np.uint8)


def test_whoever_has_no_number_is_on_no_track(run: Path) -> None:
    rows = [{**r, "track": None} if r.get("track") == 1 else r for r in read(run)]
    (video,) = timelines(rows)
    assert [track.number for track in video.tracks] == [0]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two people, one unseen for three frames; smoothed, with angles and speeds."""
    folder, walk = tmp_path_factory.mktemp("run"), scene(1, 30, 2, people=2, miss=0)
    for frame in (20, 21, 22):
        walk.order[frame] = np.array([0])
    records = []
    for i, (time, who, poses) in enumerate(walk.frames()):
        known = Poses(LSP, poses.joints, poses.scores, poses.boxes, tracks=who)
        records += records_of(Frame("a/walk.mp4", i, time, PIXELS), known)
    (folder / "poses.jsonl").write_bytes(b"".join(map(line, records)))
    add_motion(folder, Motion(Smoothing(), angles=True, speeds=True))
    return folder


def test_a_timeline_is_the_records(run: Path) -> None:
    (video,) = timelines(read(run))
    assert (video.file, video.size, video.skeleton, len(video.times)) == ("a/walk.mp4", (1280, 720), LSP, 60)
    one, two = video.tracks
    assert np.flatnonzero(two.filled).tolist() == [20, 21, 22]
    assert one.seen.all()
    assert two.seen.sum() == 57
    record = next(r for r in read(run) if r["frame"] == 7 and r["track"] == 1)
    k = LSP.index("left_wrist")
    assert two.joints[7, k].tolist() == [
        record["smoothed"]["left_wrist"]["x"],
        record["smoothed"]["left_wrist"]["y"],
    ]
    assert two.raw[7, k].tolist() == [record["joints"]["left_wrist"][key] for key in ("x", "y", "score")]
    assert two.angles["left_knee"][7] == record["angles"]["left_knee"]
    assert two.speeds["left_knee"][7] == record["speeds"]["left_knee"]


def test_plots_are_files_of_the_kind_asked_for(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["plot", str(run), "--joint", "left_knee"]) == 0
    drawn = (run / "plot-left_knee.svg").read_text()
    assert drawn.startswith("<?xml")
    assert cli.main(["plot", str(run), "--angle", "trunk", "--to", str(tmp_path / "p.png")]) == 0
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    for args, said in (
        (["--joint", "left_kne"], "did you mean 'left_knee'"),
        (["--angle", "trunc"], "did you mean 'trunk'"),
        ([], "name what to plot"),
        (["--joint", "left_knee", "--to", "p.gif"], "ends in .svg"),
        (["--joint", "left_knee", "--file", "b.mp4"], "a/walk.mp4"),
    ):
        assert cli.main(["plot", str(run), *args]) == 2
        assert said in capsys.readouterr().err


def test_a_motion_file_a_track_holds_the_records_angles(run: Path) -> None:
    assert cli.main(["convert", str(run), "--to", "mot"]) == 0
    table = (run / "walk_DeepPose_angles_person01.mot").read_text().split("endheader\n")[1]
    found = np.genfromtxt(io.StringIO(table), delimiter="\t", names=True, deletechars="")
    assert found["time"][30] == pytest.approx(1.0)
    assert found["left_knee"][30] == next(
        r["angles"]["left_knee"] for r in read(run) if r["frame"] == 30 and r["track"] == 1
    )


def test_the_page_holds_all_it_shows_and_fetches_nothing(run: Path) -> None:
    assert cli.main(["player", str(run)]) == 0
    page = (run / "player.html").read_text()
    assert not re.search(r"(src|href)=|https?://|url\(", page)
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert len(data["times"]) == 60
    assert [(t["number"], t["seen"], t["gaps"], t["filled"]) for t in data["tracks"]] == [
        (0, 60, 0, 0),
        (1, 57, 1, 3),
    ]
    assert data["tracks"][1]["gone"][19:24] == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_plays_in_a_browser(run: Path, width: int) -> None:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not installed")
    pytest.importorskip("playwright", reason="playwright is not installed: pip install 'deeppose[browser]'")
    from playwright.sync_api import sync_playwright

    cli.main(["player", str(run)])
    wrong: list[str] = []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request", lambda asked: wrong.append(asked.url) if not asked.url.startswith("file:") else None
        )
        page.goto((run / "player.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator(".seek").evaluate("e => { e.value = 21; e.dispatchEvent(new Event('input')); }")
        assert page.locator(".number").inner_text() == "0.70 s, frame 21"
        page.locator(".play").click()
        page.wait_for_function("document.querySelector('.seek').value > 21")
        browser.close()
    assert wrong == []


def test_nobody_and_no_video_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "poses.jsonl").write_bytes(b"")
    for command in (["player"], ["plot", "--joint", "left_knee"]):
        assert cli.main([command[0], str(tmp_path), *command[1:]]) == 2
        assert "no video with anybody" in capsys.readouterr().err


def test_trails_reach_back_a_second_and_start_anew_where_the_clock_does() -> None:
    trails = Trails(seconds=1.0)
    poses = Poses(LSP, scene(0, 1, 1, 1).joints[0], np.ones((1, 14)), np.zeros((1, 4)), tracks=np.array([4]))
    for frame in range(50):
        past = trails.update(poses, frame / 8)
    assert len(past[4]) == 9
    assert len(trails.update(poses, 0.0)[4]) == 1


def test_a_drawing_says_who_is_who_and_how_bent() -> None:
    joints = scene(0, 1, 1, 1).joints[0]
    poses = Poses(LSP, joints, np.ones((1, 14)), np.zeros((1, 4)), tracks=np.array([3]))
    plain = draw(PIXELS.copy(), poses, {}, {})
    assert (plain == track_colour(3)).all(-1).any()
    read_out = draw(PIXELS.copy(), poses, {}, {3: {"left_knee": 42.0, "trunk": 90.0}})
    knee = joints[0, LSP.index("left_knee")]
    changed = np.argwhere((read_out != plain).any(-1))
    assert len(changed)
    assert np.linalg.norm(changed[:, ::-1] - knee, axis=1).min() < 20
    assert np.linalg.norm(changed[:, ::-1] - knee, axis=1).max() < 80
    untracked = draw(PIXELS.copy(), Poses(LSP, joints, np.ones((1, 14)), np.zeros((1, 4))), {}, {})
    assert not untracked.any()


def test_extremities_are_where_lines_end() -> None:
    assert {LSP.joints[k] for k in ends(LSP)} == {
        "right_ankle", "left_ankle", "right_wrist", "left_wrist", "head_top",
    }  # fmt: skip
