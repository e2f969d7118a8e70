"""The exported file is the trained cascade: same numbers, any number of people, everything it needs inside."""

from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from deeppose.model.cascade import Cascade, CascadeConfig, StageConfig
from deeppose.training.export import export

STAGE = StageConfig("compact", {"input_size": 64, "deep": False, "width": 16})


@pytest.fixture(scope="module")
def cascade():
    torch.manual_seed(0)
    model = Cascade(
        CascadeConfig("lsp", (STAGE, STAGE), sigma=1.5, square=True, looks=2, flip=True, fuse=True)
    ).eval()
    for stage in model.stages:
        nn.init.normal_(stage.votes.weight, std=0.02)
    return model


@pytest.fixture(scope="module")
def session(cascade, tmp_path_factory):
    path = export(cascade, tmp_path_factory.mktemp("export") / "toy.onnx", "toy", half=False, seed=7)
    return onnxruntime.InferenceSession(str(path))


@pytest.mark.parametrize("people", [1, 2, 5])
def test_torch_and_onnx_agree(cascade, session, people):
    generator = torch.Generator().manual_seed(people)
    canvases = torch.randint(0, 256, (people, 256, 256, 3), dtype=torch.uint8, generator=generator)
    boxes = torch.rand(people, 4, generator=generator) * 40 + torch.tensor([100.0, 100.0, 80.0, 100.0])
    with torch.no_grad():
        expected = cascade(cascade.prepare(canvases), boxes)
        scores = cascade.scores(expected)
    joints, confidences = session.run(None, {"canvases": canvases.numpy(), "boxes": boxes.numpy()})
    assert joints.shape == (people, 2, 14, 2)
    assert np.abs(joints - expected.joints.numpy()).max() < 0.05
    assert np.abs(confidences - scores.numpy()).max() < 1e-3


def test_the_file_says_what_it_is(session):
    meta = json.loads(session.get_modelmeta().custom_metadata_map["deeppose"])
    assert meta["skeleton"] == "lsp"
    assert (meta["name"], meta["stages"], meta["canvas"], meta["sigma"], meta["seed"]) == (
        "toy",
        2,
        256,
        1.5,
        7,
    )


def test_half_the_size_and_close(cascade, session, tmp_path):
    whole = export(cascade, tmp_path / "full.onnx", "toy", half=False)
    small = export(cascade, tmp_path / "half.onnx", "toy", half=True)
    assert small.stat().st_size < 0.65 * whole.stat().st_size
    canvases = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    boxes = np.array([[128, 128, 100, 150]] * 2, np.float32)
    ours = onnxruntime.InferenceSession(str(small)).run(None, {"canvases": canvases, "boxes": boxes})
    assert np.abs(ours[0] - session.run(None, {"canvases": canvases, "boxes": boxes})[0]).max() < 0.05
