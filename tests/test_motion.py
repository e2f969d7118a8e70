"""What a run's records gain over time, and that raw values survive it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossing import Scene, scene
from deeppose import cli
from deeppose.commands import predict_people
from deeppose.errors import ConfigError, DataError
from deeppose.inference import Frame, finders
from deeppose.inference.card import Card
from deeppose.poses import Poses
from deeppose.skeleton import LSP
from deeppose.stream.motion import Motion, add_motion
from deeppose.stream.records import line, read, records_of
from deeppose.stream.results import held
from deeppose.stream.smoothing import Smoothing
from deeppose.stream.tracking import Calmed

PIXELS = np.zeros((72, 128, 3), np.uint8)
ALL = Motion(Smoothing(), angles=True, speeds=True)


def written(folder: Path, scene: Scene, tracks: bool = True) -> list[dict[str, Any]]:
    """A run's records of a scene; with `tracks`, the true ones."""
    records = []
    for i, (time, who, poses) in enumerate(scene.frames()):
        known = Poses(LSP, poses.joints, poses.scores, poses.boxes, tracks=who if tracks else None)
        records += records_of(Frame("a.mp4", i, time, PIXELS), known)
    (folder / "poses.jsonl").write_bytes(b"".join(map(line, records)))
    return list(read(folder))


def walkers(miss: float = 0.0, seconds: float = 2.0) -> Scene:
    return scene(1, 30, seconds, people=2, miss=miss)


def test_smoothed_joints_angles_and_speeds_stand_beside_unchanged_raw_values(tmp_path: Path) -> None:
    before = written(tmp_path, walkers())
    assert add_motion(tmp_path, ALL) == 2
    after = list(read(tmp_path))
    bare = [{k: v for k, v in r.items() if k not in ("smoothed", "angles", "speeds")} for r in after]
    assert bare == before
    assert all(len(r["smoothed"]) == len(r["speeds"]) == 14 and "left_knee" in r["angles"] for r in after)


def test_smoothed_joints_are_nearer_to_the_truth(tmp_path: Path) -> None:
    walk = walkers()
    written(tmp_path, walk)
    add_motion(tmp_path, ALL)
    truth = [walk.joints[r["frame"], r["track"]] for r in read(tmp_path)]
    error = {
        key: [[p["x"], p["y"]] for r in read(tmp_path) for p in r[key].values()]
        for key in ("joints", "smoothed")
    }
    off = {
        key: np.linalg.norm(np.reshape(v, (-1, 14, 2)) - truth, axis=-1).mean() for key, v in error.items()
    }
    assert off["smoothed"] < 0.75 * off["joints"]


def test_doing_it_again_or_otherwise_starts_from_the_raw_values(tmp_path: Path) -> None:
    before = written(tmp_path, walkers(miss=0.1))
    add_motion(tmp_path, ALL)
    once = (tmp_path / "poses.jsonl").read_bytes()
    add_motion(tmp_path, ALL)
    assert (tmp_path / "poses.jsonl").read_bytes() == once
    add_motion(tmp_path, Motion())
    assert list(read(tmp_path)) == before


def test_a_short_gap_is_filled_and_says_so(tmp_path: Path) -> None:
    walk = walkers()
    for frame in (20, 21, 22):
        walk.order[frame] = np.array([0])
    written(tmp_path, walk)
    add_motion(tmp_path, ALL)
    filled = [r for r in read(tmp_path) if r.get("filled")]
    assert [(r["frame"], r["track"], r["person"], r["people"]) for r in filled] == [
        (f, 1, 1, 2) for f in (20, 21, 22)
    ]
    for record in filled:
        found = np.array([[p["x"], p["y"]] for p in record["smoothed"].values()])
        assert np.linalg.norm(found - walk.joints[record["frame"], 1], axis=-1).mean() < 10
        assert {p["score"] for p in record["joints"].values()} == {0.0}


def test_people_without_tracks_get_them(tmp_path: Path) -> None:
    walk = walkers(miss=0.1)
    written(tmp_path, walk, tracks=False)
    assert add_motion(tmp_path, ALL) == 2
    assert {r["track"] for r in read(tmp_path)} == {0, 1}


def test_empty_frames_and_still_pictures_stay_as_they_are(tmp_path: Path) -> None:
    walk = walkers()
    for frame in range(20, 40):  # a gap too long to be filled
        walk.order[frame] = np.zeros(0, np.int64)
    written(tmp_path, walk)
    still = records_of(
        Frame("b.jpg", 0, None, PIXELS), Poses(LSP, walk.joints[0], walk.scores[0], np.zeros((2, 4)))
    )
    with (tmp_path / "poses.jsonl").open("ab") as file:
        file.writelines(map(line, still))
    add_motion(tmp_path, ALL)
    after = list(read(tmp_path))
    assert [r["frame"] for r in after if not r["people"]] == list(range(20, 40))
    assert after[-2:] == still


def test_times_that_run_backwards_and_clips_of_one_frame_come_through(tmp_path: Path) -> None:
    walk = walkers()
    walk.times[30:] -= 0.5
    written(tmp_path, walk)
    add_motion(tmp_path, ALL)
    values = [p["x"] for r in read(tmp_path) for p in r["smoothed"].values()]
    assert np.isfinite(values).all()
    written(tmp_path, walkers(seconds=0.04))
    assert add_motion(tmp_path, ALL) == 2
    assert all(set(r["speeds"].values()) == {0.0} for r in read(tmp_path))


def test_angles_of_unsure_joints_are_left_out(tmp_path: Path) -> None:
    walk = walkers()
    walk.scores[:, :, LSP.index("left_ankle")] = 0.1
    written(tmp_path, walk)
    add_motion(tmp_path, ALL)
    assert all("left_knee" not in r["angles"] and "right_knee" in r["angles"] for r in read(tmp_path))


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match="holds no poses"):
        add_motion(tmp_path, ALL)
    (tmp_path / "poses.jsonl").write_bytes(b"")
    with pytest.raises(DataError, match="no frames of a video"):
        add_motion(tmp_path, ALL)
    written(tmp_path, walkers())
    with held(tmp_path), pytest.raises(ConfigError, match="another run"):
        add_motion(tmp_path, ALL)
    assert cli.main(["smooth", str(tmp_path), "--cut-off-frequency", "-1"]) == 2
    assert "cut-off-frequency -1" in capsys.readouterr().err
    assert cli.main(["smooth", str(tmp_path), "--angles"]) == 0
    assert json.loads((tmp_path / "poses.jsonl").read_text().splitlines()[0])["angles"]


def test_a_cameras_records_are_calmed_as_they_come() -> None:
    calmed = Calmed()
    for i, (time, who, poses) in enumerate(walkers().frames()):
        known = Poses(LSP, poses.joints, poses.scores, poses.boxes, tracks=who)
        frame = Frame("camera:0", i, time, PIXELS)
        records = records_of(frame, known)
        calmed.add(frame, known, records)
        assert all(len(record["smoothed"]) == 14 for record in records)


def test_a_detectors_doubtful_boxes_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr(finders, "DetectorFile", lambda _path, _threads, least: asked.append(least))
    for options in ([], ["--min-box", "0.5"]):
        args = cli.parser().parse_args(["predict", "a.mp4", "--detector", "d.onnx", *options])
        predict_people.detector_of(args, Card("toy", LSP, 1, 256, 1.25, {}), 0.3)
    assert asked == [0.3, 0.5]
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["predict", "a.mp4", "--min-box", "2"])


def test_whoever_has_no_number_keeps_their_record_and_is_not_moved(tmp_path: Path) -> None:
    rows = written(tmp_path, walkers(seconds=0.5))
    rows[0]["track"] = None
    (tmp_path / "poses.jsonl").write_bytes(b"".join(map(line, rows)))
    assert add_motion(tmp_path, ALL) == 2
    after = list(read(tmp_path))
    assert after[0] == rows[0]
    assert all("smoothed" in record for record in after[1:])
