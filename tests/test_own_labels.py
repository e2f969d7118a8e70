"""Labels of anything: every reader against the places the labels were made from; a bad entry costs itself alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from deeppose.data.own import read_labels
from deeppose.data.own.entries import Labels
from deeppose.data.own.people import read
from deeppose.data.own.shape import looks, with_diameter
from deeppose.data.own.split import split
from deeppose.errors import ConfigError, DataError
from deeppose.files import allowing_outside
from deeppose.skeleton import LSP, Skeleton
from deeppose.training.own.people import labelled_box
from ownlabels import JOINTS, coco, pictures, poses, write_coco


def places(labels: Labels) -> np.ndarray:
    return np.stack([p.joints for p in labels.people])


def test_coco_of_any_category(tmp_path: Path) -> None:
    labels = read_labels(write_coco(tmp_path, 6))
    np.testing.assert_allclose(places(labels), poses(6), atol=1e-9)
    assert labels.skeleton.joints == JOINTS
    assert labels.skeleton.mirror == (0, 2, 1, 3)
    assert labels.skeleton.edges == ((0, 1), (0, 2), (1, 3))
    assert all(p.box is None and p.image.is_file() for p in labels.people)


def test_deeplabcut_s_project_and_its_tables(tmp_path: Path) -> None:
    made = poses(4)
    made_names = pictures(tmp_path / "labeled-data" / "clip", made, "img{:03d}.png")
    head = ["scorer" + ",me" * 8, "bodyparts," + ",".join(f"{j},{j}" for j in JOINTS), "coords" + ",x,y" * 4]
    rows = [
        f"labeled-data/clip/{n}," + ",".join(f"{v}" for v in (p - 0.5).ravel())
        for n, p in zip(made_names, made, strict=True)
    ]
    rows[1] = ",".join([*rows[1].split(",")[:-2], "", ""])
    table = tmp_path / "labeled-data" / "clip" / "CollectedData_me.csv"
    table.write_text("\n".join([*head, *rows]))
    (tmp_path / "config.yaml").write_text("Task: pens\nskeleton: [[tip, end], [tip, gone]]\n")
    pytest.importorskip("yaml")
    table.with_suffix(".h5").write_bytes(b"\x89HDF")
    for way in (tmp_path, tmp_path / "config.yaml", table, table.with_suffix(".h5")):
        labels = read_labels(way)
        assert (labels.skeleton.name, labels.skeleton.edges) == ("pens", ((0, 3),))
        np.testing.assert_allclose(places(labels)[0], made[0], atol=1e-9)
        assert labels.people[1].labelled.tolist() == [True, True, True, False]
        assert set(labels.groups) == {"labeled-data/clip"}


def test_deeplabcut_s_three_cells_of_a_path_and_several_animals(tmp_path: Path) -> None:
    made = poses(2)
    pictures(tmp_path / "labeled-data" / "clip", made, "img{:03d}.png")
    head = [
        "scorer,,," + ",".join(["me"] * 16), "individuals,,," + ",".join(["a"] * 8 + ["b"] * 8),
        "bodyparts,,," + ",".join(f"{j},{j}" for j in JOINTS * 2), "coords,,," + ",".join(["x,y"] * 8),
    ]  # fmt: skip
    both = ",".join(f"{v}" for v in (made - 0.5).ravel())
    alone = ",".join(f"{v}" for v in (made[0] - 0.5).ravel()) + "," * 8
    rows = [f"labeled-data,clip,img000.png,{both}", f"labeled-data,clip,img001.png,{alone}"]
    table = tmp_path / "labeled-data" / "clip" / "CollectedData_me.csv"
    table.write_text("\n".join([*head, *rows]))
    labels = read_labels(table)
    np.testing.assert_allclose(places(labels), made[[0, 1, 0]], atol=1e-9)


def ultralytics(folder: Path, made: np.ndarray, yaml: str) -> Path:
    names = pictures(folder / "images" / "train", made[:-2]) + pictures(folder / "images" / "val", made[-2:])
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "labels" / "val").mkdir(parents=True)
    for i, (pose, name) in enumerate(zip(made, names, strict=True)):
        split = "train" if i < len(made) - 2 else "val"
        rows = np.concatenate([pose / [80, 60], np.full((4, 1), 2)], 1).ravel()
        line = "0 0.5 0.5 0.6 0.8 " + " ".join(f"{v:.9f}" for v in rows)
        (folder / "labels" / split / name).with_suffix(".txt").write_text(line + "\n")
    file = folder / "data.yaml"
    file.write_text("path: .\ntrain: images/train\nval: images/val\nnames: {0: tool}\n" + yaml)
    return file


def test_ultralytics_with_its_own_split(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    made = poses(12)
    labels = read_labels(ultralytics(tmp_path, made, "kpt_shape: [4, 3]\nflip_idx: [0, 2, 1, 3]\n"))
    np.testing.assert_allclose(places(labels), made, atol=1e-5)
    assert labels.skeleton.mirror == (0, 2, 1, 3)
    assert labels.people[0].box == pytest.approx([40, 30, 48, 48])
    parts = split(labels, 0)
    assert (parts.train, parts.held_out) == (list(range(10)), [10, 11])


def test_flip_idx_against_the_names_shows_both(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    names = f"kpt_shape: [4, 3]\nkpt_names: {{0: [{', '.join(JOINTS)}]}}\n"
    with pytest.raises(DataError, match="flip_idx mirrors left_clip to end, its name says right_clip"):
        read_labels(ultralytics(tmp_path, poses(4), names + "flip_idx: [0, 3, 2, 1]\n"))
    glued = "kpt_shape: [4, 3]\nkpt_names: {0: [snout, leftear, rightear, tail]}\nflip_idx: [0, 1, 2, 3]\n"
    with pytest.raises(DataError, match="flip_idx mirrors leftear to leftear, its name says rightear"):
        read_labels(ultralytics(tmp_path / "other", poses(4), glued))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda row: row.update(keypoints=row["keypoints"][:-3]), "3 keypoints where the labels name 4"),
        (lambda row: row.update(keypoints=row["keypoints"] + [1, 1, 2]), "5 keypoints where the labels name 4"),
        (lambda row: row.update(keypoints=None), "not numbers x, y, v"),
        (lambda row: row.update(keypoints=["a"] * 12), "not numbers x, y, v"),
        (lambda row: row.update(keypoints=[0] * 12), "no joint is labelled"),
        (lambda row: row.pop("keypoints"), "not numbers x, y, v"),
        (lambda row: row.update(image_id=99), "image_id 99 is not among the images"),
    ],
)  # fmt: skip
def test_a_bad_annotation_costs_itself(tmp_path: Path, change: Callable[[Any], Any], why: str) -> None:
    made = poses(3)
    content = coco(made, pictures(tmp_path, made))
    change(content["annotations"][1])
    (tmp_path / "a.json").write_text(json.dumps(content))
    labels = read_labels(tmp_path / "a.json")
    np.testing.assert_allclose(places(labels), made[[0, 2]], atol=1e-9)
    assert [d.where for d in labels.dropped] == ["annotation 2"]
    assert why in labels.said()[0]


def test_nan_and_infinity_are_unlabelled(tmp_path: Path) -> None:
    made = poses(2)
    content = coco(made, pictures(tmp_path, made))
    content["annotations"][0]["keypoints"][0] = float("nan")
    content["annotations"][0]["keypoints"][4] = float("inf")
    (tmp_path / "a.json").write_text(json.dumps(content))
    person = read_labels(tmp_path / "a.json").people[0]
    assert person.labelled.tolist() == [False, False, True, True]
    assert np.isfinite(person.joints).all()


@pytest.mark.parametrize(
    "edges",
    [
        [[0, 1], [0, 2], [1, 3]],
        [["tip", "left_clip"], ["tip", "right_clip"], ["left_clip", "end"]],
        [[1, 2], [1, 3], [2, 4], [4, 9], "x", [2, 2]],
    ],
)
def test_edges_from_0_from_1_and_by_name(tmp_path: Path, edges: Any) -> None:
    made = poses(2)
    (tmp_path / "a.json").write_text(json.dumps(coco(made, pictures(tmp_path, made), {"skeleton": edges})))
    assert read_labels(tmp_path / "a.json").skeleton.edges == ((0, 1), (0, 2), (1, 3))


def test_integer_names_nested_points_and_other_encodings(tmp_path: Path) -> None:
    made = poses(2)
    content = coco(made, pictures(tmp_path, made), {"keypoints": [1, 2, 3, 4]})
    for row in content["annotations"]:
        row["keypoints"] = np.reshape(row["keypoints"], (-1, 3)).tolist()
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "a.json").write_bytes(json.dumps(content).encode(encoding))
        labels = read_labels(tmp_path / "a.json")
        assert labels.skeleton.joints == ("1", "2", "3", "4")
        np.testing.assert_allclose(places(labels), made, atol=1e-9)


def test_a_joint_labelled_nowhere_leaves_unless_its_mirror_image_is(tmp_path: Path) -> None:
    made = poses(3)
    content = coco(made, pictures(tmp_path, made))
    for row in content["annotations"]:
        row["keypoints"][5] = row["keypoints"][11] = 0  # left_clip, end
    (tmp_path / "a.json").write_text(json.dumps(content))
    labels = read_labels(tmp_path / "a.json")
    assert labels.skeleton.joints == ("tip", "left_clip", "right_clip")
    assert labels.skeleton.mirror == (0, 2, 1)
    assert labels.skeleton.edges == ((0, 1), (0, 2))
    assert "left out of the skeleton: end" in labels.said()[0]


def test_two_categories_are_a_choice_and_pairs_can_be_declared(tmp_path: Path) -> None:
    file = write_coco(tmp_path, 2)
    content = json.loads(file.read_text())
    content["categories"].append({"id": 2, "name": "cup", "keypoints": ["rim", "left_ear"]})
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match="tool, cup; choose one with --category"):
        read_labels(file)
    with pytest.raises(ConfigError, match="did you mean 'tool'"):
        read_labels(file, category="tol")
    assert len(read_labels(file, category="tool").people) == 2
    assert read_labels(file, category="tool", pairs=["none"]).skeleton.mirror == (0, 1, 2, 3)
    assert read_labels(file, category="tool", pairs=["tip=end"]).skeleton.mirror == (3, 1, 2, 0)
    with pytest.raises(ConfigError, match="did you mean 'tip'"):
        read_labels(file, category="tool", pairs=["tp=end"])


def test_a_side_without_a_partner_is_refused_with_the_remedy(tmp_path: Path) -> None:
    made = poses(2)
    lone = {"keypoints": ["tip", "left_clip", "wing", "end"]}
    (tmp_path / "a.json").write_text(json.dumps(coco(made, pictures(tmp_path, made), lone)))
    with pytest.raises(
        DataError, match=r"left_clip: a left or right joint without its partner.*--pairs none"
    ):
        read_labels(tmp_path / "a.json")
    assert len(read_labels(tmp_path / "a.json", pairs=["none"]).people) == 2


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b"", "empty"), ("a.json", b"{", "be read as JSON"), ("a.json", b"[" * 9999, "nested too deeply"),
        ("a.json", b"[]", "export it as COCO keypoints"), ("a.json", b"\xff\xff\x00a", "be read as JSON"),
        ("a.json", b'{"images": [], "annotations": [], "categories": [{"name": "x"}]}', "no category names keypoints"),
        ("a.csv", b"a,b\n1,2\n", "is it a DeepLabCut table"), ("a.h5", b"\x89HDF", "its CSV is not beside it"),
        ("a.txt", b"x", r"labels are \.json"),
    ],
)  # fmt: skip
def test_other_files_are_refused_by_name(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((DataError, ConfigError), match=why) as caught:
        read_labels(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_missing_pictures_are_named_and_nothing_outside_is_opened(tmp_path: Path) -> None:
    file = write_coco(tmp_path / "set", 4)
    content = json.loads(file.read_text())
    secret = pictures(tmp_path / "elsewhere", poses(1), "secret{}.png")
    for image, name in zip(
        content["images"], ["000.png", "gone.png", f"../elsewhere/{secret[0]}", "003.png"], strict=True
    ):
        image["file_name"] = name
    file.write_text(json.dumps(content))
    labels = read_labels(file)
    assert [p.image.name for p in labels.people] == ["000.png", "003.png"]
    assert "picture gone.png was not found" in " ".join(labels.said())
    moved = tmp_path / "alone" / "labels.json"
    moved.parent.mkdir()
    moved.write_text(file.read_text())
    with pytest.raises(DataError, match=r"000\.png.*--images"):
        read_labels(moved)
    assert len(read_labels(moved, file.parent / "images").people) == 2


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("path: ../elsewhere\ntrain: images/train\n", "'../elsewhere', which is not below"),
        ("path: .\ntrain: ../elsewhere/images/train\n", "'../elsewhere/images/train', which is not below"),
        ("path: {there}\ntrain: images/train\n", "which is not below"),
        ("path: .\ntrain: list.txt\n", r"3 entries left out: list.txt line 1: .*which is not below"),
    ],
)
def test_ultralytics_does_not_lead_out_of_its_folder(tmp_path: Path, yaml: str, said: str) -> None:
    pytest.importorskip("yaml")
    made, there, mine = poses(5), tmp_path / "elsewhere", tmp_path / "mine"
    ultralytics(there, made, "")
    mine.mkdir()
    pictures_there = sorted((there / "images" / "train").iterdir())
    (mine / "list.txt").write_text("".join(f"{p}\n" for p in pictures_there) + "../elsewhere/images/x.jpg\n")
    file = mine / "data.yaml"
    file.write_text(yaml.format(there=there) + "kpt_shape: [4, 3]\nflip_idx: [0, 2, 1, 3]\n")
    with pytest.raises(DataError, match=said):
        read_labels(file)
    with allowing_outside():
        assert len(read_labels(file).people) == len(pictures_there)


def test_names_below_the_folder_are_read_however_they_are_spelt(tmp_path: Path) -> None:
    """Roboflow's ../train beside the YAML, absolute paths of pictures that lie below it."""
    pytest.importorskip("yaml")
    file = ultralytics(tmp_path, poses(4), "")
    trained = sorted((tmp_path / "images/train").iterdir())
    (tmp_path / "list.txt").write_text("".join(f"{p}\n" for p in trained))
    for train in ("../images/train", "list.txt", str(tmp_path / "images/train")):
        file.write_text(f"train: {train}\nkpt_shape: [4, 3]\nflip_idx: [0, 2, 1, 3]\n")
        assert [p.image for p in read_labels(file).people] == trained


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "a/" * 2000 + "b.png", "\0.png", ""])
def test_a_name_that_no_file_can_have_costs_that_picture(tmp_path: Path, name: str) -> None:
    file = write_coco(tmp_path, 6)
    content = json.loads(file.read_text())
    content["images"][2]["file_name"] = name
    file.write_text(json.dumps(content))
    labels = read_labels(file)
    assert len(labels.people) == 5
    assert "was not found" in str(labels.dropped[0])


def test_a_picture_elsewhere_is_opened_only_if_allowed(tmp_path: Path) -> None:
    file = write_coco(tmp_path / "mine", 6)
    there = tmp_path / "there" / "far.png"
    there.parent.mkdir()
    there.write_bytes((tmp_path / "mine/images/000.png").read_bytes())
    for name in (str(there), "../there/far.png"):
        content = json.loads(file.read_text())
        content["images"][0]["file_name"] = name
        file.write_text(json.dumps(content))
        assert len(read_labels(file).people) == 5
        with allowing_outside():
            assert read_labels(file).people[0].image.samefile(there)


def test_whole_videos_are_held_out(tmp_path: Path) -> None:
    file = write_coco(tmp_path, 30)
    content = json.loads(file.read_text())
    for i, image in enumerate(content["images"]):
        image["video_id"] = f"clip {i // 5}"
    file.write_text(json.dumps(content))
    labels = read_labels(file)
    parts = split(labels, 0)
    clips = [{labels.groups[i] for i in side} for side in (parts.train, parts.held_out)]
    assert clips[0].isdisjoint(clips[1])
    assert len(clips[1]) >= 1
    assert sorted(parts.train + parts.held_out) == list(range(30))


def test_neighbours_in_a_video_are_not_parted(tmp_path: Path) -> None:
    """A camera that drifts: its frames are held out in stretches, not one by one."""
    folder = tmp_path / "images"
    folder.mkdir()
    wide = cv2.resize(np.random.default_rng(0).integers(0, 255, (6, 20, 3)).astype(np.uint8), (400, 60))
    for i in range(40):
        cv2.imwrite(str(folder / f"{i}.png"), wide[:, 4 * i : 4 * i + 80])
    content = coco(poses(40), [f"{i}.png" for i in range(40)])
    (tmp_path / "a.json").write_text(json.dumps(content))
    parts = split(read_labels(tmp_path / "a.json"), 0)
    jumps = np.diff(parts.held_out)
    assert len(parts.held_out) == 8
    assert (jumps > 1).sum() == 3  # four stretches of two
    assert "video" in parts.how


def test_the_same_picture_is_never_on_both_sides(tmp_path: Path) -> None:
    file = write_coco(tmp_path, 20)
    for i in range(10, 20):
        (tmp_path / "images" / f"{i:03d}.png").write_bytes(
            (tmp_path / "images" / f"{i - 10:03d}.png").read_bytes()
        )
    labels = read_labels(file)
    parts = split(labels, 0)
    bytes_of = [{labels.people[i].image.read_bytes() for i in side} for side in (parts.train, parts.held_out)]
    assert bytes_of[0].isdisjoint(bytes_of[1])
    assert "copies of held-out pictures do not train" in parts.how


@pytest.mark.parametrize("count", [1, 3, 9])
def test_too_few_people_are_refused_but_can_be_looked_at(tmp_path: Path, count: int) -> None:
    file = write_coco(tmp_path, count)
    with pytest.raises(DataError, match=f"{count} labelled in {count} pictures; training needs 10 or more"):
        read(file, None, None, (), 0)
    own = read(file, None, None, (), 0, few=True)
    assert (len(own.train()), own.held_out()) == (count, [])
    assert "training needs 10 or more" in own.split.how


def test_nobody_labelled_at_all_is_told_entry_by_entry(tmp_path: Path) -> None:
    made = poses(3)
    content = coco(made, pictures(tmp_path, made))
    for row in content["annotations"]:
        row["keypoints"] = [0] * 12
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(
        DataError, match=r"a\.json: nobody is labelled.*3 entries left out: annotation 1: no joint"
    ):
        read_labels(tmp_path / "a.json")


def test_a_missing_or_impossible_box_is_the_joints_extent(tmp_path: Path) -> None:
    file = write_coco(tmp_path, 12)
    content = json.loads(file.read_text())
    for row, box in zip(content["annotations"], ([5, 5, 20, 30], None, "x", [1, 2, 0, 4]), strict=False):
        row["bbox"] = box
    file.write_text(json.dumps(content))
    own = read(file, None, None, (), 0)
    assert own.boxes() == ["11 of 12 have no box: the joints' extent stands in"]
    assert own.labels.people[0].box == pytest.approx([15, 20, 20, 30])
    extent = labelled_box(own.labels.people[1], (80, 60))
    assert (np.abs(own.labels.people[1].joints - extent[:2]) < extent[2:] / 2).all()


def test_sleap_s_frames_are_pictures(tmp_path: Path) -> None:
    """Written by SLEAP's own library; frames that lie in a film, wherever that went, are to be exported first."""
    sleap_io = pytest.importorskip("sleap_io", reason="the extra 'sleap' is not installed")
    made = poses(4)
    names = pictures(tmp_path / "frames", made)
    skeleton = sleap_io.Skeleton([sleap_io.Node(j) for j in JOINTS], name="tool")
    skeleton.add_edge("tip", "left_clip")
    film = sleap_io.Video.from_filename([str(tmp_path / "frames" / n) for n in names])
    for video, name in ((film, "a.slp"), (sleap_io.Video.from_filename("/gone/film.mp4"), "b.slp")):
        frames = [
            sleap_io.LabeledFrame(video, i, [sleap_io.Instance.from_numpy(pose - 0.5, skeleton=skeleton)])
            for i, pose in enumerate(made)
        ]
        sleap_io.Labels(frames).save(str(tmp_path / name))
    labels = read_labels(tmp_path / "a.slp")
    np.testing.assert_allclose(places(labels), made, atol=1e-6)
    assert (labels.skeleton.joints, labels.skeleton.edges) == (JOINTS, ((0, 1),))
    with pytest.raises(DataError, match=r"/gone/film\.mp4; export the labelled frames as pictures"):
        read_labels(tmp_path / "b.slp")


def test_the_longest_pair_tells_the_size() -> None:
    joints = poses(50)
    tool = Skeleton("tool", JOINTS, (), (), ())
    found = with_diameter(tool, joints, np.ones((50, 4), bool))
    assert found.torso[0] == (0, 3)
    # About upright: the longer side of the extent is the tool's own length, but for its turning.
    assert found.share == pytest.approx(1.0, abs=0.05)
    body = replace(LSP)
    assert with_diameter(body, np.ones((5, 14, 2)), np.ones((5, 14), bool)) == body


def test_a_diameter_is_found_whatever_is_labelled() -> None:
    tool = Skeleton("tool", JOINTS, (), (), ())
    nobody = with_diameter(tool, np.zeros((4, 4, 2)), np.zeros((4, 4), bool))
    assert nobody == tool
    one_spot = with_diameter(tool, np.ones((4, 4, 2)), np.ones((4, 4), bool))
    assert one_spot.torso == ()


def test_turning_and_mirroring_follow_the_poses() -> None:
    upright = poses(60)
    seen = np.ones((60, 4), bool)
    bare = Skeleton("hook", ("a", "b", "c", "d"), (), (), ())
    straight = upright.copy()
    straight[:, 1], straight[:, 2] = (
        (upright[:, 0] * 2 + upright[:, 3]) / 3,
        (upright[:, 0] + upright[:, 3] * 2) / 3,
    )
    shown = looks(bare, straight, seen)
    assert (shown.tumble, shown.mirror) == (0.0, True)  # its own mirror image
    assert 8 <= shown.rotate <= 15
    assert not looks(bare, upright, seen).mirror  # b and c are a pair that nobody declared
    hook = upright.copy()
    hook[:, 1] = hook[:, 3] + (upright[:, 1] - upright[:, 2])  # one-sided
    assert not looks(bare, hook, seen).mirror
    assert looks(Skeleton("t", JOINTS, (), (), ()), hook, seen).mirror  # names that pair
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, 2 * np.pi, 60)
    spin = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], -1).reshape(-1, 2, 2)
    assert (
        looks(bare, np.einsum("nij,nkj->nki", spin, upright - upright.mean(1, keepdims=True)), seen).tumble
        > 0
    )
