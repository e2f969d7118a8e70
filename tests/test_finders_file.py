"""Detectors by file: their layouts told apart, boxes brought back to the picture, and what is no detector."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from deeppose.errors import ConfigError, ModelError
from deeppose.inference.finders.detector_file import DetectorFile, suppress
from deeppose.inference.finders.layouts import Yolox, grid
from deeppose.inference.finders.letterbox import letterbox
from deeppose.inference.finders.margins import Margin

Shape = list[int | str]

PICTURE = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
PERSON = np.array([20.0, 10.0, 60.0, 90.0])
"""x1, y1, x2, y2 in a letterbox of 64 x 64 made of a picture twice as large."""


def write(path: Path, image: tuple[int, Shape], outputs: dict[str, np.ndarray], said: object = None) -> Path:
    """A model that answers the same to every picture: outputs are constants plus nothing of the input."""
    kind, shape = image
    nodes, infos, constants = [], [], []
    nodes.append(helper.make_node("Cast", ["image"], ["cast"], to=TensorProto.FLOAT))
    nodes.append(helper.make_node("ReduceMax", ["cast"], ["top"], keepdims=0))
    constants.append(numpy_helper.from_array(np.float32(0), "zero"))
    nodes.append(helper.make_node("Mul", ["top", "zero"], ["nothing"]))
    for name, value in outputs.items():
        constants.append(numpy_helper.from_array(value, f"{name}.value"))
        to = helper.np_dtype_to_tensor_dtype(value.dtype)
        nodes.append(helper.make_node("Cast", ["nothing"], [f"{name}.nothing"], to=to))
        nodes.append(helper.make_node("Add", [f"{name}.value", f"{name}.nothing"], [name]))
        infos.append(helper.make_tensor_value_info(name, to, value.shape))
    graph = helper.make_graph(
        nodes, "any", [helper.make_tensor_value_info("image", kind, shape)], infos, constants
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    if said is not None:
        helper.set_model_props(model, {"deeppose": said if isinstance(said, str) else json.dumps(said)})
    onnx.save(model, str(path))
    return path


def yolox(decoded: bool) -> np.ndarray:
    """One person of class 0 at `PERSON` and one dog of class 1 elsewhere, in a 64 x 64 input of 84 cells."""
    cells, strides = grid((64, 64))
    rows = np.zeros((len(cells), 7))
    corners = np.concatenate([PERSON, [30, 30, 60, 60]]).reshape(2, 4)
    for i, box in zip((10, 70), corners, strict=True):
        rows[i, :4] = [*(box[:2] + box[2:]) / 2, *(box[2:] - box[:2])]
    at = rows[:, 2] > 0
    rows[~at, :2], rows[~at, 2:4] = (cells * strides)[~at], 1
    if not decoded:
        rows[:, :2] = rows[:, :2] / strides - cells
        rows[:, 2:4] = np.log(rows[:, 2:4] / strides)
    rows[10, 4:], rows[70, 4:] = (0.9, 0.8, 0.1), (0.9, 0.0, 0.9)
    return rows[None].astype(np.float32)


@pytest.mark.parametrize("decoded", [False, True])
def test_yolox_boxes_are_read_with_and_without_their_grid(tmp_path: Path, decoded: bool) -> None:
    path = write(tmp_path / "y.onnx", (TensorProto.FLOAT, [1, 3, 64, 64]), {"output": yolox(decoded)})
    detector = DetectorFile(path, threads=1)
    found = detector.raw(PICTURE)  # 160 x 120 into 64 x 64: 0.4 of its size, in the upper left corner
    assert detector.layout == "yolox"
    x1, y1, x2, y2 = np.minimum(PERSON / 0.4, [160, 120, 160, 120])
    np.testing.assert_allclose(found.boxes, [[(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]], atol=1e-3)
    np.testing.assert_allclose(found.scores, [0.72], atol=1e-6)


def test_rtmdet_and_plain_files_are_told_apart_and_sorted(tmp_path: Path) -> None:
    boxes = np.float32([[[0, 0, 40, 60, 0.4], [50, 5, 90, 80, 0.7], [0, 0, 10, 10, 0.9]]])
    labels = np.int64([[0, 0, 5]])
    free: Shape = [1, 3, "height", "width"]
    rtmdet = write(tmp_path / "r.onnx", (TensorProto.FLOAT, free), {"dets": boxes, "labels": labels})
    plain = write(
        tmp_path / "p.onnx", (TensorProto.UINT8, [1, "height", "width", 3]),
        {"classes": labels[0], "boxes": boxes[0, :, :4], "scores": boxes[0, :, 4]},
    )  # fmt: skip
    one, other = DetectorFile(rtmdet, side=160), DetectorFile(plain, side=160)
    assert (one.layout, other.layout) == ("rtmdet", "plain")
    for found in (one.raw(PICTURE), other.raw(PICTURE)):
        np.testing.assert_allclose(found.boxes, [[70, 42.5, 40, 75], [20, 30, 40, 60]])
        np.testing.assert_allclose(found.scores, [0.7, 0.4])


def test_a_plain_file_says_how_it_is_used(tmp_path: Path) -> None:
    parts = {"boxes": np.float32([[40, 40, 60, 80]]), "scores": np.float32([1]), "labels": np.int64([1])}
    said = {"side": 80, "person": 1, "margin": [0.1, 0.2, 0.05]}
    path = write(tmp_path / "p.onnx", (TensorProto.FLOAT, [1, 3, "h", "w"]), parts, said)
    detector = DetectorFile(path)
    assert detector.side == 80
    box = np.array([[100.0, 120.0, 40.0, 80.0]])  # twice as large in the picture, and cut at its edge
    box[:, 3], box[:, 1] = 40.0, 100.0
    np.testing.assert_allclose(detector(PICTURE).boxes, Margin(0.1, 0.2, 0.05)(box, np.array([160.0, 120.0])))


def test_of_overlapping_boxes_the_surest_stays() -> None:
    corners = np.float64([[0, 0, 10, 20], [1, 0, 11, 20], [30, 0, 40, 20], [0, 0, 10, 8]])
    assert suppress(corners, np.array([0.5, 0.9, 0.3, 0.4])).tolist() == [1, 3, 2]
    assert not len(suppress(np.zeros((0, 4)), np.zeros(0)))


def test_what_is_no_box_is_nobody(tmp_path: Path) -> None:
    boxes = np.float32(
        [[np.nan, 0, 9, 9], [9, 9, 0, 0], [200, 200, 300, 300], [0, 0, 0.2, 90], [5, 5, 50, 90]]
    )
    parts = {"boxes": boxes, "scores": np.full(5, 0.9, np.float32), "classes": np.zeros(5, np.int64)}
    path = write(tmp_path / "p.onnx", (TensorProto.UINT8, [1, "h", "w", 3]), parts)
    assert len(DetectorFile(path, side=160)(PICTURE)) == 1


@pytest.mark.parametrize(
    ("outputs", "said", "message"),
    [
        ({"joints": np.zeros((1, 17, 3), np.float32)}, None, r"none of YOLOX's .* joints \[1, 17, 3\]"),
        ({"a": np.zeros(3, np.float32)}, None, "no person detector known here"),
        (
            {"boxes": np.zeros((1, 4), "f"), "scores": np.zeros(1, "f"), "classes": np.zeros(1, np.int64)},
            "{", "metadata is not a person detector's",
        ),
    ],
)  # fmt: skip
def test_what_is_no_detector_is_refused_by_name(
    tmp_path: Path, outputs: dict[str, np.ndarray], said: str | None, message: str
) -> None:
    path = write(tmp_path / "odd.onnx", (TensorProto.FLOAT, [1, 3, 64, 64]), outputs, said)
    with pytest.raises(ModelError, match=message) as error:
        DetectorFile(path)
    assert "odd.onnx" in str(error.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx: no such detector file"):
        DetectorFile(tmp_path / "gone.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelError, match=r"text\.onnx: not a model"):
        DetectorFile(tmp_path / "text.onnx")
    with pytest.raises(ConfigError, match="from 1 to"):
        DetectorFile(
            write(tmp_path / "y.onnx", (TensorProto.FLOAT, [1, 3, 64, 64]), {"o": yolox(True)}), threads=0
        )


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (480, 640), (641, 33)])
def test_a_letterbox_leads_back(size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    for fixed in (None, (64, 96)):
        box = letterbox(picture, 64, fixed)
        assert not (np.array(box.pixels.shape[:2]) % 32).any()
        whole = np.concatenate([[0.0, 0.0], box.size * box.zoom])
        np.testing.assert_allclose(
            box.to_picture(whole[None]), [[size[1] / 2, size[0] / 2, size[1], size[0]]]
        )


def test_yolox_cells_have_the_order_of_the_file() -> None:
    cells, strides = grid((32, 64))
    assert len(cells) == 4 * 8 + 2 * 4 + 1 * 2
    assert cells[:3].tolist() == [[0, 0], [1, 0], [2, 0]]  # x runs first, finest level first
    assert strides[[0, 32, 40], 0].tolist() == [8, 16, 32]
    assert Yolox().feed(PICTURE)[0, :, 0, 0].tolist() == PICTURE[0, 0, ::-1].tolist()


@pytest.mark.realdata
@pytest.mark.parametrize(("file", "layout"), [("rtmdet_nano_person", "rtmdet"), ("yolox_nano", "yolox")])
def test_real_detectors_find_the_astronaut(data_root: Path, file: str, layout: str) -> None:
    path = data_root.parent / f"weights/{file}.onnx"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    data = pytest.importorskip("skimage.data")
    detector = DetectorFile(path, threads=1)
    found = detector.raw(data.astronaut())
    assert detector.layout == layout
    assert found.scores[0] > 0.7
    np.testing.assert_allclose(
        found.boxes[0], [190, 266, 356, 487], atol=12
    )  # as drawn by hand: 12..368, 22..510
