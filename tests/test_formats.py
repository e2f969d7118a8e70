"""Every format is read back by the tool people use for it, and says what the records say."""

import json

import numpy as np
import pandas as pd
import pytest

from deeppose.errors import ConfigError, DataError
from deeppose.skeleton import COCO, LSP
from deeppose.stream.formats import FORMATS, convert
from deeppose.stream.formats.sequences import sequences, unique_stems

FRAMES, PEOPLE = 5, 2
rng = np.random.default_rng(0)
PLACES = rng.uniform(10, 400, (FRAMES, PEOPLE, len(LSP), 2)).round(3)
SCORES = rng.uniform(0, 1, (FRAMES, PEOPLE, len(LSP))).round(4)


def record(t: int, n: int, file: str = "a/dance.mp4") -> dict:
    joints = {
        name: {"x": x, "y": y, "score": s}
        for name, (x, y), s in zip(LSP.joints, PLACES[t, n].tolist(), SCORES[t, n].tolist(), strict=True)
    }
    return {
        "schema": 1, "file": file, "frame": t, "time": round(t / 25, 6), "width": 640, "height": 480,
        "person": n, "people": PEOPLE, "track": 10 + n, "skeleton": "lsp",
        "box": {"x": 1.0, "y": 2.0, "w": 30.0, "h": 40.0}, "box_score": 0.9, "score": 0.8, "joints": joints,
    }  # fmt: skip


def empty(t: int, file: str = "a/dance.mp4") -> dict:
    return {"schema": 1, "file": file, "frame": t, "time": t / 25, "width": 640, "height": 480, "people": 0}


def scene() -> list[dict]:
    """Two people, the second missing in frame 3; nobody in a sixth frame."""
    people = [record(t, n) for t in range(FRAMES) for n in range(PEOPLE) if (t, n) != (3, 1)]
    return [*people, empty(FRAMES)]


def written(tmp_path, name, records=None) -> list:
    made = scene() if records is None else records
    return convert(lambda: iter(made), [name], tmp_path)


def test_tidy_csv_in_pandas(tmp_path) -> None:
    (path,) = written(tmp_path, "csv")
    table = pd.read_csv(path)
    assert len(table) == 9 * len(LSP)
    wrist = table[(table.frame == 2) & (table.track == 11) & (table.joint == "left_wrist")].iloc[0]
    k = LSP.index("left_wrist")
    assert (wrist.x, wrist.y, wrist.score) == (*PLACES[2, 1, k], SCORES[2, 1, k])
    assert wrist.time == pytest.approx(0.08)


def test_wide_csv_in_pandas(tmp_path) -> None:
    (path,) = written(tmp_path, "wide-csv")
    table = pd.read_csv(path)
    assert table.shape == (9, 10 + 3 * len(LSP))
    np.testing.assert_array_equal(table.neck_x, PLACES.reshape(-1, 14, 2)[[*range(7), *range(8, 10)], 12, 0])


def test_parquet_holds_what_the_csv_holds(tmp_path) -> None:
    (parquet,), (csv,) = written(tmp_path, "parquet"), written(tmp_path, "csv")
    typed, text = pd.read_parquet(parquet), pd.read_csv(csv)
    pd.testing.assert_frame_equal(typed, text, check_dtype=False)


def test_coco_in_cocos_own_library(tmp_path) -> None:
    import faster_coco_eval

    truth, results = written(tmp_path, "coco")
    annotations = faster_coco_eval.COCO(str(truth))
    assert len(annotations.imgs) == 6
    loaded = annotations.loadRes(str(results))
    person = next(a for a in loaded.anns.values() if a["image_id"] == 3 and a["keypoints"][15] > 0)
    points = np.array(person["keypoints"]).reshape(17, 3)
    absent = [j not in LSP.joints for j in COCO.joints]
    np.testing.assert_array_equal(points[absent], 0)
    own = [LSP.index(joint) for joint in COCO.joints if joint in LSP.joints]
    assert any(np.allclose(points[~np.array(absent), :2], PLACES[2, n, own] - 0.5) for n in range(2))


def test_coco_of_joints_that_are_no_persons(tmp_path) -> None:
    mice = [record(t, 0) | {"skeleton": "mouse"} for t in range(FRAMES)]
    truth, _ = (json.loads(path.read_text()) for path in written(tmp_path, "coco", mice))
    (category,) = truth["categories"]
    assert (category["name"], category["keypoints"]) == ("mouse", list(LSP.joints))
    points = np.array([a["keypoints"] for a in truth["annotations"]]).reshape(FRAMES, 14, 3)
    np.testing.assert_allclose(points[..., :2], PLACES[:, 0] - 0.5, atol=1e-3)


def test_deeplabcut_as_pandas_reads_its_four_headings(tmp_path) -> None:
    (path,) = written(tmp_path, "deeplabcut")
    assert path.name == "dance_DeepPose.csv"
    table = pd.read_csv(path, header=[0, 1, 2, 3], index_col=0)
    assert table.columns.names == ["scorer", "individuals", "bodyparts", "coords"]
    column = table["DeepPose"]["track11"]["neck"]
    np.testing.assert_allclose(column.x[[0, 1, 2, 4]], PLACES[[0, 1, 2, 4], 1, 12, 0] - 0.5)
    assert column.loc[3].isna().all()
    assert list(table.index) == list(range(6))


@pytest.mark.parametrize("name", ["deeplabcut", "sleap"])
def test_movement_opens_it(tmp_path, name: str) -> None:
    load = pytest.importorskip("movement.io.load_poses", reason="movement is not installed")
    (path,) = written(tmp_path, name)
    data = load.from_file(path, {"deeplabcut": "DeepLabCut", "sleap": "SLEAP"}[name], fps=25)
    assert data.position.sizes == {"time": 6, "space": 2, "keypoints": 14, "individuals": 2}
    first = data.position.sel(individuals="track10", keypoints="left_knee").values[:FRAMES]
    np.testing.assert_allclose(first, PLACES[:, 0, LSP.index("left_knee")] - 0.5, rtol=1e-5)
    second = data.confidence.sel(individuals="track11", keypoints="neck").values
    np.testing.assert_allclose(second[2], SCORES[2, 1, 12], rtol=1e-5)
    assert np.isnan(data.position.sel(individuals="track11").values[3]).all()


def test_sleap_analysis_has_its_axes(tmp_path) -> None:
    import h5py

    (path,) = written(tmp_path, "sleap")
    with h5py.File(path) as file:
        assert file["tracks"].shape == (2, 2, 14, 6)
        assert [n.decode() for n in file["node_names"]] == list(LSP.joints)
        np.testing.assert_allclose(file["tracks"][0, :, :, 1].T, PLACES[1, 0] - 0.5)
        assert file["track_occupancy"][:].tolist() == [[1, 1], [1, 1], [1, 1], [1, 0], [1, 1], [0, 0]]


def test_openpose_as_pose2sim_reads_it(tmp_path) -> None:
    (folder,) = written(tmp_path, "openpose")
    files = sorted(folder.glob("*.json"))
    assert [f.name for f in files][:2] == [f"dance_{t:012d}_keypoints.json" for t in (0, 1)]
    people = json.loads(files[2].read_text())["people"]
    flat = people[1]["pose_keypoints_2d"]
    np.testing.assert_allclose(np.array([flat[0::3], flat[1::3]]).T, PLACES[2, 1] - 0.5, atol=1e-4)
    assert [len(json.loads(f.read_text())["people"]) for f in files] == [2, 2, 2, 1, 2, 0]


def test_mmpose_frames_count_from_one(tmp_path) -> None:
    (path,) = written(tmp_path, "mmpose")
    content = json.loads(path.read_text())
    assert [len(f["instances"]) for f in content["instance_info"]] == [2, 2, 2, 1, 2, 0]
    assert content["instance_info"][0]["frame_id"] == 1
    assert content["instance_info"][0]["instances"][0]["bbox"] == [[1.0, 2.0, 31.0, 42.0]]


def test_trc_as_sports2d_lays_it_out(tmp_path) -> None:
    paths = written(tmp_path, "trc")
    assert [p.name for p in paths] == [f"dance_DeepPose_px_person{n:02d}.trc" for n in (0, 1)]
    # Sports2D's and Pose2Sim's own reading: names from the fourth line, numbers from the sixth on.
    names = paths[0].read_text().splitlines()[3].split("\t")[2::3]
    assert names[: len(LSP)] == list(LSP.joints)
    table = pd.read_csv(paths[1], sep="\t", skiprows=5, header=None)
    assert table.shape == (6, 2 + 3 * len(LSP))
    np.testing.assert_allclose(table.loc[4, 2:].to_numpy(float).reshape(-1, 3)[:, :2], PLACES[4, 1] - 0.5)
    assert table.loc[3, 2:].isna().all()
    assert float(paths[0].read_text().splitlines()[2].split("\t")[0]) == pytest.approx(25)


def test_smoothed_places_stand_in_for_raw_ones_and_the_tables_keep_both(tmp_path) -> None:
    records = scene()
    for one in records[:-1]:
        one["smoothed"] = {joint: {"x": at["x"] + 1, "y": at["y"] + 2} for joint, at in one["joints"].items()}
    (path,) = written(tmp_path, "deeplabcut", records)
    table = pd.read_csv(path, header=[0, 1, 2, 3], index_col=0)["DeepPose"]["track10"]["neck"]
    np.testing.assert_allclose(table.x[:FRAMES], PLACES[:, 0, 12, 0] + 0.5)
    (path,) = written(tmp_path, "csv", records)
    table = pd.read_csv(path)
    np.testing.assert_allclose(table.smoothed_y - table.y, 2)


def test_still_pictures_are_one_sequence_in_their_order(tmp_path) -> None:
    stills = [{**record(t, 0, f"x/{t}.jpg"), "time": None, "frame": 0, "track": None} for t in range(3)]
    (only,) = sequences(stills)
    assert (only.name, only.people, only.frames.tolist()) == ("pictures", ("person0",), [0, 1, 2])
    (path,) = written(tmp_path, "deeplabcut", stills)
    assert list(pd.read_csv(path, header=[0, 1, 2, 3], index_col=0).index) == [
        "x/0.jpg",
        "x/1.jpg",
        "x/2.jpg",
    ]


def test_names_that_would_be_formulas_are_kept_from_it(tmp_path) -> None:
    (path,) = written(tmp_path, "csv", [{**record(0, 0), "file": "=cmd|x.mp4"}])
    assert set(pd.read_csv(path).file) == {"'=cmd|x.mp4"}


def test_sources_of_one_name_get_files_of_their_own() -> None:
    assert list(unique_stems(["a/0.mp4", "b/0.mp4", "-"]).values()) == ["0", "0-2", "-"]


def test_what_cannot_be_converted_is_said(tmp_path) -> None:
    with pytest.raises(DataError, match="hold nobody"):
        written(tmp_path, "csv", [empty(0)])
    with pytest.raises(ConfigError, match="did you mean 'parquet'"):
        written(tmp_path, "parqet")
    with pytest.raises(ConfigError, match="cannot be written"):
        convert(lambda: iter(scene()), ["trc"], tmp_path / "none")
    assert set(FORMATS) >= {"csv", "coco", "trc"}


def test_the_command_converts_a_run_and_names_the_files(tmp_path, capsys) -> None:
    from deeppose.cli import main
    from deeppose.stream import records

    (tmp_path / records.FILE).write_bytes(b"".join(map(records.line, scene())))
    assert main(["convert", str(tmp_path), "--to", "csv,trc", "--out", str(tmp_path / "tables")]) == 0
    named = [line.rsplit("/", 1)[-1] for line in capsys.readouterr().out.splitlines()]
    assert named == ["poses.csv", "dance_DeepPose_px_person00.trc", "dance_DeepPose_px_person01.trc"]
    assert (tmp_path / "tables" / "poses.csv").exists()
    assert main(["convert", str(tmp_path), "--to", "svc"]) == 2
    assert "did you mean 'csv'" in capsys.readouterr().err
    assert main(["convert", str(tmp_path / "none"), "--to", "csv"]) == 2


def test_poses_are_a_table_too() -> None:
    from deeppose.poses import Poses

    joints, scores, boxes = PLACES[0], SCORES[0], np.ones((PEOPLE, 4))
    table = Poses(LSP, joints, scores, boxes, tracks=np.array([4, 7])).to_dataframe()
    assert len(table) == PEOPLE * len(LSP)
    neck = table[(table.track == 7) & (table.joint == "neck")].iloc[0]
    assert (neck.person, neck.x, neck.y, neck.score) == (1, *PLACES[0, 1, 12], SCORES[0, 1, 12])
    assert len(Poses(LSP, joints[:0], scores[:0], boxes[:0]).to_dataframe()) == 0


def test_supervision_takes_them() -> None:
    pytest.importorskip("supervision", reason="supervision is not installed")
    from deeppose.poses import Poses

    made = Poses(LSP, PLACES[0], SCORES[0], np.ones((PEOPLE, 4)), tracks=np.array([4, 7])).to_supervision()
    np.testing.assert_allclose(made.xy, PLACES[0] - 0.5, rtol=1e-6)
    assert made.data["tracker_id"].tolist() == [4, 7]


def test_whoever_has_no_number_in_a_video_is_in_no_sequence() -> None:
    (only,) = sequences([{**record(t, 0), "track": None if t == 0 else 5} for t in range(3)])
    assert only.people == ("track5",)
    assert np.isnan(only.values[0]).all()
