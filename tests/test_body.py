"""The second weights' parts: one skeleton for every convention, a portrait network, canvases of several sizes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

import deeppose
from deeppose.data.annotation import Annotation
from deeppose.data.store import Ragged, Store, build, concatenate, full_image
from deeppose.errors import ConfigError, ModelError
from deeppose.inference import shipped
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.view import View
from deeppose.model import geometry, looks, network
from deeppose.model.cascade import Cascade, CascadeConfig, StageConfig, first_stage
from deeppose.model.compact import LiteNet
from deeppose.model.regressor import Estimate
from deeppose.poses import Poses
from deeppose.skeleton import BODY, COCO, FLIC, LSP, MPII
from deeppose.training.examples import stage_one
from deeppose.training.recipes import LSP_COMPACT
from deeppose.training.settings import Augment
from deeppose.training.starts import FileStart
from deeppose.training.starts.exported import load_first_stage
from deeppose.training.starts.tinypose import DEVIATION, MEAN, SHARPNESS
from deeppose.training.views import COLUMNS, look


def _poses(skeleton):
    rng = np.random.default_rng(0)
    stages = rng.random((2, 3, len(skeleton), 2)) * 100
    scores = rng.random((2, 3, len(skeleton)))
    return Poses(skeleton, stages[:, -1], scores[:, -1], np.ones((2, 4)), stages, scores)


@pytest.mark.parametrize("target", [LSP, COCO, FLIC])
def test_a_view_has_the_joints_of_the_same_names_in_the_targets_order(target):
    poses = _poses(BODY)
    seen = View(poses.skeleton, target)(poses)
    for k, joint in enumerate(target.joints):
        i = BODY.index(joint)
        assert np.array_equal(seen.joints[:, k], poses.joints[:, i])
        assert np.array_equal(seen.stages[:, :, k], poses.stages[:, :, i])
        assert np.array_equal(seen.stage_scores[:, :, k], poses.stage_scores[:, :, i])
    assert seen[0][target.joints[0]] is not None
    assert View(BODY, BODY)(poses) is poses


def test_a_joint_between_two_is_their_middle_and_scores_as_the_lower():
    poses = _poses(BODY)
    seen, hips = View(BODY, MPII)(poses), [BODY.index("left_hip"), BODY.index("right_hip")]
    assert np.allclose(seen.joints[:, MPII.index("pelvis")], poses.joints[:, hips].mean(1))
    assert np.array_equal(seen.scores[:, MPII.index("pelvis")], poses.scores[:, hips].min(1))


def test_a_view_that_lacks_joints_says_which():
    with pytest.raises(
        ConfigError, match="nose, left_eye, right_eye, left_ear, right_ear, which lsp has not"
    ):
        View(LSP, COCO)


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
    angles = torch.tensor([torch.pi / 2, 0, 0.7])
    turned = looks.turned_boxes(box, angles.cos(), angles.sin())
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
        LiteNet(19).load_start(FileStart(shipped, torch.zeros(1, 3, 64, 64), BODY))


@pytest.mark.realdata
def test_it_starts_as_tinypose_itself():
    data = os.environ.get("DEEPPOSE_DATA")
    path = Path(data or ".").parent / "weights" / "tinypose_256x192.onnx"
    if not data or not path.is_file():
        pytest.skip("PP-TinyPose's file does not lie beside DEEPPOSE_DATA")
    import onnxruntime

    psi = LiteNet(len(BODY)).eval()
    psi.load_start(FileStart(path, torch.zeros(1, 3, 64, 64), BODY))
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


def _upright_cascade():
    stages = (StageConfig("compact", {"input_size": 32, "deep": False, "width": 8}),)
    stages += (StageConfig("lite", {"height": 64, "width": 32}, upright=True),)
    return Cascade(CascadeConfig(BODY, stages, square=True, canvas=96)).eval()


def _standing(turned: float):
    """A pose upright about (48, 48), turned clockwise on screen."""
    joints = torch.zeros(1, len(BODY), 2)
    for joint, y in (("hip", 20.0), ("shoulder", -20.0)):
        for side, x in (("left", 5.0), ("right", -5.0)):
            joints[0, BODY.index(f"{side}_{joint}")] = torch.tensor([x, y])
    c, s = np.cos(turned), np.sin(turned)
    return joints @ torch.tensor([[c, s], [-s, c]], dtype=torch.float32) + 48


@pytest.mark.parametrize("degrees", [60, 90, 180, -120])
def test_a_leaning_torso_is_turned_upright_and_back(degrees):
    joints, box = _standing(np.radians(degrees)), torch.tensor([[48.0, 48, 30, 60]])
    view, _, back = looks.stood_up(joints, box, BODY, None, torch.tensor([True]))
    there = geometry.transform(joints, geometry.invert(view))
    assert torch.allclose(there, _standing(0.0), atol=1e-3)
    assert torch.allclose(geometry.transform(there, back), joints, atol=1e-3)
    known = torch.ones(1, len(BODY), dtype=torch.bool)
    assert looks.lean(joints, known, BODY).item() == pytest.approx(np.radians(degrees), abs=1e-3)
    assert looks.lean(joints, ~known, BODY).item() == 0


def test_a_torso_that_hardly_leans_is_left_alone():
    box, yes = torch.tensor([[48.0, 48, 30, 60]]), torch.tensor([True])
    view, boxes, _ = looks.stood_up(_standing(0.5), box, BODY, None, yes)
    assert torch.equal(view, torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]))
    assert boxes.tolist() == [[48, 48, 30, 60]]
    assert torch.equal(looks.stood_up(_standing(2.0), box, BODY, None, ~yes)[0], view)


def test_a_pose_unsure_of_its_torso_turns_nobody():
    scales = torch.tensor([[1.0], [9.0]]).expand(2, len(BODY))
    assert looks.sure(scales, torch.tensor([40.0, 40.0]), BODY).tolist() == [True, False]


def test_an_upright_stage_sees_the_person_in_their_own_box_and_answers_in_the_pictures_pixels():
    cascade, box = _upright_cascade(), torch.tensor([[48.0, 48, 30, 60]])
    images = torch.rand(1, 3, 96, 96) * 2 - 1
    before = Estimate(_standing(np.pi / 2), torch.ones(1, len(BODY)))
    with torch.no_grad():
        found = cascade.advance(cascade.networks[1], images, box, before).joints
        turned = torch.rot90(images, 1, (2, 3))  # a quarter to the left: what lay to the right stands up
        there = first_stage(cascade.networks[1], turned, geometry.grown(box[:, [0, 1, 3, 2]], (64, 32)))
    expected = torch.stack([96 - there.joints[..., 1], there.joints[..., 0]], -1)
    assert torch.allclose(found, expected, atol=1e-2)


def test_a_stage_that_stands_people_up_trains_on_them_standing():
    cascade = _upright_cascade()
    joints = _standing(2.0)
    known = torch.ones(1, len(BODY), dtype=torch.bool)
    people = Store(
        torch.zeros(1, 96, 96, 3, dtype=torch.uint8), joints, known, known, torch.tensor([[48.0, 48, 30, 60]]),
        torch.zeros(1, 2), torch.ones(1), torch.zeros(1, dtype=torch.long),
    )  # fmt: skip
    u = torch.full((1, COLUMNS), 0.5)
    seen = look(cascade, people, u, Augment(tumble=1.0), stage=1)
    assert torch.allclose(seen.joints, _standing(0.0), atol=1e-3)
    assert stage_one(cascade, seen, stage=1).crops.shape == (1, 3, 64, 32)
    assert not torch.allclose(look(cascade, people, u, Augment(), stage=0).joints, seen.joints, atol=1)


def test_a_network_without_a_trunk_freezes_nothing():
    with pytest.raises(ConfigError, match="no trunk"):
        network.build("deeppose", 14).freeze(1)
    with pytest.raises(ConfigError, match="starts from nothing"):
        network.build("deeppose", 14).load_start(FileStart(Path("any"), torch.zeros(0), LSP))
    psi = LiteNet(3, 32, 32)
    psi.freeze(2)
    assert not any(p.requires_grad for p in psi.trunk.stages[0].parameters())
    assert all(p.requires_grad for p in psi.trunk.stages[1].parameters())


def test_a_first_stage_out_of_an_exported_file_answers_as_it_does_there():
    from deeppose.data.synthetic import people

    shown = people(2, 3).images
    side = 256 - shown.shape[1]
    canvases = np.pad(shown, ((0, 0), (0, side), (0, side), (0, 0)), constant_values=128)
    boxes = np.tile(np.array([[64.0, 64, 120, 128]], np.float32), (2, 1))
    theirs, _ = OnnxModel("lsp-compact").run(canvases, boxes)
    one = LSP_COMPACT.stages[0].config
    cascade = Cascade(CascadeConfig(LSP, (one,), square=True, looks=2, flip=True)).eval()
    load_first_stage(cascade.networks[0], shipped.locate("lsp-compact"), LSP)
    with torch.no_grad():
        images = cascade.prepare(torch.from_numpy(canvases))
        ours = cascade(images, torch.from_numpy(boxes)).joints.numpy()
    # Parameters of 16 bits, folded otherwise; of the second it hardly knows anything, and its answer moves more.
    assert np.abs(ours[0, 0] - theirs[0, 0]).max() < 0.5

    body = Cascade(CascadeConfig(BODY, (one,), square=True)).eval()
    load_first_stage(body.networks[0], shipped.locate("lsp-compact"), BODY)
    with torch.no_grad():
        found = body(images, torch.from_numpy(boxes))
        plain = Cascade(CascadeConfig(LSP, (one,), square=True)).eval()
        plain.networks[0].load_state_dict(
            {**plain.networks[0].state_dict(), **_shared(body.networks[0], cascade.networks[0])}
        )
        same = plain(images, torch.from_numpy(boxes))
    assert torch.allclose(found.joints[:, 0, :14], same.joints[:, 0], atol=1e-3)
    assert (found.scales[:, 0, 14:].mean() > 2 * found.scales[:, 0, 12:14].mean()).all()


def _shared(body, lsp):
    kept = {name: value for name, value in body.state_dict().items() if not name.startswith("votes")}
    return kept | {name: value for name, value in lsp.state_dict().items() if name.startswith("votes")}


def test_another_kind_of_file_gives_no_first_stage(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"no")
    with pytest.raises(ModelError, match="cannot be read"):
        load_first_stage(LiteNet(3, 32, 32), tmp_path / "no.onnx", LSP)
    with pytest.raises(ModelError, match="has no trunk"):
        load_first_stage(LiteNet(14, 32, 32), shipped.locate("lsp-compact"), LSP)


def test_a_predictor_answers_in_the_convention_asked_for():
    import pickle

    picture = np.random.default_rng(0).integers(0, 256, (120, 90, 3), np.uint8)
    own, seen = deeppose.load("lsp-compact", 1), deeppose.load("lsp-compact", 1, skeleton="mpii")
    with pytest.raises(ConfigError, match="coco needs nose"):
        deeppose.load("lsp-compact", 1, skeleton="coco")
    assert seen.card.skeleton == pickle.loads(pickle.dumps(seen)).card.skeleton == MPII
    poses = seen.predict(picture, full_image=True)
    assert poses.skeleton == MPII
    assert np.array_equal(poses[0]["right_wrist"], own.predict(picture, full_image=True)[0]["right_wrist"])
