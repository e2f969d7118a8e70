"""The doctor: each planted fault is found, a sound data set is called sound, and the page stands alone."""

from __future__ import annotations

import argparse
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from deeppose.commands import doctor as command
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.datasets import read
from deeppose.data.doctor import Report, examine
from deeppose.data.doctor.checks import pose_findings
from deeppose.data.doctor.findings import people_of
from deeppose.data.doctor.prior import PosePrior, fit, swap_groups
from deeppose.errors import DataError
from deeppose.show.doctor import render
from deeppose.skeleton import COCO, FLIC, LSP

UPRIGHT = np.array(
    [[-8, 90], [-8, 70], [-8, 50], [8, 50], [8, 70], [8, 90], [-22, 46], [-18, 30], [-12, 14],
     [12, 14], [18, 30], [22, 46], [0, 10], [0, 0]], float,
)  # fmt: skip
"""Someone who faces the camera, so that right is at small x."""


def poses(people: int, seed: int = 0) -> np.ndarray:
    """Scattered upright people (N, 14, 2), of several sizes and places inside a 128 x 128 picture."""
    rng = np.random.default_rng(seed)
    jitter = UPRIGHT + rng.normal(0, 3, (people, 14, 2))
    return jitter * rng.uniform(0.8, 1.0, (people, 1, 1)) + (64, 15)


def dataset(folder: Path, split: str, people: int, seed: int, pictures: int = 10) -> Dataset:
    """A sound split: pictures of noise that the people share, 14 joints each, an ample box."""
    rng = np.random.default_rng(seed + 100)
    paths = [folder / f"{split}{i}.png" for i in range(pictures)]
    for path in paths:
        cv2.imwrite(str(path), rng.integers(0, 255, (128, 128, 3), np.uint8))
    seen, box = np.ones(14, bool), np.array([64, 64, 120, 128.0])
    everybody = enumerate(poses(people, seed))
    annotations = [Annotation(paths[i % pictures], joints, seen, seen, box) for i, joints in everybody]
    return Dataset("toy", split, LSP, annotations)


@pytest.fixture
def splits(tmp_path: Path) -> list[Dataset]:
    return [dataset(tmp_path, "train", 300, 0), dataset(tmp_path, "test", 20, 1)]


def change(data: Dataset, person: int, **fields: object) -> None:
    data.annotations[person] = Annotation(**(vars(data.annotations[person]) | fields))


def counts(report: Report) -> dict[str, int]:
    return {f.key: f.count for f in report.findings}


def found(report: Report) -> dict[str, int]:
    return {key: count for key, count in counts(report).items() if count}


def test_a_sound_data_set_is_called_sound(splits: list[Dataset]) -> None:
    report = examine(splits, progress=False)
    assert found(report) == {}
    assert {f.level for f in report.findings} == {"fine"}
    assert report.splits["train"] == {"people": 300, "pictures": 10}
    assert [j.labelled for j in report.joints] == [320] * 14
    assert [len(g.people) for g in report.galleries] == [12]
    assert json.loads(json.dumps(report.to_json()))["swap_power"] == report.swap_power


def test_files(splits: list[Dataset]) -> None:
    splits[0].annotations[0].image.unlink()
    splits[0].annotations[1].image.write_bytes(b"")
    truncated = splits[1].annotations[0].image
    truncated.write_bytes(truncated.read_bytes()[:3000])
    assert found(examine(splits, progress=False)) == {"missing_files": 1, "unreadable_files": 2}


def test_duplicates(splits: list[Dataset], tmp_path: Path) -> None:
    train, test = splits
    rng = np.random.default_rng(5)
    scene = cv2.resize(rng.integers(0, 255, (12, 12, 3), np.uint8), (128, 128), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(test.annotations[0].image), scene)
    cv2.imwrite(str(tmp_path / "again.jpg"), cv2.resize(scene, (100, 100)), [cv2.IMWRITE_JPEG_QUALITY, 50])
    change(train, 0, image=tmp_path / "again.jpg", joints=train.annotations[0].joints * 0.78)
    change(train, 1, image=test.annotations[1].image)
    train.annotations[2].image.write_bytes(train.annotations[3].image.read_bytes())
    train.annotations[4].image.write_bytes(test.annotations[4].image.read_bytes())
    assert found(examine(splits, progress=False)) == {
        "near_duplicates_across_splits": 1,
        "duplicates_across_splits": 2,
        "duplicates_within_split": 1,
    }


def test_places(splits: list[Dataset]) -> None:
    train = splits[0]
    moved = train.annotations[0].joints.copy()
    moved[6, 0], moved[7, 1] = -0.5, 128.25
    change(train, 0, joints=moved)
    change(train, 1, box=np.array([64, 64, 0, 10.0]))
    change(train, 2, box=np.array([140, 64, 60, 120.0]), joints=train.annotations[2].joints + 40)
    change(train, 3, box=None, torso=np.array([64, 64, 20, 30.0]))
    report = examine(splits, progress=False)
    assert counts(report)["boxes_outside"] == 2
    (unboxed,) = [f for f in report.findings if f.key == "joints_outside_box"]
    assert "train1.png (train)" in {case.where for case in unboxed.cases}
    assert unboxed.total == sum(map(len, splits)) - 1, "a torso's box is not the person's"
    (outside,) = [f for f in report.findings if f.key == "joints_outside"]
    assert "right_wrist" in {c.what.split("the ")[1].split(" by")[0] for c in outside.cases}
    assert outside.count >= 2


def test_joints_without_a_place_are_named(splits: list[Dataset]) -> None:
    joints = splits[0].annotations[2].joints.copy()
    joints[4], joints[7] = np.nan, [np.inf, 3]
    change(splits[0], 2, joints=joints)
    report = examine(splits, progress=False)
    (told,) = [f for f in report.findings if f.key == "joints_without_place"]
    assert told.count == 2
    assert told.level == "wrong"
    lost = np.array(splits[0].skeleton.joints)[[4, 7]]
    assert all(name in str(told.cases[0]) for name in lost)
    json.dumps(report.to_json(), allow_nan=False)


def test_flags_that_mean_the_opposite(splits: list[Dataset]) -> None:
    """LSP's flags read the other way round, in one split."""
    train = splits[0]
    for i in range(len(train)):
        change(train, i, visible=np.arange(14) == i % 14)
    report = examine(splits, progress=False)
    (flags,) = [f for f in report.findings if f.key == "inverted_flags"]
    assert [case.where for case in flags.cases] == ["train"]
    assert flags.cases[0].what == "only 7.1% of the labelled joints count as visible"
    assert counts(report)["mostly_occluded"] == 300


def test_labelled_flags_that_mean_the_opposite(splits: list[Dataset]) -> None:
    """LSPet's flags read the other way round: what counts as labelled has negative coordinates."""
    test = splits[1]
    for i in range(len(test)):
        seen = np.arange(14) < 2
        change(test, i, joints=np.outer(seen, [-20.0, -20.0]), labelled=seen, visible=seen)
    (flags,) = [f for f in examine(splits, progress=False).findings if f.key == "inverted_flags"]
    assert [case.where for case in flags.cases] == ["test"]


def test_torsos_spots_and_few_joints(splits: list[Dataset]) -> None:
    train = splits[0]
    change(train, 0, labelled=np.isin(np.arange(14), [8, 9]), visible=np.isin(np.arange(14), [8, 9]))
    one_hip = np.arange(14) != 2
    change(train, 1, labelled=one_hip, visible=one_hip)
    spot = train.annotations[2].joints.copy()
    spot[9] = spot[2]
    change(train, 2, joints=spot)
    tiny = train.annotations[3].joints.copy()
    tiny[9] = tiny[2] + (4, 4)
    change(train, 3, joints=tiny)
    report = counts(examine(splits, progress=False))
    assert report["torso_missing"] == 1
    assert report["few_joints"] == 1
    assert report["torso_tiny"] == 2
    assert report["joints_on_one_spot"] == 1


@pytest.mark.parametrize("group", ["everything", "ankle, knee, hip", "wrist, elbow, shoulder"])
def test_swapped_sides_are_found_and_named(splits: list[Dataset], group: str) -> None:
    order = swap_groups(LSP)[group]
    for i in (3, 5):
        change(splits[0], i, joints=splits[0].annotations[i].joints[order])
    report = examine(splits, progress=False)
    (swaps,) = [f for f in report.findings if f.key == "swapped_sides"]
    assert {case.where for case in swaps.cases} == {"train3.png (train)", "train5.png (train)"}
    assert all(case.what.startswith(group) for case in swaps.cases)
    assert report.swap_power[group] > 0.9


def test_chains_of_other_skeletons() -> None:
    assert set(swap_groups(FLIC)) == {"everything", "shoulder, elbow, wrist", "hip", "eye"}
    assert set(swap_groups(COCO)) == {
        "everything",
        "eye",
        "ear",
        "shoulder, elbow, wrist",
        "hip, knee, ankle",
    }
    for skeleton in (LSP, FLIC, COCO):
        for order in swap_groups(skeleton).values():
            assert (order[order] == np.arange(len(skeleton))).all()


def gaussian(joints: np.ndarray) -> PosePrior:
    prior = fit(joints, np.ones(joints.shape[:2], bool))
    assert prior is not None
    return prior


def test_the_prior_ignores_place_and_size_and_knows_ordinary_poses() -> None:
    prior = gaussian(poses(2000))
    fresh, labelled = poses(500, seed=9), np.ones((500, 14), bool)
    energy, oddness = prior.energy(fresh, labelled)
    moved = prior.energy(fresh * 3.7 + (100, -50), labelled)
    assert np.allclose(moved[0], energy)
    assert 0.7 < oddness.mean() < 1.3
    fallen = prior.energy(fresh[:, :, ::-1], labelled)[1]
    assert fallen.min() > oddness.max()


def test_the_prior_integrates_missing_joints_out() -> None:
    """Three free coordinates remain of a triangle freed of its place and size; a plain-loop Gaussian agrees."""
    prior = gaussian(poses(2000))
    pose, labelled = poses(1, seed=4), np.isin(np.arange(14), [2, 9, 13])[None]
    unlabelled_elsewhere = np.where(labelled[..., None], pose, 1e6)
    energy, oddness = prior.energy(unlabelled_elsewhere, labelled)
    rows = [4, 5, 18, 19, 26, 27]
    centre = np.eye(6) - np.tile(np.eye(2), (3, 3)) / 3
    mean, covariance = centre @ prior.mean[rows], centre @ prior.covariance[np.ix_(rows, rows)] @ centre
    x = centre @ pose[0, [2, 9, 13]].ravel()
    x *= np.sqrt((mean @ mean + np.trace(covariance)) / (x @ x))
    values, vectors = np.linalg.eigh(covariance)
    distance = sum(float(vectors[:, i] @ (x - mean)) ** 2 / values[i] for i in range(2, 6))
    assert oddness[0] == pytest.approx(distance / 4)
    assert energy[0] == pytest.approx(distance + np.log(values[2:]).sum())
    assert np.isnan(prior.energy(pose, np.arange(14)[None] < 2)[0]).all()


def test_too_few_people_for_a_prior_is_said(tmp_path: Path) -> None:
    report = examine([dataset(tmp_path, "train", 5, 0)], progress=False)
    (swaps,) = [f for f in report.findings if f.key == "swapped_sides"]
    assert swaps.level == "skip"
    assert "too few complete poses" in swaps.why


def test_one_split_has_no_other_to_compare_with(tmp_path: Path) -> None:
    levels = {f.key: f.level for f in examine([dataset(tmp_path, "train", 5, 0)], progress=False).findings}
    assert levels["duplicates_across_splits"] == levels["near_duplicates_across_splits"] == "skip"
    assert levels["duplicates_within_split"] == "fine"


@pytest.mark.realdata
def test_torsos_of_the_real_files(data_root: Path) -> None:
    """17.1 % of LSPet's people have no torso diagonal, all of LSP's have one."""
    pytest.importorskip("scipy")
    shares = {}
    for name in ("lsp", "lspet"):
        people = people_of([read(name, data_root, "all")])
        missing = {f.key: f.count for f in pose_findings(people, LSP)}["torso_missing"]
        shares[name] = missing / len(people)
    assert shares["lsp"] == 0
    assert round(shares["lspet"], 3) == 0.171


def test_nobody_is_an_error() -> None:
    with pytest.raises(DataError, match="nobody is labelled in train"):
        examine([Dataset("toy", "train", LSP, [])], progress=False)


class Tags(HTMLParser):
    """Checks that tags close in order, and collects what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [v for k, v in attrs if k in ("src", "href") and v]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(splits: list[Dataset]) -> None:
    change(splits[0], 0, image=splits[0].annotations[0].image.with_name("<script>.png"))
    page = render(examine(splits, progress=False))
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.links
    assert all(link.startswith("data:image/jpeg;base64,") for link in tags.links)
    assert "<script" not in page
    assert "&lt;script&gt;.png" in page
    assert not re.search(r"https?://|@import|url\(", page)
    assert 'name="viewport"' in page


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add(parser)
    return parser.parse_args([str(word) for word in words])


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Three people in COCO's format, one picture missing; the split "val" is not there."""
    (tmp_path / "annotations").mkdir()
    (tmp_path / "train2017").mkdir()
    keypoints = [v for k in range(17) for v in (k + 1, 2 * k + 1, 2)]
    rows = [
        {"id": i, "image_id": i, "category_id": 1, "bbox": [0, 0, 30, 50], "keypoints": keypoints}
        for i in range(3)
    ]
    content = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(3)],
        "annotations": rows,
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO.joints), "skeleton": []}],
    }
    (tmp_path / "annotations/person_keypoints_train2017.json").write_text(json.dumps(content))
    for i in range(2):
        cv2.imwrite(str(tmp_path / f"train2017/{i}.png"), np.full((60, 40, 3), i, np.uint8))
    return tmp_path


def test_the_command_writes_a_page_and_prints_the_findings(
    coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new/page.html"
    assert command.run(arguments("coco", coco, "--out", out)) == 0
    printed = capsys.readouterr().out
    assert "wrong    Missing files: 1 of 3 pictures" in printed
    assert "split val not examined" in printed
    assert out.read_text().startswith("<!doctype html>")


def test_the_command_prints_json(
    coco: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(coco)
    assert command.run(arguments("coco", coco, "--json")) == 0
    content = json.loads(capsys.readouterr().out)
    findings = {f["key"]: f for f in content["findings"]}
    assert findings["missing_files"]["cases"] == [{"where": str(coco / "train2017/2.png"), "what": "missing"}]
    assert "val" in content["unread_splits"]
    assert content["joints"][0] == {"joint": "nose", "labelled": 3, "visible": 3}
    assert not list(coco.glob("*.html"))
