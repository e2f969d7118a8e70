"""Poses leave and come back the same; what is wrong in a file of predictions is named."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from deeppose.errors import DataError
from deeppose.poses import Poses, concatenate, from_coco, from_records
from deeppose.skeleton import LSP


def some(n=3, stages=3):
    rng = np.random.default_rng(0)
    every = rng.uniform(-20, 500, (n, stages, 14, 2)).round(3)
    scores = rng.random((n, stages, 14)).round(4)
    return Poses(LSP, every[:, -1], scores[:, -1], rng.uniform(10, 90, (n, 4)), every, scores)


def test_records_round_trip_through_json_with_every_stage():
    poses = some()
    text = json.dumps(poses.to_records(["a.jpg", "b.jpg", "b.jpg"], all_stages=True))
    back, files = from_records(json.loads(text), LSP)
    assert files == ["a.jpg", "b.jpg", "b.jpg"]
    for name in ("joints", "scores", "stages", "stage_scores"):
        np.testing.assert_array_equal(getattr(back, name), getattr(poses, name))
    np.testing.assert_allclose(back.boxes, poses.boxes, atol=2e-3)


def test_a_record_is_what_the_reader_of_it_expects():
    poses = Poses(LSP, np.full((1, 14, 2), 1.5), np.full((1, 14), 0.25), np.array([[50.0, 40.0, 20.0, 10.0]]))
    (record,) = poses.to_records("a.jpg")
    assert set(record) == {"file", "skeleton", "box", "joints"}
    assert record["box"] == {"x": 40.0, "y": 35.0, "w": 20.0, "h": 10.0}
    assert record["joints"]["head_top"] == {"x": 1.5, "y": 1.5, "score": 0.25}
    assert list(record["joints"]) == list(LSP.joints)


def test_coco_results_round_trip_and_count_pixels_from_zero():
    poses = some()
    results = json.loads(json.dumps(poses.to_coco([7, 8, 8])))
    assert results[0]["keypoints"][0] == pytest.approx(poses.joints[0, 0, 0] - 0.5)
    assert results[1]["score"] == pytest.approx(poses.scores[1].mean())
    back, ids = from_coco(results, LSP)
    assert ids == [7, 8, 8]
    np.testing.assert_allclose(back.joints, poses.joints, atol=1e-3)


def test_csv_has_one_line_a_person():
    poses = some()
    lines = list(csv.DictReader(io.StringIO(poses.to_csv("a, b.jpg"))))
    assert [line["file"] for line in lines] == ["a, b.jpg"] * 3
    assert float(lines[2]["neck_y"]) == pytest.approx(poses.joints[2, 12, 1])


def test_people_of_several_pictures_are_put_together():
    both = concatenate([some(2), some(1)])
    assert len(both) == 3
    np.testing.assert_array_equal(both.stages[2], some(1).stages[0])
    bare = Poses(LSP, np.zeros((1, 14, 2)), np.zeros((1, 14)), np.zeros((1, 4)))
    assert concatenate([some(2), bare]).stages is None


def test_nobody_is_a_value_too():
    nobody = Poses(LSP, np.zeros((0, 14, 2)), np.zeros((0, 14)), np.zeros((0, 4)))
    assert nobody.to_records("a.jpg") == []
    assert len(from_records([], LSP)[0]) == 0
    assert len(from_coco([], LSP)[0]) == 0


def test_what_is_wrong_is_named():
    (record,) = some(1).to_records("a.jpg")
    record["joints"]["left_ankel"] = record["joints"].pop("left_ankle")
    with pytest.raises(DataError, match=r"lacks left_ankle.*did you mean 'left_ankle'"):
        from_records([record], LSP)
    with pytest.raises(DataError, match="no joints"):
        from_records([{"file": "a.jpg"}], LSP)
    with pytest.raises(DataError, match="'x'"):
        from_records([{"joints": {joint: {"x": 1} for joint in LSP.joints}}], LSP)
    with pytest.raises(DataError, match="51 keypoint numbers are not 3 x 14"):
        from_coco([{"image_id": 1, "keypoints": [0] * 51}], LSP)
    with pytest.raises(ValueError, match="people and joints"):
        Poses(LSP, np.zeros((2, 14, 2)), np.zeros((1, 14)), np.zeros((2, 4)))
    uneven = [some(1, 2).to_records("a", True)[0], some(1, 3).to_records("b", True)[0]]
    with pytest.raises(DataError, match=r"\[2, 3\]"):
        from_records(uneven, LSP)
