"""The second weights' parts: one skeleton for every convention, a portrait network, canvases of several sizes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from deeppose.data.annotation import Annotation
from deeppose.data.store import Ragged, build, concatenate, full_image
from deeppose.errors import ConfigError, ModelError
from deeppose.inference.view import viewed
from deeppose.model import geometry
from deeppose.model.compact import LiteNet
from deeppose.poses import Poses
from deeppose.skeleton import BODY, COCO, FLIC, LSP, MPII
from deeppose.training.starts.tinypose import DEVIATION, MEAN, SHARPNESS, load_tinypose
from deeppose.training.views import _turned


def _poses(skeleton):
    rng = np.random.default_rng(0)
    stages = rng.random((2, 3, len(skeleton), 2)) * 100
    scores = rng.random((2, 3, len(skeleton)))
    return Poses(skeleton, stages[:, -1], scores[:, -1], np.ones((2, 4)), stages, scores)


@pytest.mark.parametrize("target", [LSP, COCO, FLIC])
def test_a_view_has_the_joints_of_the_same_names_in_the_targets_order(target):
    poses = _poses(BODY)
    seen = viewed(poses, target)
    for k, joint in enumerate(target.joints):
        i = BODY.index(joint)
        assert np.array_equal(seen.joints[:, k], poses.joints[:, i])
        assert np.array_equal(seen.stage_scores[:, :, k], poses.stage_scores[:, :, i])
    assert seen[0][target.joints[0]] is not None
    assert viewed(poses, BODY) is poses


def test_a_joint_between_two_is_their_middle_and_scores_as_the_lower():
    poses = _poses(BODY)
    seen, hips = viewed(poses, MPII), [BODY.index("left_hip"), BODY.index("right_hip")]
    assert np.allclose(seen.joints[:, MPII.index("pelvis")], poses.joints[:, hips].mean(1))
    assert np.array_equal(seen.scores[:, MPII.index("pelvis")], poses.scores[:, hips].min(1))


def test_a_view_that_lacks_joints_says_which():
    with pytest.raises(
        ConfigError, match="nose, left_eye, right_eye, left_ear, right_ear, which lsp has not"
    ):
        viewed(_poses(LSP), COCO)


def test_body_is_lsp_and_cocos_face():
    assert BODY.joints[:14] == LSP.joints
    assert set(BODY.joints) == {*LSP.joints, *COCO.joints}
    assert BODY.limbs == LSP.limbs


def test_a_box_grows_on_one_side_to_the_shape_of_a_crop():
    boxes = torch.tensor([[5.0, 6, 30, 80], [5, 6, 90, 80]])
    assert geometry.grown(boxes, (256, 192)).tolist() == [[5, 6, 60, 80], [5, 6, 90, 120]]


def test_a_portrait_crop_shows_the_box_undistorted():
    ramp = torch.stack(torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij")) + 0.5
    crop = geometry.crop(ramp[None], torch.tensor([[[30.0, 20, 12, 16]]]), (8, 6))[0, 0]
    assert crop.shape == (2, 8, 6)
    assert torch.allclose(crop[0, :, 0], 12 + 2 * torch.arange(8.0) + 1, atol=1e-4)
    assert torch.allclose(crop[1, 0], 24 + 2 * torch.arange(6.0) + 1, atol=1e-4)


def test_a_person_turned_by_a_quarter_has_their_box_turned():
    box = torch.tensor([[5.0, 6, 30, 80], [5, 6, 30, 80], [5, 6, 50, 50]])
    turned = _turned(box, torch.tensor([torch.pi / 2, 0, 0.7]))
    assert torch.allclose(turned, torch.tensor([[5.0, 6, 80, 30], [5, 6, 30, 80], [5, 6, 50, 50]]), atol=1e-4)


def test_ragged_canvases_keep_native_pixels_and_meet_in_a_batch(tmp_path):
    import cv2

    rng, people = np.random.default_rng(0), []
    for i, (h, w) in enumerate([(300, 200), (90, 60), (700, 500)]):
        cv2.imwrite(str(tmp_path / f"{i}.png"), rng.integers(0, 256, (h, w, 3), np.uint8))
        seen = np.ones(14, bool)
        people.append(Annotation(tmp_path / f"{i}.png", np.tile([w / 2, h / 2], (14, 1)), seen, seen))
    store = build(people, full_image, 1.25, size=512)
    assert [len(p) for p in store.canvases.pictures] == [450, 135, 512]
    assert store.scales[:2].tolist() == [1, 1]
    batch = concatenate([store, store]).subset(torch.tensor([4, 1]))
    assert isinstance(batch.canvases, Ragged)
    assert batch.dense().shape == (2, 135, 135, 3)
    big = store.subset(torch.tensor([1, 0])).dense()
    assert (big[0, 135:] == 128).all()
    assert torch.equal(big[0, :135, :135], batch.dense()[0])
    picture = cv2.imread(str(tmp_path / "1.png"))[..., ::-1]
    x, y = (int(v) for v in -store.origins[1])
    assert np.array_equal(big[0, y : y + 90, x : x + 60].numpy(), picture)


def test_a_portrait_network_votes_for_every_joint():
    out = LiteNet(19, 64, 96)(torch.rand(2, 3, 64, 96))
    assert out.pose.shape == out.log_scale.shape == (2, 19, 2)
    assert out.context.shape == (2, 320)
    assert out.pose.abs().max() < 0.5


def test_another_file_is_refused_as_a_start():
    shipped = Path(__file__).parents[1] / "src/deeppose/weights/person-box.onnx"
    with pytest.raises(ModelError, match="not those of PP-TinyPose"):
        load_tinypose(LiteNet(19), BODY, shipped)


@pytest.mark.realdata
def test_it_starts_as_tinypose_itself():
    data = os.environ.get("DEEPPOSE_DATA")
    path = Path(data or ".").parent / "weights" / "tinypose_256x192.onnx"
    if not data or not path.is_file():
        pytest.skip("PP-TinyPose's file does not lie beside DEEPPOSE_DATA")
    import onnxruntime

    psi = LiteNet(len(BODY)).eval()
    load_tinypose(psi, BODY, path)
    mean, deviation = (np.array(v, np.float32)[:, None, None] for v in (MEAN, DEVIATION))
    pixels = np.random.default_rng(0).random((1, 3, 256, 192), np.float32)
    heat = onnxruntime.InferenceSession(str(path)).run(None, {"image": (pixels - mean) / deviation})[0]
    # Zeros around a picture are grey to us and were the mean colour to it: lay that colour around.
    framed = np.broadcast_to(mean, (1, 3, 258, 194)).copy()
    framed[..., 1:-1, 1:-1] = pixels
    psi.trunk.stem.first[0].padding = (0, 0)
    with torch.no_grad():
        votes = psi.votes(psi.trunk(torch.from_numpy(framed * 2 - 1))[0]).numpy()
    for k, joint in enumerate(COCO.joints):
        assert np.abs(votes[0, 5 * BODY.index(joint)] / SHARPNESS - heat[0, k]).max() < 1e-4
