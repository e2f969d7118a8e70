"""`deeppose score`: every form predictions come in gives the same numbers, and says what it was taken for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from deeppose import cli
from deeppose.errors import DataError
from deeppose.evaluation.arrays import arrange
from deeppose.poses import Poses
from deeppose.skeleton import COCO, LSP

io = pytest.importorskip("scipy.io")


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """(1200, 14, 2) in MATLAB's pixels."""
    return np.random.default_rng(0).uniform(1, 150, (1200, 14, 2)).round(2)


@pytest.fixture(scope="module")
def predicted(truth: np.ndarray) -> np.ndarray:
    return (truth + np.random.default_rng(1).normal(0, 15, truth.shape)).round(2)


@pytest.fixture(scope="module")
def root(truth: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LSP's annotations without pictures: scoring opens none."""
    folder = tmp_path_factory.mktemp("lsp")
    (folder / "images").mkdir()
    joints = np.concatenate([truth, np.zeros((1200, 14, 1))], axis=2).transpose(2, 1, 0)
    io.savemat(folder / "joints.mat", {"joints": joints})
    return folder


def score(capsys, root, path, *flags):
    code = cli.main(["score", "lsp", "--root", str(root), "--pred", str(path), "--json", *map(str, flags)])
    out, err = capsys.readouterr()
    return (json.loads(out) if code == 0 else None), err


@pytest.fixture(scope="module")
def expected(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Strict lower-leg PCP and a joint's PDJ@0.2 of the test people, by hand."""
    t, p = truth[1000:], predicted[1000:]
    error = np.linalg.norm(t - p, axis=2)
    legs = [
        np.maximum(error[:, a], error[:, b]) <= np.linalg.norm(t[:, a] - t[:, b], axis=1) / 2
        for a, b in ((1, 0), (4, 5))
    ]
    torso = np.linalg.norm(t[:, 9] - t[:, 2], axis=1)
    return {"lower leg": float(np.mean(legs)), "neck": float((error[:, 12] <= 0.2 * torso).mean())}


def check(result, expected):
    stage = result["stages"][-1]
    assert stage["pcp"]["strict"]["kinds"]["lower leg"] == pytest.approx(expected["lower leg"])
    assert stage["pdj"]["0.2"]["joints"]["neck"] == pytest.approx(expected["neck"])


@pytest.mark.parametrize("layout", ["2kn", "k2n", "nk2"])
@pytest.mark.parametrize("whom", ["the test split", "all people"])
def test_arrays_in_every_order_for_all_or_the_test_split(
    layout, whom, root, predicted, expected, capsys, tmp_path
):
    people = predicted if whom == "all people" else predicted[1000:]
    array = people.transpose({"2kn": (2, 1, 0), "k2n": (1, 2, 0), "nk2": (0, 1, 2)}[layout])
    if layout == "2kn":
        io.savemat(tmp_path / "pred.mat", {"pred": array, "note": "text"})
        path = tmp_path / "pred.mat"
    else:
        path = tmp_path / "pred.npy"
        np.save(path, array)
    result, err = score(capsys, root, path)
    check(result, expected)
    assert f"in {layout} order for {whom}, first pixel's centre at 1" in err
    assert layout in result["protocol"]["notes"][0]


def test_our_json_and_coco_results_score_the_same(root, predicted, expected, capsys, tmp_path):
    ours = predicted[1000:] - 0.5
    poses = Poses(LSP, ours, np.ones((200, 14)), np.zeros((200, 4)))
    names = [f"elsewhere/im{n:04d}.jpg" for n in range(1001, 1201)]
    records = poses.to_records(names)
    (tmp_path / "ours.json").write_text(json.dumps(records[::-1]))
    result, err = score(capsys, root, tmp_path / "ours.json")
    check(result, expected)
    assert "our JSON, 200 people, by the pictures' paths" in err
    results = poses.to_coco(range(1001, 1201))
    worse = [{**r, "keypoints": [0.0] * 42, "score": 0.1} for r in results]
    (tmp_path / "coco.json").write_text(json.dumps(worse + results))
    result, err = score(capsys, root, tmp_path / "coco.json")
    check(result, expected)
    assert "COCO results, 400 of them" in err
    assert result["coco"] is None or 0 < result["coco"]["AP"] < 1


def test_people_without_a_prediction_are_wrong_everywhere_and_counted(root, truth, capsys, tmp_path):
    half = Poses(LSP, truth[1000:1100] - 0.5, np.ones((100, 14)), np.zeros((100, 4)))
    records = half.to_records([f"im{n:04d}.jpg" for n in range(1001, 1101)])
    (tmp_path / "half.json").write_text(json.dumps(records))
    refused, err = score(capsys, root, tmp_path / "half.json")
    assert refused is None
    assert "says nothing of 100 pictures of lsp test, the first of them im1101.jpg" in err
    result, _ = score(capsys, root, tmp_path / "half.json", "--missing-wrong")
    stage = result["stages"][0]
    assert stage["pcp"]["strict"]["mean"] == stage["pdj"]["0.1"]["mean"] == 0.5
    assert stage["errors"]["all"]["miss"] == 0.5
    assert stage["endpoint_error"]["mean"] == pytest.approx(0, abs=1e-3)
    assert result["protocol"]["missing"] == 100
    assert any("100 people have no prediction" in note for note in result["protocol"]["notes"])


def test_another_skeleton_is_mapped_and_what_it_lacks_is_not_counted(root, truth, capsys, tmp_path):
    joints = np.zeros((200, 17, 2))
    for k, name in enumerate(COCO.joints):
        if name in LSP.joints:
            joints[:, k] = truth[1000:, LSP.index(name)] - 0.5
    poses = Poses(COCO, joints, np.ones((200, 17)), np.zeros((200, 4)))
    records = poses.to_records([f"im{n:04d}.jpg" for n in range(1001, 1201)])
    (tmp_path / "coco17.json").write_text(json.dumps(records))
    result, err = score(capsys, root, tmp_path / "coco17.json")
    assert "cannot map neck, head_top" in err
    pdj = result["stages"][0]["pdj"]["0.1"]
    assert pdj["joints"]["neck"] is None
    assert pdj["mean"] == 1.0


def test_two_files_are_compared_person_by_person(root, truth, predicted, capsys, tmp_path):
    np.save(tmp_path / "a.npy", predicted)
    np.save(tmp_path / "b.npy", (truth + predicted) / 2)
    result, err = score(capsys, root, tmp_path / "a.npy", "--against", tmp_path / "b.npy")
    comparison = result["comparison"]["pdj_0.2_mean"]
    assert comparison["second"] > comparison["first"]
    assert comparison["difference"]["low"] > 0
    assert comparison["p_value"] < 0.01
    assert "95 % paired bootstrap" in err


def test_the_first_pixel_can_be_said(root, truth, capsys, tmp_path):
    np.save(tmp_path / "zero.npy", truth[1000:] - 1)
    result, _ = score(capsys, root, tmp_path / "zero.npy", "--first-pixel", "0")
    assert result["stages"][0]["endpoint_error"]["mean"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((14, 3, 200), "keep x and y alone"),
        ((200, 16, 2), "(200, 14, 2) (the test split)"),
        ((5, 5), "shape"),
    ],
)
def test_a_wrong_shape_is_told_the_right_ones(shape, words, root, capsys, tmp_path):
    np.save(tmp_path / "wrong.npy", np.zeros(shape))
    result, err = score(capsys, root, tmp_path / "wrong.npy")
    assert result is None
    assert "wrong.npy" in err
    assert words in err


def test_a_shape_that_fits_twice_is_asked_about():
    square = np.arange(8.0).reshape(2, 2, 2)
    with pytest.raises(DataError, match="--layout"):
        arrange(square, 2, {"the test split": 2})
    joints, layout, _ = arrange(square, 2, {"the test split": 2}, "2kn")
    assert layout == "2kn"
    np.testing.assert_array_equal(joints[1, 0], square[:, 0, 1])


def test_files_that_are_no_predictions_say_so(root, capsys, tmp_path):
    cases = {
        "broken.json": ("{", "cannot be read as JSON"),
        "empty.json": ("[]", "list of people"),
        "strange.json": ('[{"bbox": [1, 2, 3, 4]}]', "'joints'"),
        "other.json": (
            json.dumps([{"file": "x.jpg", "joints": _joints()}]),
            "'x.jpg' is not like 'im1001.jpg'",
        ),
        "ids.json": ('[{"image_id": 7, "keypoints": ' + str([0] * 42) + ', "score": 1}]', "image_id 7"),
        "poses.txt": ("", ".json, .jsonl, .npy or .mat"),
    }
    for name, (text, words) in cases.items():
        (tmp_path / name).write_text(text)
        result, err = score(capsys, root, tmp_path / name)
        assert result is None
        assert name in err, err
        assert words in err, err
    io.savemat(tmp_path / "two.mat", {"a": np.zeros((2, 14, 200)), "b": np.zeros((2, 14, 200))})
    _, err = score(capsys, root, tmp_path / "two.mat")
    assert "--variable" in err
    assert score(capsys, root, tmp_path / "two.mat", "--variable", "b")[0]


def _joints():
    return {joint: {"x": 1, "y": 1} for joint in LSP.joints}


@pytest.mark.realdata
def test_published_predictions_score_their_published_numbers(data_root, golden_root, capsys):
    labels, pred = golden_root / "lsp-joints-OC.mat", golden_root / "pred_keypoints_lsp_oc.mat"
    code = cli.main(
        ["score", "lsp-oc", "--root", str(data_root), "--labels", str(labels), "--pred", str(pred), "--json"]
    )
    out, err = capsys.readouterr()
    assert code == 0, err
    result = json.loads(out)
    assert "2kn order for the test split" in err
    assert result["protocol"]["labels"] == "OC"
    stage = result["stages"][0]
    assert round(100 * stage["pdj"]["0.2"]["mean"], 2) == 81.50
    assert round(100 * stage["pcp"]["strict"]["mean_of_sticks"], 1) == 81.1


@pytest.mark.realdata
def test_flic_arrays_for_all_5003_people_pick_the_test_people_in_the_files_order(
    golden_root, capsys, tmp_path
):
    rows = io.loadmat(golden_root / "flic-joints-oc.mat")["flic_anno"].ravel()
    columns = [0, 1, 2, 3, 4, 5, 6, 9, 12, 13]
    np.save(tmp_path / "all.npy", np.stack([row["coords"][:, columns].T for row in rows]))
    args = ["score", "flic", "--root", str(golden_root), "--pred", str(tmp_path / "all.npy"), "--json"]
    assert cli.main(args) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["protocol"]["people"] == 1016
    assert result["stages"][0]["endpoint_error"]["mean"] == pytest.approx(0, abs=1e-9)
