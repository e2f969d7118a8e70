"""The other readers: on the real files where they are at hand, else on fixtures in the real format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deeppose.data.buffy import sticks
from deeppose.data.datasets import SOURCES, read
from deeppose.errors import ConfigError, DataError
from deeppose.files import allowing_outside
from deeppose.skeleton import BUFFY, COCO, FLIC, MPII
from ownlabels import write_coco

sio = pytest.importorskip("scipy.io")


@pytest.mark.parametrize("name", SOURCES)
def test_an_empty_folder_is_named_with_what_was_expected(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="give the folder that holds") as error:
        read(name, tmp_path, "train")
    assert str(tmp_path) in str(error.value)


def records(rows: list[dict[str, Any]]) -> np.ndarray:
    """A MATLAB struct array (1, N)."""
    array = np.zeros((1, len(rows)), dtype=[(key, object) for key in rows[0]])
    for i, row in enumerate(rows):
        for key, value in row.items():
            array[0, i][key] = value
    return array


# FLIC ---------------------------------------------------------------------------------------------------------------


def flic_row(train: int) -> dict[str, Any]:
    """Column c's joint at MATLAB pixel (100 - c, c + 1); the left wrist is not labelled."""
    coords = np.full((2, 29), np.nan)
    for c in (0, 1, 3, 4, 5, 6, 9, 12, 13, 16):
        coords[:, c] = 100 - c, c + 1
    return {
        "filepath": "film-00000001.jpg", "coords": coords, "torsobox": np.array([11.0, 21.0, 31.0, 61.0]),
        "imgdims": np.array([480, 720, 3]), "istrain": train, "istest": 1 - train, "currframe": 1,
        "moviename": "film", "poselet_hit_idx": np.array([1, 2]),
    }  # fmt: skip


def test_flic(tmp_path: Path) -> None:
    sio.savemat(tmp_path / "examples.mat", {"examples": records([flic_row(1), flic_row(0), flic_row(1)])})
    train = read("flic", tmp_path, "train")
    assert (len(train), len(read("flic", tmp_path, "test")), train.labels) == (2, 1, "OC")
    person = train.annotations[0]
    assert person.image == tmp_path / "images/film-00000001.jpg"
    assert person.joints[FLIC.index("right_hip")].tolist() == [90.5, 9.5]
    assert [j for j, seen in zip(FLIC.joints, person.labelled, strict=True) if not seen] == ["left_wrist"]
    assert person.joints[FLIC.index("left_wrist")].tolist() == [0, 0]
    assert person.torso is not None
    assert person.torso.tolist() == [20.5, 40.5, 20, 40]


def test_another_mat_is_not_flic(tmp_path: Path) -> None:
    sio.savemat(tmp_path / "examples.mat", {"joints": np.zeros((3, 14, 2000))})
    with pytest.raises(DataError, match="no struct array with the fields coords"):
        read("flic", tmp_path, "train")


@pytest.mark.realdata
def test_flic_on_the_real_file(golden_root: Path) -> None:
    train, test = (read("flic", golden_root / "flic-joints-oc.mat", s) for s in ("train", "test"))
    assert (len(train), len(test), train.labels) == (3987, 1016, "OC")
    assert train.labelled().all()
    frames = [{a.image for a in data.annotations} for data in (train, test)]
    assert len(frames[0] | frames[1]) == 4552
    assert len(frames[0] & frames[1]) == 2
    inside = [
        np.abs(a.joints[[0, 3, 6, 7]].mean(0) - a.torso[:2]) < a.torso[2:] / 2 for a in test.annotations
    ]
    assert np.mean(inside) > 0.99


# Image Parse ----------------------------------------------------------------------------------------------------------


@pytest.mark.realdata
def test_parse_on_the_real_files(data_root: Path) -> None:
    train, test = (read("parse", data_root, split) for split in ("train", "test"))
    assert (len(train), len(test), test.labels) == (100, 205, "PC")
    assert (train.annotations[0].image.name, test.annotations[0].image.name) == ("im0001.jpg", "im0101.jpg")
    assert all(a.image.exists() for a in train.annotations + test.annotations)
    raw = sio.loadmat(data_root / "parse/labels.mat")["ptsAll"]
    assert np.allclose(test.annotations[0].joints, raw[:, :, 100] - 0.5)
    # Most people face the camera, so the person's left is on the picture's right.
    joints = test.joints()
    assert (joints[:, 9, 0] > joints[:, 8, 0]).mean() > 0.9


# Buffy ----------------------------------------------------------------------------------------------------------------


def test_buffy_finds_the_joints_whichever_end_comes_first(tmp_path: Path) -> None:
    """A body in MATLAB's pixels, picture's left arm at small x; lower arm and head are given end first."""
    (tmp_path / "data").mkdir()
    body = ["50 30 50 90", "40 32 30 50", "60 32 70 50", "25 70 30 52", "70 52 75 70", "50 10 50 28"]
    for episode in (2, 5, 6):
        (tmp_path / f"data/buffy_s5e{episode}_sticks.txt").write_text("\n".join(["63", *body, ""]))
    data = read("buffy", tmp_path, "test")
    assert (len(data), data.labels) == (3, "OC")
    person = data.annotations[0]
    assert person.image == tmp_path / "images/buffy_s5e2_original/000063.jpg"
    expected = {
        "head_top": (50, 10), "neck": (50, 29), "pelvis": (50, 90), "right_shoulder": (40, 32),
        "right_elbow": (30, 51), "right_wrist": (25, 70), "left_shoulder": (60, 32), "left_elbow": (70, 51),
        "left_wrist": (75, 70),
    }  # fmt: skip
    for joint, (x, y) in expected.items():
        assert person.joints[BUFFY.index(joint)].tolist() == [x - 0.5, y - 0.5], joint
    assert {j for j, seen in zip(BUFFY.joints, person.labelled, strict=True) if not seen} == {
        "left_hip",
        "right_hip",
    }


def test_a_broken_stickmen_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("63\n1 2 3")
    with pytest.raises(DataError, match=r"x\.txt: is not a stickmen file"):
        sticks(tmp_path / "x.txt")


@pytest.mark.realdata
def test_buffy_on_the_real_files(data_root: Path) -> None:
    """748 frames, 276 of them test; joints agree with the labels others made from the same sticks."""
    data = {split: read("buffy", data_root, split) for split in ("all", "test")}
    assert (len(data["all"]), len(data["test"])) == (748, 276)
    assert all(a.image.exists() for a in data["all"].annotations)
    files = [data_root / f"buffy/labels/buffy_s5e{n}_labels.mat" for n in (3, 4, 2, 5, 6)]
    if not files[0].exists():
        pytest.skip("no joint labels beside the sticks to compare with")
    # htop, hbot, lsho, lelb, rsho, relb, lwr, rwr, lhip, rhip with sides as seen in the picture.
    theirs = np.concatenate([sio.loadmat(f)["labels"].transpose(2, 0, 1) for f in files]) - 0.5
    names = (
        "head_top neck right_shoulder right_elbow left_shoulder left_elbow right_wrist left_wrist "
        "right_hip left_hip"
    )
    ours = data["all"].joints()[:, [BUFFY.index(j) for j in names.split()]]
    assert (np.abs(ours - theirs).max(-1) < 0.1).mean() > 0.98, (np.abs(ours - theirs).max(-1) < 0.1).mean(0)


# MPII -----------------------------------------------------------------------------------------------------------------


def mpii_point(i: int, visible: Any) -> dict[str, Any]:
    return {"x": 10.0 + i, "y": 20.0 + i, "id": i, "is_visible": visible}


def mpii_mat(path: Path) -> None:
    """RELEASE with one training picture of two people (one without joints) and one test picture."""
    points = [mpii_point(0, "1"), mpii_point(1, "0"), mpii_point(2, 0), mpii_point(9, np.array([]))]
    head = {"x1": 5, "y1": 5, "x2": 35, "y2": 45}
    person = head | {
        "annopoints": {"point": records(points)},
        "scale": 1.5,
        "objpos": {"x": 51.0, "y": 61.0},
    }
    bare = head | {"annopoints": np.array([]), "scale": 2.0, "objpos": {"x": 1.0, "y": 1.0}}
    pictures = [
        {"image": {"name": "000001.jpg"}, "annorect": records([person, bare])},
        {
            "image": {"name": "000002.jpg"},
            "annorect": records([{"scale": 1.0, "objpos": {"x": 1.0, "y": 1.0}}]),
        },
    ]
    sio.savemat(path, {"RELEASE": {"annolist": records(pictures), "img_train": np.array([1, 0])}})


def test_mpii_from_its_own_file(tmp_path: Path) -> None:
    mpii_mat(tmp_path / "mpii_human_pose_v1_u12_1.mat")
    (tmp_path / "images").mkdir()
    (person,) = read("mpii", tmp_path, "train").annotations
    assert person.image == tmp_path / "images/000001.jpg"
    assert np.flatnonzero(person.labelled).tolist() == [0, 1, 2, 9]
    assert np.flatnonzero(person.visible).tolist() == [0, 9]
    assert person.joints[1].tolist() == [10.5, 20.5]
    assert person.joints[3].tolist() == [0, 0]
    assert person.box is not None
    assert person.box.tolist() == [50.5, 60.5, 300, 300]
    assert person.head == pytest.approx(0.6 * 50)
    with pytest.raises(DataError, match=r"valid\.json"):
        read("mpii", tmp_path, "valid")


def test_mpii_from_json(tmp_path: Path) -> None:
    joints = [[5.0, 6.0]] * 14 + [[-1.0, -1.0], [7.0, 8.0]]
    row = {
        "image": "1.jpg",
        "joints": joints,
        "joints_vis": [1] * 14 + [0, 0],
        "center": [9.5, 10.5],
        "scale": 2.0,
    }
    for name in ("train", "valid"):
        (tmp_path / "annot").mkdir(exist_ok=True)
        (tmp_path / f"annot/{name}.json").write_text(json.dumps([row | {"image": f"{name}.jpg"}]))
    (person,) = read("mpii", tmp_path, "valid").annotations
    assert person.image == tmp_path / "images/valid.jpg"
    assert np.flatnonzero(~person.labelled).tolist() == [14]
    assert np.flatnonzero(~person.visible).tolist() == [14, 15]
    assert person.joints[15].tolist() == [6.5, 7.5]
    assert len(MPII) == len(person.joints)
    (tmp_path / "annot/train.json").write_text('[{"image": "1.jpg"}]')
    with pytest.raises(DataError, match="nobody can be read of 1 people"):
        read("mpii", tmp_path, "train")
    sparse = {"image": "2.jpg", "joints": joints, "joints_vis": [1] * 16}  # no place, no height
    (tmp_path / "annot/train.json").write_bytes(
        json.dumps([sparse, row | {"image": None}]).encode("utf-8-sig")
    )
    data = read("mpii", tmp_path, "train")
    assert [person.box for person in data.annotations] == [None]
    assert "1 people" in data.notes[0]
    (tmp_path / "annot/train.json").write_text('{"people": []}')
    with pytest.raises(DataError, match="not a list of people"):
        read("mpii", tmp_path, "train")


@pytest.mark.parametrize("name", ["../x.jpg", "/etc/x.jpg"])
def test_labels_do_not_lead_out_of_their_folder(tmp_path: Path, name: str) -> None:
    sio.savemat(tmp_path / "examples.mat", {"examples": records([flic_row(1) | {"filepath": name}] * 2)})
    content = coco_content(["a", "b", "c"], [])
    content["images"][0]["file_name"] = name
    (tmp_path / "mine.json").write_text(json.dumps(content))
    row = {"image": name, "joints": [[5.0, 6.0]] * 16, "joints_vis": [1] * 16, "center": [9, 9], "scale": 2.0}
    (tmp_path / "valid.json").write_text(json.dumps([row]))
    for kind, root, split in (
        ("flic", tmp_path, "train"),
        ("coco", tmp_path / "mine.json", "train"),
        ("mpii", tmp_path, "valid"),
    ):
        with pytest.raises(DataError, match="not below this folder; allow that with --allow-outside"):
            read(kind, root, split)
        with allowing_outside():
            assert read(kind, root, split).annotations[0].image.name == "x.jpg"


@pytest.mark.parametrize(
    "content", ["", "nan " * 25, "1e400 " * 25, "1 2 3", "version https://git-lfs.github.com/spec/v1"]
)
def test_a_damaged_stickmen_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/buffy_s5e2_sticks.txt").write_text(content)
    with pytest.raises(DataError, match="buffy_s5e2_sticks"):
        read("buffy", tmp_path, "test")


# COCO -----------------------------------------------------------------------------------------------------------------


def coco_content(joints: list[str], skeleton: list[list[int]], name: str = "person") -> dict[str, Any]:
    """Joint k at pixel (k, 2k); the last unlabelled, the one before occluded. Then a crowd and a jointless person."""
    flags = [2] * (len(joints) - 2) + [1, 0]
    keypoints = [v for k, flag in enumerate(flags) for v in ((k, 2 * k, flag) if flag else (0, 0, 0))]
    row = {"image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40], "iscrowd": 0, "keypoints": keypoints}
    return {
        "images": [{"id": 7, "file_name": "000000000007.jpg", "width": 60, "height": 80}],
        "annotations": [
            row | {"id": 1},
            row | {"id": 2, "iscrowd": 1},
            row | {"id": 3, "keypoints": [0] * len(keypoints)},
            row | {"id": 4, "category_id": 2},
        ],
        "categories": [
            {"id": 1, "name": name, "keypoints": joints, "skeleton": skeleton},
            {"id": 2, "name": "cup"},
        ],
    }


def test_coco_people(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    content = coco_content(list(COCO.joints), [[16, 14]])
    (tmp_path / "annotations/person_keypoints_val2017.json").write_text(json.dumps(content))
    data = read("coco", tmp_path, "val")
    (person,) = data.annotations
    assert data.skeleton is COCO
    assert person.image == tmp_path / "val2017/000000000007.jpg"
    assert person.joints[3].tolist() == [3.5, 6.5]
    assert np.flatnonzero(~person.labelled).tolist() == [16]
    assert np.flatnonzero(~person.visible).tolist() == [15, 16]
    assert person.box is not None
    assert person.box.tolist() == [25, 40, 30, 40]


def test_thirds_of_coco_s_val_by_the_pictures_ids(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    content = coco_content(list(COCO.joints), [])
    image, person = content["images"][0], content["annotations"][0]
    content["images"] = [image | {"id": i} for i in range(1, 7)]
    content["annotations"] = [person | {"id": 10 + i, "image_id": i} for i in range(1, 7)]
    (tmp_path / "annotations/person_keypoints_val2017.json").write_text(json.dumps(content))
    seen = {split: read("coco", tmp_path, split) for split in ("val-two-thirds", "val-third")}
    ids = {split: [person.image_id for person in data.annotations] for split, data in seen.items()}
    assert ids == {"val-two-thirds": [1, 2, 4, 5], "val-third": [3, 6]}
    assert [person.row for person in seen["val-third"].annotations] == [2, 5]  # of the file, not of the part
    assert seen["val-third"].annotations[0].image == tmp_path / "val2017/000000000007.jpg"


def test_coco_of_the_user_s_own_joints(tmp_path: Path) -> None:
    joints = ["nose", "L_Eye", "R_Eye", "tail"]
    content = coco_content(joints, [[1, 2], [1, 3], [1, 4]], "dog")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/000000000007.jpg").touch()
    (tmp_path / "dogs.json").write_text(json.dumps(content))
    data = read("coco", tmp_path / "dogs.json", "train")
    assert data.skeleton.joints == tuple(joints)
    assert data.skeleton.mirror == (0, 2, 1, 3)
    assert data.skeleton.edges == ((0, 1), (0, 2), (0, 3))
    assert data.annotations[0].image == tmp_path / "images/000000000007.jpg"


def test_coco_of_joints_without_a_torso_are_measured_by_the_longest_pair(tmp_path: Path) -> None:
    skeleton = read("coco", write_coco(tmp_path, 12), "val").skeleton
    assert [skeleton.joints[k] for k in skeleton.torso[0]] == ["tip", "end"]
    assert skeleton.measure == "reference length"


def test_coco_with_two_kinds_of_joints_must_be_told_which(tmp_path: Path) -> None:
    from deeppose.data.coco import read_coco

    content = coco_content(["a", "b", "c"], [], "cat")
    content["categories"][1]["keypoints"] = ["x", "y", "z"]
    (tmp_path / "two.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError, match="choose one category of those with keypoints: cat, cup"):
        read("coco", tmp_path / "two.json", "train")
    assert len(read_coco(tmp_path / "two.json", "train", category="cup")) == 1
    assert len(read("coco", tmp_path / "two.json", "train", category="cup")) == 1
    with pytest.raises(ConfigError, match="--category cup: data set 'lsp' has one kind of joints"):
        read("lsp", tmp_path, "train", category="cup")


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"categories": [{"id": 1, "name": "a"}], "images": [], "annotations": []}']
)
def test_coco_of_another_format_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(DataError, match=r"broken\.json"):
        read("coco", tmp_path / "broken.json", "train")
