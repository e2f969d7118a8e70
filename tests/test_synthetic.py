from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from deeppose.data import datasets
from deeppose.data.images import read_image
from deeppose.data.synthetic import body, figure, paint, people, person, write
from deeppose.errors import ConfigError
from deeppose.skeleton import LSP

RIGHT_SHOULDER, LEFT_SHOULDER = LSP.index("right_shoulder"), LSP.index("left_shoulder")
RIGHT_HIP, LEFT_HIP = LSP.index("right_hip"), LSP.index("left_hip")
LIMBS = [(limb.start[0], limb.end[0]) for limb in LSP.limbs if limb.kind != "torso"]


def random_bodies(count: int) -> list[body.Body]:
    rngs = (np.random.default_rng((7, i)) for i in range(count))
    return [body.pose_body(body.sample_pose(rng), body.sample_proportions(rng)) for rng in rngs]


def test_limbs_keep_their_length_in_every_pose() -> None:
    for posed in random_bodies(50):
        joints, size = posed.joints(), posed.proportions
        lengths = np.array([np.linalg.norm(joints[a] - joints[b]) for a, b in LIMBS])
        by_kind = {
            "lower leg": size.shin,
            "upper leg": size.thigh,
            "lower arm": size.forearm,
            "upper arm": size.upper_arm,
        }
        for limb, length in zip((lm for lm in LSP.limbs if lm.kind != "torso"), lengths, strict=True):
            if limb.kind != "head":
                assert length == pytest.approx(by_kind[limb.kind])
        assert np.linalg.norm(joints[RIGHT_HIP] - joints[LEFT_HIP]) == pytest.approx(2 * size.hips)
        assert np.linalg.norm(joints[RIGHT_SHOULDER] - joints[LEFT_SHOULDER]) == pytest.approx(
            2 * size.shoulders
        )


def test_foreshortening_only_shortens() -> None:
    for posed in random_bodies(50):
        camera = figure.Camera(100.0, np.array([64.0, 64.0]))
        joints = posed.joints()
        flat = camera.project(joints)
        for a, b in LIMBS:
            assert np.linalg.norm(flat[a] - flat[b]) <= 100 * np.linalg.norm(joints[a] - joints[b]) + 1e-9


def test_knees_and_elbows_bend_one_way() -> None:
    """Standing, a bent knee takes the ankle backwards and a bent elbow takes the wrist forwards (z to the viewer)."""
    arms, legs = np.zeros((2, 4)), np.zeros((2, 4))
    arms[:, 3] = legs[:, 3] = np.pi / 2
    joints = body.pose_body(
        body.Pose(np.zeros(3), np.zeros(3), np.zeros(3), arms, legs), body.Proportions()
    ).joints()
    for side in ("right", "left"):
        assert joints[LSP.index(f"{side}_ankle"), 2] < joints[LSP.index(f"{side}_knee"), 2] - 0.2
        assert joints[LSP.index(f"{side}_wrist"), 2] > joints[LSP.index(f"{side}_elbow"), 2] + 0.1


def test_rotation_is_a_rotation_about_fixed_axes() -> None:
    x, y, z = 0.3, -1.1, 2.0
    product = body.rotation(0, 0, z) @ body.rotation(0, y) @ body.rotation(x)
    np.testing.assert_allclose(body.rotation(x, y, z), product, atol=1e-12)
    np.testing.assert_allclose(product @ product.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(body.rotation(np.pi / 2) @ [0, 1, 0], [0, 0, 1], atol=1e-12)


def test_mirrored_pose_is_the_mirrored_body() -> None:
    for i in range(50):
        pose = body.sample_pose(np.random.default_rng(i))
        seen = body.pose_body(pose.mirrored(), body.Proportions()).joints()
        expected = body.pose_body(pose, body.Proportions()).joints() * [-1, 1, 1]
        np.testing.assert_allclose(seen, expected[list(LSP.mirror)], atol=1e-12)


def test_a_person_from_the_front_has_their_right_on_the_pictures_left() -> None:
    upright = body.Pose(np.zeros(3), np.zeros(3), np.zeros(3), np.zeros((2, 4)), np.zeros((2, 4)))
    camera = figure.Camera(100.0, np.zeros(2))
    front = camera.project(body.pose_body(upright, body.Proportions()).joints())
    turned = body.Pose(np.array([0, np.pi, 0]), *[np.zeros(3)] * 2, np.zeros((2, 4)), np.zeros((2, 4)))
    back = camera.project(body.pose_body(turned, body.Proportions()).joints())
    for right, left in ((RIGHT_SHOULDER, LEFT_SHOULDER), (RIGHT_HIP, LEFT_HIP)):
        assert front[right, 0] < front[left, 0]
        assert back[right, 0] > back[left, 0]
    assert front[LSP.index("head_top"), 1] < front[LSP.index("neck"), 1] < front[LSP.index("right_ankle"), 1]


def test_front_back_and_upside_down_statistics() -> None:
    """Two in five turn their back (as in LSP, where PC and OC labels differ in 37.8 %); some stand on their hands."""
    bodies = random_bodies(600)
    behind = np.mean([b.frames["pelvis"][2, 2] < 0 for b in bodies])
    joints = np.stack([b.joints() for b in bodies])
    inverted = np.mean(joints[:, LSP.index("head_top"), 1] < joints[:, LSP.index("neck"), 1])
    assert 0.30 < behind < 0.50
    assert 0.08 < inverted < 0.30


def test_same_seed_same_people_whatever_the_count() -> None:
    few, many = people(3, seed=5), people(6, seed=5)
    np.testing.assert_array_equal(few.images, many.images[:3])
    np.testing.assert_array_equal(few.joints, many.joints[:3])
    assert not np.array_equal(few.images, people(3, seed=6).images)
    assert not np.array_equal(few.joints[0], few.joints[1])


def test_pose_scales_with_the_picture() -> None:
    np.testing.assert_allclose(people(4, 1, 64).joints * 2, people(4, 1, 128).joints, atol=1e-9)


def test_arrays_and_joints_inside_the_picture() -> None:
    crowd = people(30, seed=2, size=96)
    assert len(crowd) == 30
    assert crowd.images.shape == (30, 96, 96, 3)
    assert crowd.images.dtype == np.uint8
    assert crowd.joints.shape == (30, 14, 2)
    assert crowd.labelled.shape == crowd.visible.shape == (30, 14)
    assert crowd.labelled.all()
    assert 0.8 < crowd.visible.mean() < 0.97
    assert crowd.joints.min() > 0
    assert crowd.joints.max() < 96


def test_joints_lie_on_the_drawn_body() -> None:
    """Drawn on an empty background, the pixel of every joint shows a part."""
    for i, posed in enumerate(random_bodies(40)):
        points = np.stack([*posed.points.values()])[:, :2] * [1, -1]
        camera = figure.Camera(100.0, 20 - 100 * points.min(0))
        canvas = np.full((240, 240, 3), -1000, np.float32)
        wardrobe = figure.sample_wardrobe(np.random.default_rng(i), 100.0)
        owner = figure.draw(canvas, figure.parts_of(posed), camera, wardrobe, np.array([0.0, -0.6, 0.8]))
        x, y = np.floor(camera.project(posed.joints())).astype(int).T
        assert (owner[y, x] >= 0).all()
        assert (canvas[y, x].min(axis=-1) > -100).all()


def test_capsule_is_centred_on_its_points() -> None:
    """Ends at pixel centres (10.5, 20.5) and (40.5, 20.5), radius 5: coverage is symmetric about row 20."""
    canvas = np.zeros((41, 51, 3), np.float32)
    light = np.array([0.0, 0.0, 1.0])
    window, cover = paint.capsule(
        canvas,
        np.array([10.5, 20.5]),
        np.array([40.5, 20.5]),
        (5.0, 5.0),
        paint.Cloth(np.full(3, 100.0)),
        light,
    )
    mask = np.zeros((41, 51), np.float32)
    mask[window] = cover
    np.testing.assert_allclose(mask, mask[::-1], atol=1e-4)
    np.testing.assert_allclose(mask, mask[:, ::-1], atol=1e-4)
    assert mask.sum() == pytest.approx(30 * 10 + np.pi * 25, rel=0.01)
    assert canvas[20, 25] == pytest.approx(110, abs=0.5)  # facing the light: 0.5 + 0.6 of the colour


def test_written_people_are_read_back_by_the_lsp_reader(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    write(tmp_path, count=5, seed=3, size=64)
    crowd = people(5, seed=3, size=64)
    found = datasets.read("lsp", tmp_path, "train")
    assert len(found) == 5
    np.testing.assert_allclose(found.joints(), crowd.joints, atol=1e-9)
    np.testing.assert_array_equal(found.labelled(), crowd.labelled)
    np.testing.assert_array_equal([a.visible for a in found.annotations], crowd.visible)
    for annotation, image in zip(found.annotations, crowd.images, strict=True):
        pixels = read_image(annotation.image).astype(int)
        assert np.abs(pixels - image).mean() < 8  # JPEG


def test_one_person_equals_the_crowds() -> None:
    image, joints, visible = person(4, 2, 64)
    crowd = people(3, seed=4, size=64)
    np.testing.assert_array_equal(image, crowd.images[2])
    np.testing.assert_array_equal(joints, crowd.joints[2])
    np.testing.assert_array_equal(visible, crowd.visible[2])


@pytest.mark.parametrize(("count", "size"), [(0, 128), (-1, 128), (1, 8)])
def test_nonsense_is_refused(count: int, size: int) -> None:
    with pytest.raises(ConfigError, match="at least 1 person"):
        people(count, size=size)


@pytest.mark.parametrize("name", ["acrobat-1.jpg", "acrobat-2.jpg"])
def test_demonstration_pictures_come_with_true_joints(name: str) -> None:
    folder = resources.files("deeppose") / "assets"
    truth = json.loads((folder / "acrobats.json").read_text())[name]
    image = read_image(Path(str(folder / name)))
    assert list(image.shape[1::-1]) == truth["size"]
    assert tuple(truth["joints"]) == LSP.joints
    points = np.array([*truth["joints"].values()])
    assert (points > 0).all()
    assert (points < truth["size"]).all()
    assert (Path(str(folder / name))).stat().st_size < 80 * 1024
