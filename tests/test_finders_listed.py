"""Boxes by file: each format says the same people, and a wrong record is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from deeppose.errors import DataError
from deeppose.inference.finders.listed import ListedBoxes
from deeppose.inference.finders.margins import COCO
from deeppose.inference.frames import Frame

PIXELS = np.zeros((200, 300, 3), np.uint8)


def frame(source: str, index: int = 0) -> Frame:
    return Frame(source, index, None, PIXELS)


CSV = "file,frame,x,y,w,h,score\na/dance.mp4,4,10,20,30,60,0.5\na/dance.mp4,4,100,20,40,80,0.9\nb.jpg,,1,2,3,4,\n"
ROWS = [
    {
        "file": "a/dance.mp4",
        "frame": 4,
        "box": {"x": 10, "y": 20, "w": 30, "h": 60},
        "box_score": 0.5,
        "score": 0.1,
    },
    {"file": "a/dance.mp4", "frame": 4, "box": [100, 20, 40, 80], "score": 0.9},
    {"file": "c.jpg", "frame": 0, "people": 0},
    {"file": "b.jpg", "x": 1, "y": 2, "w": 3, "h": 4},
]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_every_format_says_the_same(tmp_path: Path, kind: str) -> None:
    texts = {"csv": CSV, "json": json.dumps(ROWS), "jsonl": "\n".join(map(json.dumps, ROWS))}
    path = tmp_path / f"people.{kind}"
    path.write_text(texts[kind])
    finder = ListedBoxes(path)
    found = finder.of(frame("a/dance.mp4", 4))
    assert found.boxes.tolist() == [[120, 60, 40, 80], [25, 50, 30, 60]]
    assert found.scores.tolist() == [0.9, 0.5]
    assert len(finder.of(frame("a/dance.mp4", 3))) == 0
    assert len(finder.of(frame("elsewhere/dance.mp4", 4))) == 2  # by its name
    assert finder.of(frame("b.jpg")).boxes.tolist() == [[2.5, 4, 3, 4]]
    assert len(finder.of(frame("c.jpg"))) == 0
    with pytest.raises(DataError, match="by pictures' names"):
        finder(PIXELS)


def test_coco_boxes_are_given_the_cascade_s_margin(tmp_path: Path) -> None:
    said = {
        "images": [{"id": 7, "file_name": "b.jpg"}],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "bbox": [50, 60, 40, 80]},
            {"image_id": 7, "category_id": 1, "bbox": [0, 0, 300, 90], "iscrowd": 1},
            {"image_id": 7, "category_id": 2, "bbox": [5, 5, 9, 9]},
        ],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(said))
    found = ListedBoxes(path).of(frame("pictures/b.jpg"))
    np.testing.assert_allclose(found.boxes, COCO(np.array([[70.0, 100, 40, 80]]), np.array([300.0, 200])))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "file,x,y,w\nb.jpg,1,2,3\n", "record 1: KeyError.*file, x, y, w, h"),
        ("a.csv", "file,x,y,w,h\nb.jpg,1,2,0,4\n", "record 1: .*box 1, 2, 0, 4 has no area"),
        ("a.json", "{", "cannot be read as JSON"),
        ("a.json", '{"images": 3, "annotations": []}', "not COCO's format"),
        ("a.json", '"people"', "neither a list of records nor a COCO file"),
        ("a.json", "[3]", "record 1"),
        ("a.jsonl", '{"file": "b", "x": "left", "y": 0, "w": 1, "h": 1}', "record 1: ValueError"),
    ],
)
def test_a_wrong_file_is_named_with_its_record(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataError, match=message) as error:
        ListedBoxes(path)
    assert name in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv"):
        ListedBoxes(tmp_path / "none.csv")


def test_predict_takes_boxes_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cv2

    from deeppose.cli import main

    for name in ("one.png", "two.png"):
        cv2.imwrite(str(tmp_path / name), np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))
    (tmp_path / "people.csv").write_text("file,x,y,w,h\none.png,10,5,60,80\none.png,40,5,60,80\n")
    pictures = [str(tmp_path / name) for name in ("one.png", "two.png")]
    assert main(["predict", *pictures, "--boxes", str(tmp_path / "people.csv"), "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(Path(r["file"]).name, r["people"]) for r in records] == [
        ("one.png", 2),
        ("one.png", 2),
        ("two.png", 0),
    ]
    assert records[0]["box"] == {"x": 10, "y": 5, "w": 60, "h": 80}
    assert main(["predict", *pictures, "--boxes", str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
