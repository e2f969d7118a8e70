"""The right numbers where wrong ones were printed: ids, paths, people of one picture, gaps, orders, coverage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deeppose import cli
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.datasets import read
from deeppose.errors import ConfigError
from deeppose.evaluation import assess, oks
from deeppose.evaluation.as_json import as_json
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.reading import Options, read_predictions
from deeppose.poses import Poses
from deeppose.skeleton import COCO, LSP, Skeleton

Row = dict[str, Any]


def people(n: int, skeleton: Skeleton = LSP, seed: int = 0) -> np.ndarray:
    """(n, K, 2) poses about 100 pixels large, 300 pixels apart from each other."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 100, (n, len(skeleton), 2)).round(2) + 300 * np.arange(n)[:, None, None]


def dataset_of(joints: np.ndarray, images: list[str], skeleton: Skeleton = LSP, **more: Any) -> Dataset:
    seen = np.ones(len(skeleton), bool)
    annotations = [
        Annotation(Path("/data/set") / i, xy, seen, seen, row=n)
        for n, (xy, i) in enumerate(zip(joints, images, strict=True))
    ]
    return Dataset("made", "test", skeleton, annotations, folder=Path("/data/set"), **more)


def saved(tmp_path: Path, records: Any, name: str = "pred.json") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(records))
    return path


def records(joints: np.ndarray, files: list[str], skeleton: Skeleton = LSP) -> list[Row]:
    n, k = joints.shape[:2]
    return Poses(skeleton, joints, np.full((n, k), 0.5), np.zeros((n, 4))).to_records(files)


def measured(dataset: Dataset, path: Path, options: Options | None = None) -> Row:
    n = len(dataset)
    predictions = read_predictions(path, dataset, lambda: (n, np.arange(n)), options)
    return as_json(assess.assess(dataset, predictions, "made"))


def last(result: Row) -> float:
    return result["stages"][-1]["pdj"]["0.2"]["mean"]


# Pictures and people ---------------------------------------------------------------------------------------------


def test_folders_that_share_a_name_are_told_apart_in_any_order(tmp_path):
    truth = people(2)
    dataset = dataset_of(truth, ["a/0001.jpg", "b/0001.jpg"])
    for files in (
        ["a/0001.jpg", "b/0001.jpg"],
        ["/x/y/a/0001.jpg", r"C:\x\b\0001.jpg"],
        ["q/../a/0001.jpg", "./b/0001.jpg"],
    ):
        given = records(truth, files)
        assert last(measured(dataset, saved(tmp_path, given))) == 1
        assert last(measured(dataset, saved(tmp_path, given[::-1]))) == 1


def test_people_of_one_picture_are_told_apart_by_nearness_or_by_a_stated_id(tmp_path):
    truth = people(3)
    dataset = dataset_of(truth, ["one.jpg", "one.jpg", "two.jpg"])
    given = records(truth, ["one.jpg", "one.jpg", "two.jpg"])
    assert last(measured(dataset, saved(tmp_path, [given[1], given[0], given[2]]))) == 1
    exchanged = [{**r, "annotation_id": i} for r, i in zip(given, (1, 0, 2), strict=True)]
    assert last(measured(dataset, saved(tmp_path, exchanged))) == pytest.approx(1 / 3)


def test_strangers_nobody_labelled_do_not_displace_the_labelled(tmp_path):
    """Surer predictions of other people of the picture are further away than the person is large."""
    truth = people(2)
    dataset = dataset_of(truth, ["one.jpg", "two.jpg"])
    given = records(np.concatenate([truth, truth[:1] + 5000]), ["one.jpg", "two.jpg", "one.jpg"])
    given = [{**r, "score": s} for r, s in zip(given, (0.5, 0.5, 0.9), strict=True)]
    assert last(measured(dataset, saved(tmp_path, given))) == 1


def buffy(root: Path, people_of: dict[int, int]) -> None:
    rng = np.random.default_rng(3)
    (root / "data").mkdir()
    for episode, count in people_of.items():
        lines = []
        for frame in range(count):
            hinges = rng.uniform(0, 400, (9, 2)).round(3)
            neck, top, pelvis, ls, le, lw, rs, re, rw = hinges
            sticks = [(neck, pelvis), (ls, le), (rs, re), (le, lw), (re, rw), (top, neck)]
            lines += [str(frame), *(" ".join(f"{v:.3f}" for v in np.concatenate(s)) for s in sticks)]
        (root / f"data/buffy_s5e{episode}_sticks.txt").write_text("\n".join([*lines, ""]))


def test_buffys_arrays_are_in_the_order_of_its_episodes(tmp_path, capsys):
    buffy(tmp_path, {2: 2, 3: 3, 4: 2, 5: 3, 6: 2})
    everyone = {
        e: people
        for split in ("train", "test")
        for e, people in by_episode(read("buffy", tmp_path, split)).items()
    }
    array = np.concatenate([everyone[e] for e in (2, 3, 4, 5, 6)]) + 0.5
    np.save(tmp_path / "all.npy", array)
    assert (
        cli.main(["score", "buffy", "--root", str(tmp_path), "--pred", str(tmp_path / "all.npy"), "--json"])
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert result["stages"][0]["pcp"]["strict"]["mean"] == 1
    assert result["protocol"]["people"] == 7


def by_episode(dataset: Dataset) -> dict[int, np.ndarray]:
    found: dict[int, list[np.ndarray]] = {}
    for person in dataset.annotations:
        found.setdefault(int(person.image.parent.name[9]), []).append(person.joints)
    return {episode: np.stack(joints) for episode, joints in found.items()}


def test_buffys_own_predictions_are_read_though_episodes_share_names(tmp_path):
    buffy(tmp_path, {2: 2, 5: 2, 6: 1})
    dataset = read("buffy", tmp_path, "test")
    given = records(dataset.joints(), [str(a.image) for a in dataset.annotations], dataset.skeleton)
    assert last(measured(dataset, saved(tmp_path, given[::-1]))) == 1


# What has no place -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308])
def test_a_label_that_is_no_place_is_unlabelled(bad, tmp_path):
    truth = people(4)
    damaged = truth.copy()
    damaged[0, 5] = bad
    dataset = dataset_of(damaged, [f"{i}.jpg" for i in range(4)])
    assert dataset.labelled().sum() == 4 * 14 - 1
    lost = dataset.annotations[0].lost
    assert lost is not None
    assert np.flatnonzero(lost).tolist() == [5]
    path = saved(tmp_path, records(truth, [f"{i}.jpg" for i in range(4)]))
    stage = measured(dataset, path)["stages"][0]
    assert (stage["endpoint_error"]["mean"], stage["endpoint_error"]["count"]) == (
        pytest.approx(0, abs=1e-9),
        55,
    )
    assert stage["oks"] == pytest.approx(1)


def test_nobody_finds_labels_that_are_nowhere(tmp_path):
    dataset = dataset_of(np.full((2, 14, 2), np.nan), ["0.jpg", "1.jpg"])
    stage = measured(dataset, saved(tmp_path, records(people(2), ["0.jpg", "1.jpg"])))["stages"][0]
    assert stage["pcp"]["strict"]["mean"] is None
    assert stage["pdj"]["0.5"]["mean"] is None
    assert stage["pck"]["mean"] is None


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), 1e308])
def test_a_predicted_joint_without_a_place_is_not_found_and_counted(bad, tmp_path):
    truth = people(4)
    files = [f"{i}.jpg" for i in range(4)]
    dataset = dataset_of(truth, files)
    given = records(truth, files)
    given[2]["joints"]["neck"]["x"] = bad
    result = measured(dataset, saved(tmp_path, given))
    stage = result["stages"][0]
    assert stage["pdj"]["0.5"]["joints"]["neck"] == 0.75
    assert stage["endpoint_error"]["count"] == 55
    assert any("1 joints of predicted people have no place" in note for note in result["protocol"]["notes"])
    json.dumps(result, allow_nan=False)


def test_an_arrays_nan_is_not_found(tmp_path):
    truth = people(4)
    dataset = dataset_of(truth, [f"{i}.jpg" for i in range(4)])
    array = truth + 0.5
    array[0] = np.nan
    np.save(tmp_path / "p.npy", array)
    assert last(measured(dataset, tmp_path / "p.npy")) == 0.75


# Orders, coverage, denominators ----------------------------------------------------------------------------------


def test_an_arrays_joints_may_be_named_and_another_order_is_suspected(tmp_path):
    truth = people(20)
    dataset = dataset_of(truth, [f"{i}.jpg" for i in range(20)])
    order = np.roll(np.arange(14), 3)
    np.save(tmp_path / "p.npy", truth[:, order] + 0.5)
    result = measured(dataset, tmp_path / "p.npy")
    assert any("--joints" in note for note in result["protocol"]["notes"])
    named = Options(joints=tuple(LSP.joints[k] for k in order))
    result = measured(dataset, tmp_path / "p.npy", named)
    assert last(result) == 1
    assert not any("WARNING" in note for note in result["protocol"]["notes"])
    some = Options(joints=tuple(LSP.joints[k] for k in order[:9]))
    np.save(tmp_path / "p.npy", truth[:, order[:9]] + 0.5)
    result = measured(dataset, tmp_path / "p.npy", some)
    assert last(result) == 1
    assert result["stages"][0]["pdj"]["0.2"]["joints"][LSP.joints[order[10]]] is None


def test_the_same_joints_told_as_another_skeletons_score_the_same(tmp_path):
    """Twelve joints, as LSP's without neck and head top or as COCO's: everybody is measured by their own labels."""
    truth = people(30)
    files = [f"{i}.jpg" for i in range(30)]
    dataset = dataset_of(truth, files)
    guess = truth + np.random.default_rng(1).normal(0, 12, truth.shape)
    as_coco = np.zeros((30, 17, 2))
    for k, name in enumerate(COCO.joints):
        if name in LSP.joints:
            as_coco[:, k] = guess[:, LSP.index(name)]
    limbs = [k for k in range(14) if LSP.joints[k] in COCO.joints]
    direct = Predictions(guess[None], np.zeros(30, bool), np.isin(np.arange(14), limbs), "")
    ours = as_json(assess.assess(dataset, direct, "made"))["stages"][0]
    theirs = measured(dataset, saved(tmp_path, records(as_coco, files, COCO)))["stages"][0]
    for name in ("pck", "pckh"):
        assert theirs[name]["mean"] == pytest.approx(ours[name]["mean"])
        whole = assess.assess(
            dataset, Predictions(guess[None], np.zeros(30, bool), np.ones(14, bool), ""), "m"
        )
        for joint in (LSP.joints[k] for k in limbs):
            assert theirs[name]["joints"][joint] == as_json(whole)["stages"][0][name]["joints"][joint]
    without_hips = np.array(["hip" not in joint for joint in LSP.joints])
    lacking = Predictions(guess[None], np.zeros(30, bool), without_hips, "")
    pdj = assess.assess(dataset, lacking, "m").outcome.last.pdj
    assert pdj is not None
    assert pdj.at[0.2].joints["neck"] > 0


def test_a_file_that_covers_a_part_is_refused_for_the_whole_and_says_what_it_covers(tmp_path):
    truth = people(4)
    files = [f"{i}.jpg" for i in range(4)]
    dataset = dataset_of(truth, files)
    path = saved(
        tmp_path, {"covers": "the first 2 people of made test", "people": records(truth[:2], files[:2])}
    )
    with pytest.raises(
        Exception, match=r"says nothing of 2 pictures .* the first 2 people of made test.*--limit"
    ):
        measured(dataset, path)
    assert last(measured(dataset_of(truth[:2], files[:2]), path)) == 1
    assert last(measured(dataset, path, Options(missing_wrong=True))) == 0.5
    empty = [{"file": files[i], "people": 0} for i in (2, 3)]
    assert last(measured(dataset, saved(tmp_path, [*records(truth[:2], files[:2]), *empty]))) == 0.5


def test_json_lines_are_read(tmp_path):
    truth = people(3)
    files = [f"{i}.jpg" for i in range(3)]
    path = tmp_path / "poses.jsonl"
    path.write_text("".join(json.dumps({"schema": 1, **r}) + "\n" for r in records(truth, files)))
    assert last(measured(dataset_of(truth, files), path)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rs: rs[1].update(skeleton="coco"), "several skeletons, lsp and coco"),
        (lambda rs: rs[1].update(box={"x": 0, "y": 0, "w": 0.001, "h": 50}), "a box of 0.001 x 50 pixels"),
        (lambda rs: rs[1].update(joints=[1, 2]), "places by name"),
        (lambda rs: rs[1]["joints"].update(neck=7), "a joint is"),
        (lambda rs: rs[1]["joints"]["neck"].update(x="1,5"), "a joint is"),
    ],
)
def test_records_that_are_not_the_firsts_kind_are_refused(change, words, tmp_path):
    truth = people(2)
    given = records(truth, ["0.jpg", "1.jpg"])
    change(given)
    with pytest.raises(Exception, match=words):
        measured(dataset_of(truth, ["0.jpg", "1.jpg"]), saved(tmp_path, given))


@pytest.mark.parametrize("kind", ["U5", "datetime64[D]", "bool", "complex128"])
def test_an_array_of_no_numbers_is_refused(kind, tmp_path):
    np.save(tmp_path / "p.npy", np.zeros((2, 14, 2)).astype("int64").astype(kind))
    with pytest.raises(Exception, match="not numbers"):
        measured(dataset_of(people(2), ["0.jpg", "1.jpg"]), tmp_path / "p.npy")


# COCO ------------------------------------------------------------------------------------------------------------


def coco_file(path: Path, joints: np.ndarray, images: list[Row], of: list[Any]) -> Path:
    """People in COCO's pixels, each of the image of an id."""
    rows = [
        {
            "id": 10 + n, "image_id": i, "category_id": 1, "iscrowd": 0, "num_keypoints": 17, "area": 4000.0 + n,
            "bbox": [*xy.min(0), *np.ptp(xy, axis=0)], "keypoints": np.insert(xy, 2, 2, axis=1).ravel().tolist(),
        }
        for n, (xy, i) in enumerate(zip(joints, of, strict=True))
    ]  # fmt: skip
    edges = [[a + 1, b + 1] for a, b in COCO.edges]
    person = {"id": 1, "name": "person", "keypoints": list(COCO.joints), "skeleton": edges}
    path.write_text(json.dumps({"images": images, "annotations": rows, "categories": [person]}))
    return path


def results(joints: np.ndarray, of: list[Any]) -> list[Row]:
    flat = np.insert(joints, 2, 1, axis=2).reshape(len(joints), -1).tolist()
    return [
        {"image_id": i, "category_id": 1, "keypoints": k, "score": 0.9} for i, k in zip(of, flat, strict=True)
    ]


def score(capsys: pytest.CaptureFixture[str], root: Path, pred: Path, *flags: str) -> tuple[int, Row, str]:
    code = cli.main(["score", "coco", "--root", str(root), "--pred", str(pred), "--json", *flags])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


@pytest.mark.parametrize(
    ("ids", "names"),
    [((1, 2, 3), ("000003", "000001", "000002")), (("x", "y", "z"), ("alpha", "beta", "gamma"))],
)
def test_image_ids_are_the_files_own(ids, names, tmp_path, capsys):
    pytest.importorskip("faster_coco_eval")
    truth = people(3, COCO)
    images = [{"id": i, "file_name": f"{name}.jpg"} for i, name in zip(ids, names, strict=True)]
    root = coco_file(tmp_path / "labels.json", truth, images, list(ids))
    code, result, err = score(capsys, root, saved(tmp_path, results(truth, list(ids))[::-1]))
    assert code == 0, err
    assert result["coco"]["AP"] == pytest.approx(1)
    assert last(result) == 1
    assert result["mean_pose"] is None


def test_one_id_for_two_pictures_is_refused(tmp_path, capsys):
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}]
    root = coco_file(tmp_path / "labels.json", people(1, COCO), images, [1])
    code, _, err = score(capsys, root, saved(tmp_path, results(people(1, COCO), [1])))
    assert code == 2
    assert "two pictures' each, the first of them 1" in err


def test_damage_costs_only_the_annotation_it_is_in(tmp_path):
    truth = people(5, COCO)
    images = [{"id": i, "file_name": f"{i}.jpg"} for i in range(5)]
    path = coco_file(tmp_path / "labels.json", truth, images, list(range(5)))
    content = json.loads(path.read_text())
    rows = content["annotations"]
    del rows[0]["bbox"]
    rows[1]["keypoints"] = None
    rows[2]["keypoints"] = rows[2]["keypoints"][:48]
    rows[3]["image_id"] = 99
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    data = read("coco", path, "val")
    assert [a.id for a in data.annotations] == [10, 14]
    assert data.annotations[0].box is None
    assert [a.row for a in data.annotations] == [0, 4]
    assert len(data.notes) == 3
    assert any("keypoints are not 17 times x, y, v" in note for note in data.notes)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(categories=["person"]),
        lambda c: c["categories"][0].update(skeleton=[[1, 2, 3]], keypoints=[f"j{i}" for i in range(17)]),
        lambda c: c.update(annotations=[{"id": 1}]),
        lambda c: c.update(images=5),
        lambda c: c["images"][0].update(file_name=7),
    ],
)
def test_what_is_not_cocos_format_is_named(change, tmp_path):
    path = coco_file(tmp_path / "labels.json", people(1, COCO), [{"id": 1, "file_name": "a.jpg"}], [1])
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(Exception, match=r"labels\.json") as error:
        read("coco", path, "val")
    assert type(error.value).__name__ == "DataError"


@pytest.mark.parametrize(
    "text", ['{"images": [{"id": 1%s}]}' % ("0" * 5000), "[" * 100_000, "\x00", "[1, 2]"]
)
def test_what_is_no_json_of_ours_is_named(text, tmp_path):
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(Exception, match=r"labels\.json") as error:
        read("coco", tmp_path / "labels.json", "val")
    assert type(error.value).__name__ == "DataError"


def test_edges_may_be_named_and_joints_be_numbers(tmp_path):
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 4, "keypoints": [1, 2, 2, 3, 4, 2]}],
        "categories": [{"id": 4, "name": "pen", "keypoints": [10, 20], "skeleton": [["10", "20"]]}],
    }
    data = read("coco", saved(tmp_path, content), "val")
    assert (data.skeleton.joints, data.skeleton.edges) == (("10", "20"), ((0, 1),))


def random_coco(seed: int) -> tuple[Row, list[Row]]:
    """A file with areas, crowds, people without keypoints, another category, and results of everything wrong."""
    rng = np.random.default_rng(seed)
    images = [
        {"id": int(i), "file_name": f"{i}.jpg", "width": 640, "height": 480}
        for i in rng.permutation(40) + 100
    ]
    rows: list[Row] = []
    told: list[Row] = []
    for image in images:
        for _ in range(int(rng.integers(0, 4))):
            size = rng.uniform(20, 250)
            xy = rng.uniform(0, size, (17, 2)) + rng.uniform(0, 300, 2)
            v = rng.integers(0, 3, 17) if rng.random() < 0.8 else np.zeros(17, int)
            keypoints = np.concatenate([np.where(v[:, None] > 0, xy, 0), v[:, None]], axis=1)
            rows.append({
                "id": len(rows) + 1, "image_id": image["id"], "category_id": 1, "iscrowd": int(rng.random() < 0.1),
                "bbox": [*xy.min(0).tolist(), *np.ptp(xy, axis=0).tolist()], "num_keypoints": int((v > 0).sum()),
                "area": float(size**2 * rng.uniform(0.2, 0.9)), "keypoints": keypoints.ravel().tolist(),
            })  # fmt: skip
            for _ in range(int(rng.integers(0, 3))):
                guess = xy + rng.normal(0, size * rng.choice([0.02, 0.06, 0.2]), xy.shape)
                told.append(*results(guess[None], [image["id"]]))
                told[-1]["score"] = float(rng.random())
    person = {"id": 1, "name": "person", "keypoints": list(COCO.joints), "skeleton": []}
    categories = [person, {"id": 2, "name": "cup"}]
    rows.append({**rows[0], "id": 999, "category_id": 2})
    return {"images": images, "annotations": rows, "categories": categories}, told


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_pycocotools(seed, tmp_path, capsys):
    pytest.importorskip("faster_coco_eval")
    pycoco, evaluation = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    content, told = random_coco(seed)
    truth = saved(tmp_path, content, "labels.json")
    theirs = pycoco.COCO(str(truth))
    run = evaluation.COCOeval(theirs, theirs.loadRes(json.loads(json.dumps(told))), "keypoints")
    run.params.catIds = [1]
    run.evaluate()
    run.accumulate()
    run.summarize()
    capsys.readouterr()
    strange = [{**told[0], "image_id": 9999, "score": 1.0}, {**told[0], "category_id": 2, "score": 1.0}]
    code, result, err = score(capsys, truth, saved(tmp_path, strange + told), "--missing-wrong")
    assert code == 0, err
    values = [np.nan if v < 0 else v for v in run.stats[:10]]
    np.testing.assert_allclose(
        [np.nan if v is None else v for v in result["coco"].values()], values, atol=1e-9
    )
    assert 0.05 < result["coco"]["AP"] < 0.95


def test_the_share_of_oks_is_the_plain_loops(tmp_path, capsys):
    """People with ten labelled joints or more; OKS of the twelve from shoulders to ankles with the file's areas."""
    rng = np.random.default_rng(4)
    truth = people(40, COCO)
    images = [{"id": i, "file_name": f"{i}.jpg"} for i in range(40)]
    path = coco_file(tmp_path / "labels.json", truth, images, list(range(40)))
    content = json.loads(path.read_text())
    seen = rng.random((40, 17)) < 0.62
    for row, mask in zip(content["annotations"], seen, strict=True):
        row["keypoints"] = [v if mask[k // 3] else 0 for k, v in enumerate(row["keypoints"])]
    path.write_text(json.dumps(content))
    guess = truth + rng.normal(0, 9, truth.shape)
    code, result, err = score(capsys, path, saved(tmp_path, results(guess, list(range(40)))))
    assert code == 0, err
    sigma = dict(zip(COCO.joints, oks.sigmas(COCO), strict=True))
    each = []
    for n in range(40):
        if seen[n].sum() < 10:
            continue
        parts = [
            np.exp(-((truth[n, k] - guess[n, k]) ** 2).sum() / (2 * (4000 + n) * (2 * sigma[joint]) ** 2))
            for k, joint in enumerate(COCO.joints)
            if seen[n, k] and joint.split("_")[-1] in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        ]
        each.append(np.mean(parts))
    share = result["stages"][0]["oks_share"]
    assert (share["people"], share["least"], len(share["joints"])) == (len(each), 10, 12)
    assert 10 < len(each) < 40
    hits = [
        np.linalg.norm(truth[n, k] - guess[n, k]) <= 0.2 * np.linalg.norm(truth[n, 5] - truth[n, 12])
        for n in range(40)
        for k in range(5, 17)
        if seen[n].sum() >= 10 and seen[n, [k, 5, 12]].all()
    ]
    assert share["pdj"] == pytest.approx(np.mean(hits))
    assert share["value"] == pytest.approx(
        np.mean([[v >= t for v in each] for t in np.arange(0.5, 0.96, 0.05)])
    )
    assert f"{len(each)} people with 10 labelled joints or more" in err


# Commands --------------------------------------------------------------------------------------------------------


def test_a_table_of_dashes_is_no_success(tmp_path, capsys):
    images = [{"id": 1, "file_name": "a.jpg"}]
    names = [f"j{i}" for i in range(17)]
    path = coco_file(tmp_path / "labels.json", people(1, COCO), images, [1])
    content = json.loads(path.read_text())
    content["categories"][0]["keypoints"] = names
    path.write_text(json.dumps(content))
    given = records(people(1, COCO), ["a.jpg"], COCO)
    code, _, err = score(capsys, path, saved(tmp_path, given))
    assert code == 1
    assert "nothing could be counted" in err


def test_limits_below_one_are_refused(tmp_path, capsys):
    path = coco_file(tmp_path / "labels.json", people(2, COCO), [{"id": 1, "file_name": "a.jpg"}], [1, 1])
    with pytest.raises(SystemExit) as stopped:
        score(capsys, path, saved(tmp_path, results(people(2, COCO), [1, 1])), "--limit", "0")
    assert stopped.value.code == 2
    assert "--limit" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="at least one person"):
        assess.read_truth("coco", path, limit=0)


def test_a_file_of_labels_is_not_its_own_training_set(tmp_path):
    path = coco_file(tmp_path / "labels.json", people(2, COCO), [{"id": 1, "file_name": "a.jpg"}], [1, 1])
    assert assess.training_people("coco", path) is None
    assert assess.training_people("coco", tmp_path, path) is None


def test_a_place_to_save_that_is_none_is_told_before_the_work(tmp_path, capsys):
    args = ["evaluate", "lsp", "--root", str(tmp_path), "--save-predictions", str(tmp_path / "no/x.json")]
    assert cli.main(args) == 2
    assert "--save-predictions" in capsys.readouterr().err


def test_someone_of_one_joint_starts_from_the_data_sets_box_or_the_picture(tmp_path):
    from deeppose.start_boxes import start

    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg")
    one, both = np.arange(14) == 3, np.ones(14, bool)
    own = np.array([20.0, 20, 10, 30])
    rows = [
        Annotation(tmp_path / "a.jpg", people(1)[0], both, both),
        Annotation(tmp_path / "a.jpg", people(1)[0], one, one, own),
        Annotation(tmp_path / "a.jpg", people(1)[0], one, one),
    ]
    found = start("ground-truth", Dataset("made", "test", LSP, rows))
    assert found.boxes[1:].tolist() == [[20, 20, 10, 30], [30, 20, 60, 40]]
    assert "2 people have joints on one spot" in found.note
    given = start("given", Dataset("made", "test", LSP, rows), grow=1.5)
    assert given.boxes[1].tolist() == [20, 20, 15, 45]
    assert "2 people have none" in given.note


def test_everybody_is_predicted_in_the_data_sets_order_whatever_that_of_pictures(tmp_path):
    """The toy model's joints are those of the box alone; people of one picture are not neighbours in the file."""
    pytest.importorskip("onnx")
    from deeppose.inference.everyone import predict
    from deeppose.inference.predictor import Predictor
    from toymodel import CARD, offsets, write_model

    for name in "ab":
        Image.new("RGB", (90, 80)).save(tmp_path / f"{name}.png")
    seen = np.ones(14, bool)
    rows = [Annotation(tmp_path / f"{name}.png", np.ones((14, 2)), seen, seen) for name in "abba"]
    boxes = np.array([[30.0, 40, 20, 30], [40, 40, 30, 30], [50, 40, 40, 20], [60, 40, 50, 60]])
    predictor = Predictor(write_model(tmp_path / "toy.onnx", CARD), threads=1)
    poses = predict(Dataset("made", "test", LSP, rows), boxes, predictor)
    np.testing.assert_allclose(poses.boxes, boxes)
    expected = boxes[:, None, :2] + offsets()[-1] * boxes[:, None, 2:]
    np.testing.assert_allclose(poses.joints, expected, atol=0.05)


def test_detections_have_an_average_precision_whatever_names_their_pictures(tmp_path, capsys):
    """Our JSON lines and a COCO file of a detector's people, its own picture numbers, as COCO results of the same."""
    pytest.importorskip("faster_coco_eval")
    rng = np.random.default_rng(5)
    truth = people(3, COCO)
    names = ["empty.jpg", "a.jpg", "b.jpg"]
    images = [{"id": 70 + i, "file_name": name} for i, name in enumerate(names)]
    root = coco_file(tmp_path / "labels.json", truth, images, [71, 71, 72])
    guess = np.concatenate([truth, truth[:2] + 3000]) + rng.normal(0, 6, (5, 17, 2))
    of, score_of = [71, 71, 72, 72, 70], [0.5, 0.9, 0.6, 0.8, 0.7]
    told = [{**r, "score": s} for r, s in zip(results(guess, of), score_of, strict=True)]
    _, expected, _ = score(capsys, root, saved(tmp_path, told))
    assert 0.1 < expected["coco"]["AP"] < 0.95
    files = [f"elsewhere/{names[i - 70]}" for i in of]
    ours = [{**r, "score": s} for r, s in zip(records(guess + 0.5, files, COCO), score_of, strict=True)]
    path = tmp_path / "poses.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in ours))
    _, found, _ = score(capsys, root, path)
    assert found["coco"] == pytest.approx(expected["coco"], abs=1e-3, nan_ok=True)
    numbered = {"images": [{"id": 3 - i, "file_name": f"x/{name}"} for i, name in enumerate(names)]}
    content = {**numbered, "annotations": [{**r, "image_id": 73 - r["image_id"]} for r in told]}
    _, found, _ = score(capsys, root, saved(tmp_path, content))
    assert found["coco"] == expected["coco"]
    assert found["stages"][0]["pdj"] == expected["stages"][0]["pdj"]
