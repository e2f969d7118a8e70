"""LSP and LSPet: both flag conventions, the splits, the half-pixel shift."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from deeppose.data.datasets import read
from deeppose.data.doctor.photos import ALIKE, look
from deeppose.data.lsp import AGAIN
from deeppose.data.repairs import SUSPECTS
from deeppose.errors import ConfigError, DataError

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"

savemat = pytest.importorskip("scipy.io").savemat


def lsp_folder(folder: Path, people: int = 2000) -> Path:
    """LSP's layout with made-up joints; image n's joint k is at MATLAB pixel (n, k + 1), joint 0 occluded."""
    (folder / "images").mkdir(parents=True)
    joints = np.zeros((3, 14, people))
    joints[0] = np.arange(1, people + 1)
    joints[1] = np.arange(1, 15)[:, None]
    joints[2, 0] = 1
    savemat(folder / "joints.mat", {"joints": joints})
    return folder


def lspet_folder(folder: Path) -> Path:
    """LSPet's layout, three people; joint 0 unlabelled at a negative place."""
    (folder / "images").mkdir(parents=True)
    joints = np.full((14, 3, 3), 7.0)
    joints[:, 2] = 1
    joints[0] = np.array([[-5.0], [-6.0], [0.0]])
    savemat(folder / "joints.mat", {"joints": joints})
    (folder / "images/im00002.webp").touch()
    return folder


def test_lsp_flag_is_occluded(tmp_path: Path) -> None:
    person = read("lsp", lsp_folder(tmp_path / "lsp"), "train").annotations[4]
    assert person.labelled.all()
    assert person.visible.tolist() == [False] + [True] * 13
    assert person.image.name == "im0005.jpg"
    assert person.joints[2].tolist() == [4.5, 2.5]


def test_lsp_split_and_containing_folder(tmp_path: Path) -> None:
    lsp_folder(tmp_path / "lsp")
    test = read("lsp", tmp_path, "test")
    assert (len(test), test.labels, test.annotations[0].image.name) == (1000, "PC", "im1001.jpg")
    assert len(read("lsp", tmp_path, "all")) == 2000


def test_lspet_flag_is_labelled(tmp_path: Path) -> None:
    data = read("lspet", lspet_folder(tmp_path), "train")
    person = data.annotations[1]
    assert person.labelled.tolist() == person.visible.tolist() == [False] + [True] * 13
    assert person.joints[0].tolist() == [0, 0]
    assert [a.image.name for a in data.annotations] == ["im00001.jpg", "im00002.webp", "im00003.jpg"]


def test_observer_centric_labels_given_or_in_the_folder(tmp_path: Path) -> None:
    folder = lsp_folder(tmp_path / "lsp")
    labels = (folder / "joints.mat").rename(tmp_path / "lsp-joints-OC.mat")
    for data in (read("lsp-oc", folder, "test", labels), read("lsp-oc", tmp_path, "test")):
        assert data.labels == "OC"
        assert data.annotations[0].image == folder / "images/im1001.jpg"


@pytest.mark.parametrize(
    ("name", "split", "message"),
    [
        ("lps", "train", "did you mean 'lsp'"),
        ("lsp", "tset", "did you mean 'test'"),
        ("lspet", "test", "known: .*last-1000, train"),
    ],
)
def test_wrong_names_say_the_right_one(tmp_path: Path, name: str, split: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(name, tmp_path, split)


def test_wrong_folders_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"joints\.mat"):
        read("lsp", tmp_path, "train")
    with pytest.raises(DataError, match="not LSP's, but LSPet"):
        read("lsp", lspet_folder(tmp_path), "train")
    (tmp_path / "joints.mat").write_bytes(b"not a MATLAB file at all")
    with pytest.raises(DataError, match="cannot be read as a MATLAB file"):
        read("lsp", tmp_path, "train")


@pytest.mark.realdata
def test_lsp_on_the_real_files(data_root: Path) -> None:
    """2044 of 28,000 joints are occluded, and every joint has coordinates."""
    data = read("lsp", data_root, "all")
    assert data.labelled().sum() == 28_000
    assert sum((~a.visible).sum() for a in data.annotations) == 2044
    assert all(a.image.exists() for a in data.annotations)


def test_lspet_repaired_exchanges_and_unlabels_what_is_listed(tmp_path: Path) -> None:
    """Joint by joint, by name, against the published list; everybody else is left alone."""
    (tmp_path / "lspet/images").mkdir(parents=True)
    joints = np.random.default_rng(0).uniform(1, 99, (14, 3, 10_000))
    joints[:, 2] = 1
    savemat(tmp_path / "lspet/joints.mat", {"joints": joints})
    found = json.loads(SUSPECTS.read_text())
    before, after = (read(name, tmp_path, "train") for name in ("lspet", "lspet-repaired"))
    for number, (old, new) in enumerate(zip(before.annotations, after.annotations, strict=True), 1):
        for k, joint in enumerate(before.skeleton.joints):
            group = "legs" if joint.endswith(("hip", "knee", "ankle")) else "arms"
            sided = joint.startswith(("left", "right"))
            exchanged = sided and number in found[f"{group} exchanged"]
            lost = joint in found["misplaced"].get(str(number), [])
            assert new.labelled[k] == new.visible[k] == (not lost)
            expected = old.joints[before.skeleton.mirror[k] if exchanged else k]
            np.testing.assert_array_equal(new.joints[k], np.zeros(2) if lost else expected)


@pytest.mark.realdata
def test_lspet_on_the_real_files(data_root: Path) -> None:
    """123,213 joints are labelled, 16,787 are not."""
    data = read("lspet", data_root, "train")
    parts = [read("lspet", data_root, part) for part in ("first-9000", "last-1000")]
    assert [len(part) for part in parts] == [8987, 1000]
    kept = [a.image for part in parts for a in part.annotations]
    assert kept == [a.image for number, a in enumerate(data.annotations, 1) if number not in AGAIN]
    assert data.labelled().sum() == 123_213
    assert (~data.labelled()).sum() == 16_787
    assert (data.joints()[~data.labelled()] == 0).all()
    assert all(a.image.exists() for a in data.annotations)


@pytest.mark.realdata
def test_photographs_left_out_of_the_first_9000_are_among_the_last_1000(data_root: Path) -> None:
    """Nine show the same whole picture; the other four are other crops of it, which a thumbnail does not tell."""
    folder = data_root / "lspet" / "images"
    twins = json.loads((RESULTS / "twins.json").read_text())["LSPet"]["pairs"]
    assert {int(again[2:7]) for _, again in twins} == AGAIN
    assert all(int(measured[2:7]) > 9000 for measured, _ in twins)
    seen = look((folder / name for pair in twins for name in pair), progress=False)
    alike = [seen[folder / a].thumbnail @ seen[folder / b].thumbnail > ALIKE for a, b in twins]
    assert sum(alike) == 9


@pytest.mark.realdata
def test_lsp_oc_names_the_same_points(data_root: Path, golden_root: Path) -> None:
    """Observer-centric labels exchange left and right in 37.8 % of the pictures and move nothing."""
    mirror = read("lsp", data_root, "test").skeleton.mirror
    pc = read("lsp", data_root, "all").joints()
    oc = read("lsp-oc", data_root, "all", golden_root / "lsp-joints-OC.mat").joints()
    same, swapped = (np.isclose(pc[:, order], oc).all((1, 2)) for order in (slice(None), list(mirror)))
    assert abs(1 - same.mean() - 0.378) < 0.0005, (same.mean(), swapped.mean())
