"""A result is JSON whatever the skeleton lacks, and its text says so instead of failing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from deeppose.data.annotation import Dataset
from deeppose.errors import ConfigError
from deeppose.evaluation import side_by_side
from deeppose.evaluation.as_json import outcome_json
from deeppose.evaluation.outcome import Evaluation
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.protocol import People, Protocol, choose_diagonal
from deeppose.evaluation.summary import summarise
from deeppose.evaluation.tables import render
from deeppose.skeleton import BUFFY, LSP, build

NOBODYS = Predictions(np.zeros((1, 0, 1, 2)), np.zeros(0, bool), np.ones(1, bool), "")
PROTOCOL = Protocol("made", "test", "full-image", "PC", "model.onnx")


def some(skeleton, n=30):
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (n, len(skeleton), 2))
    return truth, rng.random((n, len(skeleton))) < 0.8, truth + rng.normal(0, 5, (2, *truth.shape))


@pytest.mark.parametrize(
    "skeleton", [build("pen", "tip left_clip right_clip", {"tip-left_clip": "x"}, torso=()), BUFFY]
)
def test_what_a_skeleton_lacks_is_null(skeleton):
    truth, labelled, stages = some(skeleton)
    outcome = summarise(People(truth, labelled, skeleton), stages, PROTOCOL, samples=20)
    result = outcome_json(outcome)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    stage = result["stages"][1]
    assert (stage["pdj"] is None) == (skeleton.name == "pen")
    assert (stage["oks"] is None) == (skeleton.name == "pen")
    assert stage["pcp"]["strict"]["mean_of_sticks"] > 0
    dataset = Dataset("made", "test", skeleton, [])
    text = render(Evaluation(dataset, NOBODYS, outcome))
    assert "made test, 30 people" in text
    assert ("PDJ by reference length none" in text) == (skeleton.name == "pen")


def test_the_parts_of_a_result_agree_with_each_other():
    truth, labelled, stages = some(LSP, 200)
    outcome = summarise(People(truth, labelled, LSP), stages, PROTOCOL, floor=stages[0] + 50, samples=50)
    result = outcome_json(outcome)
    stage = result["stages"][0]
    curve = dict(zip(stage["pdj_curve"]["thresholds"], stage["pdj_curve"]["mean"], strict=True))
    assert {t: curve[float(t)] for t in stage["pdj"]} == {
        t: rates["mean"] for t, rates in stage["pdj"].items()
    }
    interval = stage["interval"]["pdj_0.2_mean"]
    assert interval["value"] == pytest.approx(stage["pdj"]["0.2"]["mean"])
    assert interval["low"] < interval["value"] < interval["high"]
    assert sum(stage["errors"]["all"].values()) == pytest.approx(1)
    assert stage["endpoint_error"]["count"] == labelled.sum()
    assert result["mean_pose"]["pdj"]["0.2"]["mean"] < stage["pdj"]["0.2"]["mean"]
    assert "interval" not in result["mean_pose"]


def test_predictions_of_other_people_are_refused():
    truth, labelled, stages = some(LSP)
    with pytest.raises(ConfigError, match=r"\(S, N, K, 2\)"):
        summarise(People(truth, labelled, LSP), stages[:, :3], PROTOCOL)


def test_the_first_diagonal_is_used_unless_nobody_has_it():
    labelled = np.ones((3, 11), bool)
    assert choose_diagonal(labelled, BUFFY) == "first"
    labelled[:, 9:] = False
    assert choose_diagonal(labelled, BUFFY) == "preferred"
    truth, _, stages = some(BUFFY, 3)
    protocol = Protocol("buffy", "test", "full-image", "OC", "m", diagonal="preferred")
    result = outcome_json(summarise(People(truth, labelled, BUFFY), stages, protocol, samples=0))
    assert result["protocol"]["diagonal_joints"].endswith("neck-pelvis")
    assert result["stages"][0]["pdj"]["0.2"]["joints"]["neck"] is not None


def test_printed_rows_hold_their_own_numbers():
    truth, labelled, stages = some(LSP, 200)
    predicted = truth + 6 * (stages - truth)  # far enough for strict and loose to differ
    outcome = summarise(People(truth, labelled, LSP), predicted, PROTOCOL, samples=0)
    evaluation = Evaluation(Dataset("made", "test", LSP, []), NOBODYS, outcome)
    rows = {line[:18].strip(): line.split() for line in render(evaluation).splitlines()}
    for number, measured in enumerate(outcome.stages, 1):
        assert measured.pcp.strict.mean < measured.pcp.loose.mean - 0.01
        for rule, rates in (("strict", measured.pcp.strict), ("loose", measured.pcp.loose)):
            assert float(rows[f"stage {number}, {rule}"][-1]) == pytest.approx(rates.mean, abs=5e-4)
    head, row = (line.split("  ") for line in side_by_side.render({"face": evaluation}, {}).splitlines()[4:6])
    told = dict(zip([w for w in head if w.strip()], [w for w in row if w.strip()][1:], strict=False))
    last = outcome.last
    assert last.pdj is not None
    expected = {
        " PDJ@0.1": last.pdj.at[0.1].mean,
        "PDJ@0.2": last.pdj.at[0.2].mean,
        "strict PCP": last.pcp.strict.mean,
        "loose PCP": last.pcp.loose.mean,
    }
    found = {name.strip(): float(value) for name, value in told.items() if "P" in name and "EPE" not in name}
    assert found == pytest.approx({name.strip(): value for name, value in expected.items()}, abs=5e-4)
