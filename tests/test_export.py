"""The exported file is the trained cascade: same numbers, any number of people, everything it needs inside."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from deeppose.cli import main
from deeppose.errors import ConfigError, ModelError
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.shipped import PAPER, locate, names
from deeppose.model import confidence
from deeppose.model.cascade import Cascade, CascadeConfig, StageConfig
from deeppose.model.mobilenet import MobileNetV2
from deeppose.skeleton import LSP
from deeppose.skeleton_json import from_json
from deeppose.training import checkpoint, recipes
from deeppose.training.export import export
from deeppose.training.starts.trunk import load_trunk

STAGE = StageConfig("compact", {"input_size": 64, "deep": False, "width": 16})


@pytest.fixture(scope="module")
def cascade():
    torch.manual_seed(0)
    model = Cascade(
        CascadeConfig(LSP, (STAGE, STAGE), sigma=1.5, square=True, looks=2, flip=True, fuse=True)
    ).eval()
    for stage in model.stages:
        nn.init.normal_(stage.votes.weight, std=0.02)
    # As a trained one's: with those it starts with, scores would be the same without calibration and presence.
    model.calibration.copy_(torch.tensor([[0.3, 0.7, 0.2, 0.5], [-0.4, 0.6, 0.5, 0.8]]))
    nn.init.normal_(model.presence, std=0.3)
    return model


@pytest.fixture(scope="module")
def whole(cascade, tmp_path_factory):
    return export(cascade, tmp_path_factory.mktemp("export") / "toy.onnx", "toy", half=False, seed=7)


@pytest.fixture(scope="module")
def session(whole):
    return onnxruntime.InferenceSession(str(whole))


@pytest.mark.parametrize("people", [1, 2, 5])
def test_torch_and_onnx_agree(cascade, session, people):
    generator = torch.Generator().manual_seed(people)
    canvases = torch.randint(0, 256, (people, 256, 256, 3), dtype=torch.uint8, generator=generator)
    boxes = torch.rand(people, 4, generator=generator) * 40 + torch.tensor([100.0, 100.0, 80.0, 100.0])
    with torch.no_grad():
        expected = cascade(cascade.prepare(canvases), boxes)
        scores = confidence.scores(cascade, expected)
    joints, confidences = session.run(None, {"canvases": canvases.numpy(), "boxes": boxes.numpy()})
    assert joints.shape == (people, 2, 14, 2)
    assert np.abs(joints - expected.joints.numpy()).max() < 0.05
    assert np.abs(confidences - scores.numpy()).max() < 1e-3


def test_the_file_says_what_it_is(session):
    meta = json.loads(session.get_modelmeta().custom_metadata_map["deeppose"])
    assert meta["format"] == 2
    assert from_json(meta["skeleton"]) == LSP
    assert (meta["name"], meta["stages"], meta["canvas"], meta["sigma"], meta["seed"]) == (
        "toy",
        2,
        256,
        1.5,
        7,
    )


def test_half_the_size_and_close(cascade, whole, session, tmp_path):
    small = export(cascade, tmp_path / "half.onnx", "toy", half=True)
    assert small.stat().st_size < 0.65 * whole.stat().st_size
    canvases = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    boxes = np.array([[128, 128, 100, 150]] * 2, np.float32)
    ours = onnxruntime.InferenceSession(str(small)).run(None, {"canvases": canvases, "boxes": boxes})
    assert np.abs(ours[0] - session.run(None, {"canvases": canvases, "boxes": boxes})[0]).max() < 0.05


def test_the_first_stage_alone_answers_as_it_does_within_the_whole(cascade, tmp_path):
    canvases = torch.randint(
        0, 256, (2, 256, 256, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(3)
    )
    boxes = torch.tensor([[128.0, 128.0, 100.0, 150.0]] * 2)
    with torch.no_grad():
        both = cascade(cascade.prepare(canvases), boxes)
        scores = confidence.scores(cascade, both)
    path = export(cascade.first(1), tmp_path / "first.onnx", "first", half=False)
    part = OnnxModel(path)
    joints, confidences = part.run(canvases.numpy(), boxes.numpy())
    assert part.card.stages == 1
    assert np.abs(joints - both.joints[:, :1].numpy()).max() < 0.05
    assert np.abs(confidences - scores[:, :1].numpy()).max() < 1e-3


@pytest.mark.parametrize("stages", [0, 3])
def test_stages_that_are_not_there_are_refused(cascade, stages):
    with pytest.raises(ConfigError, match=f"{stages} stages: this cascade has 2"):
        cascade.first(stages)


@pytest.mark.parametrize("looks", [1, 2])
def test_a_trunk_starts_from_an_exported_file_with_what_it_held(looks, tmp_path):
    """Whether the stage looks once or twice."""
    torch.manual_seed(1)
    model = Cascade(CascadeConfig(LSP, (STAGE,), looks=looks)).eval()
    for norm in (m for m in model.modules() if isinstance(m, nn.BatchNorm2d)):
        for numbers in (norm.running_mean, norm.bias.data):
            numbers.normal_(std=0.3)
        for numbers in (norm.running_var, norm.weight.data):
            numbers.uniform_(0.5, 2.0)
    path = export(model, tmp_path / "toy.onnx", "toy", half=False)
    trunk, held = MobileNetV2(deep=False), model.networks[0].trunk
    load_trunk(trunk, path, torch.rand(8, 3, 64, 64))
    pixels = torch.rand(4, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        for ours, theirs in zip(trunk.eval()(pixels), held(pixels), strict=True):
            assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4 * float(theirs.abs().max()))


def test_every_shipped_model_gives_its_trunk():
    for name in set(names()) - {PAPER}:
        trunk = MobileNetV2(deep=name != "person-box")
        load_trunk(trunk, locate(name), torch.rand(4, 3, 64, 64))
        assert all(torch.isfinite(m).all() for m in trunk(torch.rand(1, 3, 64, 64)))


def test_a_trunk_that_cannot_be_read_is_named(tmp_path):
    for name in ("empty.onnx", "empty.tflite"):
        path = tmp_path / name
        path.write_bytes(b"")
        with pytest.raises(ModelError, match=name):
            load_trunk(MobileNetV2(), path, torch.zeros(1, 3, 64, 64))


def test_an_unfinished_run_exports_what_is_trained(cascade, tmp_path, capsys):
    """Stage 2 of this run is still at its random start; nobody may predict with it."""
    recipe = replace(recipes.DEBUG, stages=tuple(replace(s, config=STAGE) for s in recipes.DEBUG.stages))
    checkpoint.save(tmp_path / "checkpoint.pt", recipe, cascade, 1)
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "one.onnx")]) == 0
    assert OnnxModel(tmp_path / "one.onnx").card.stages == 1
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "two.onnx"), "--stages", "2"]) == 2
    assert "this cascade has 1" in capsys.readouterr().err
    checkpoint.save(tmp_path / "checkpoint.pt", recipe, cascade, 0)
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "none.onnx")]) == 2
    assert "no stage of this run is trained" in capsys.readouterr().err
