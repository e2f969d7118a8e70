"""A model is what its card says, or it is refused when it is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import deeppose
from deeppose.errors import ModelError
from deeppose.inference import sealing, shipped
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.onnx_model import OnnxModel
from toymodel import CARD, K, flipped, offsets, write_model


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"stages": 2}, "contradict each other: joints"),
        ({"stages": 1}, "contradict each other: joints"),
        ({"skeleton": "box"}, "contradict each other: joints"),
        ({"canvas": 128}, "contradict each other: canvases"),
        ({"canvas": 10**9}, "canvas 1000000000"),
        ({"stages": 0}, "stages 0"),
        ({"context": 0}, "context 0"),
        ({"context": -1}, "context -1"),
        ({"context": float("nan")}, "context nan"),
        ({"context": float("inf")}, "context inf"),
        ({"stages": 10**400}, "metadata cannot be understood"),
        ({"name": None, "stages": None}, "metadata cannot be understood"),
    ],
)
def test_metadata_that_lie(tmp_path: Path, lie: dict[str, Any], said: str) -> None:
    write_model(tmp_path / "toy.onnx", {**CARD, **lie})
    with pytest.raises(ModelError, match=f"toy.onnx: .*{said}"):
        deeppose.load(tmp_path / "toy.onnx")


def test_one_joint_or_one_stage_is_not_spread_over_many(tmp_path: Path) -> None:
    for name, places in (("joint", offsets()[:, :1]), ("stage", offsets()[:1])):
        path = write_model(tmp_path / f"{name}.onnx", CARD, places=places)
        with pytest.raises(ModelError, match="contradict each other"):
            deeppose.load(path)


def test_undeclared_shapes_are_found_by_running(tmp_path: Path) -> None:
    model = onnx.load(write_model(tmp_path / "toy.onnx", CARD, places=offsets()[:1]))
    for value in model.graph.output:
        value.type.tensor_type.shape.dim[1].dim_param = "S"
    onnx.save(model, tmp_path / "toy.onnx")
    with pytest.raises(ModelError, match=r"contradict each other|answers with"):
        deeppose.load(tmp_path / "toy.onnx")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_model_without_numbers_is_refused(tmp_path: Path, value: float) -> None:
    places = offsets()
    places[-1, 3, 0] = value
    with pytest.raises(ModelError, match="no numbers"):
        deeppose.load(write_model(tmp_path / "toy.onnx", CARD, places=places))


def test_numbers_that_fail_later_are_refused_then(tmp_path: Path) -> None:
    model = OnnxModel(write_model(tmp_path / "toy.onnx", CARD, scale=1e30))
    canvases = np.zeros((1, 256, 256, 3), np.uint8)
    with pytest.raises(ModelError, match="no numbers"):
        model.run(canvases, np.array([[0, 0, 1e20, 1e20]], np.float32))


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    path = write_model(tmp_path / "toy.onnx", {**CARD, **sealing.UNSEALED})
    whole = sealing.sealed(path.read_bytes())
    path.write_bytes(whole)
    assert deeppose.load(path).predict(np.zeros((90, 80, 3), np.uint8), full_image=True).joints.shape == (
        1,
        K,
        2,
    )
    path.write_bytes(flipped(whole))
    with pytest.raises(ModelError, match=r"toy\.onnx: damaged, or changed since it was exported"):
        deeppose.load(path)


@pytest.mark.parametrize("file", sorted(shipped.FOLDER.glob("*.onnx")), ids=lambda file: file.stem)
def test_every_file_that_ships_holds_its_hash(file: Path, tmp_path: Path) -> None:
    whole, opened = file.read_bytes(), DetectorFile if file == shipped.DETECTOR else deeppose.load
    assert sealing.sealed(whole) == whole
    (tmp_path / "flipped.onnx").write_bytes(flipped(whole))
    with pytest.raises(ModelError, match=r"flipped\.onnx: damaged, or changed since it was exported"):
        opened(tmp_path / "flipped.onnx")


def test_a_file_whose_kind_always_holds_a_hash_is_refused_without_it(tmp_path: Path) -> None:
    path = write_model(tmp_path / "toy.onnx", {**CARD, "format": 2})
    with pytest.raises(ModelError, match=r"toy\.onnx: .*no place for its SHA-256.*export it again"):
        deeppose.load(path)


@pytest.mark.parametrize("threads", [0, -1, 2147483648, "2", True, 1.5])
def test_threads(tmp_path: Path, threads: Any) -> None:
    path = write_model(tmp_path / "toy.onnx", CARD)
    with pytest.raises(deeppose.ConfigError, match="threads must be a number"):
        deeppose.load(path, threads=threads)
