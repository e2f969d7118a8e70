"""Boxes, crops and diameters against the paper's formulas, plain loops and invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from deeppose.model import geometry, looks
from deeppose.skeleton import BODY_SHARE, DIAMETER_FLOOR, LSP

EVERYTHING = torch.ones(14, dtype=torch.bool)


def _images(n: int = 2, height: int = 40, width: int = 60) -> torch.Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(0))


def _boxes(generator: torch.Generator, n: int) -> torch.Tensor:
    return torch.rand(n, 4, generator=generator) * 50 + torch.tensor([0.0, 0.0, 5.0, 5.0])


def test_normalize_is_equation_one():
    box = torch.tensor([100.0, 50.0, 40.0, 20.0])
    points = torch.tensor([[100.0, 50.0], [120.0, 60.0], [80.0, 30.0]])
    expected = [[0.0, 0.0], [0.5, 0.5], [-0.5, -1.0]]
    assert geometry.normalize(points, box).tolist() == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_denormalize_inverts_normalize(seed):
    generator = torch.Generator().manual_seed(seed)
    boxes = _boxes(generator, 5)[:, None].double()
    points = torch.rand(5, 14, 2, generator=generator).double() * 200 - 50
    round_trip = geometry.denormalize(geometry.normalize(points, boxes), boxes)
    assert torch.allclose(round_trip, points, atol=1e-9)


def _crop_by_loop(image: np.ndarray, box: np.ndarray, size: int) -> np.ndarray:
    """Bilinear sampling written out, one output pixel at a time; pixel centres at +0.5, zero outside."""
    out = np.zeros((image.shape[0], size, size))
    for row in range(size):
        for column in range(size):
            x = box[0] + ((column + 0.5) / size - 0.5) * box[2] - 0.5
            y = box[1] + ((row + 0.5) / size - 0.5) * box[3] - 0.5
            for v in (math.floor(y), math.floor(y) + 1):
                for u in (math.floor(x), math.floor(x) + 1):
                    if 0 <= v < image.shape[1] and 0 <= u < image.shape[2]:
                        out[:, row, column] += image[:, v, u] * (1 - abs(x - u)) * (1 - abs(y - v))
    return out


def test_crop_agrees_with_a_plain_loop():
    images = _images().double()
    boxes = torch.tensor([[[30.0, 20.0, 31.0, 17.0], [5.0, 3.0, 20.0, 20.0]]] * 2).double()
    crops = geometry.crop(images, boxes, 9)
    assert crops.shape == (2, 2, 3, 9, 9)
    for n in range(2):
        for m in range(2):
            expected = _crop_by_loop(images[n].numpy(), boxes[n, m].numpy(), 9)
            assert np.allclose(crops[n, m].numpy(), expected, atol=1e-9)


def test_autocast_leaves_places_in_32_bits():
    """In bf16 a pixel near 250 could not be told from its neighbour."""
    images = _images(1, 256, 256)
    view = geometry.turn(torch.tensor([[128.0, 128]]), torch.tensor([0.4]), torch.tensor([True]))
    boxes = torch.tensor([[[200.0, 180, 90, 60]]])
    expected = geometry.crop(images, boxes, 16, view)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.allclose(geometry.crop(images, boxes, 16, view), expected, atol=1e-5)


def test_a_full_image_box_crops_the_image_itself():
    images = _images(1, 220, 220)
    box = torch.tensor([[110.0, 110.0, 220.0, 220.0]])
    assert torch.allclose(geometry.crop(images, box[:, None], 220)[:, 0], images, atol=1e-4)


def test_a_crop_is_differentiable_in_its_box():
    boxes = torch.tensor([[[30.0, 20.0, 20.0, 20.0]]], requires_grad=True)
    geometry.crop(_images(1), boxes, 8).square().sum().backward()
    assert boxes.grad is not None
    assert boxes.grad.abs().sum() > 0


def test_mirroring_twice_is_the_identity_and_joints_follow_their_pixels():
    images = _images(1, 30, 30)
    joints = torch.rand(1, 14, 2) * 30
    assert torch.equal(looks.mirror_images(looks.mirror_images(images)), images)
    twice = looks.mirror_joints(looks.mirror_joints(joints, 30, LSP.mirror), 30, LSP.mirror)
    assert torch.allclose(twice, joints, atol=1e-5)


def test_a_mirrored_view_crops_the_mirrored_image():
    images = _images(1, 32, 32)
    view = geometry.turn(torch.tensor([[16.0, 16.0]]), torch.zeros(1), torch.tensor([True]))
    box = torch.tensor([[[16.0, 16.0, 32.0, 32.0]]])
    assert torch.allclose(geometry.crop(images, box, 32, view)[:, 0], looks.mirror_images(images), atol=1e-4)


def test_a_quarter_turn_moves_pixels_as_it_moves_points():
    images = _images(1, 32, 32)
    centre = torch.tensor([[16.0, 16.0]])
    view = geometry.turn(centre, torch.tensor([math.pi / 2]), torch.tensor([False]))
    box = torch.tensor([[[16.0, 16.0, 32.0, 32.0]]])
    crop = geometry.crop(images, box, 32, view)[0, 0]
    in_view = torch.tensor([[4.5, 9.5]])
    x, y = geometry.transform(in_view[None], view)[0, 0].tolist()
    assert torch.allclose(crop[:, 9, 4], images[0, :, math.floor(y), math.floor(x)], atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.1, 3.1), st.booleans())
def test_inverting_a_view_inverts_it(angle, mirrored):
    view = geometry.turn(
        torch.tensor([[7.0, 3.0]]).double(), torch.tensor([angle]).double(), torch.tensor([mirrored])
    )
    points = torch.rand(1, 5, 2).double() * 40
    there_and_back = geometry.transform(geometry.transform(points, view), geometry.invert(view))
    assert torch.allclose(there_and_back, points, atol=1e-6)


def _person() -> torch.Tensor:
    """A pose whose first diagonal is 50, whose other is 13, in an extent of 40 x 80."""
    joints = torch.full((14, 2), 20.0)
    joints[LSP.index("head_top")] = torch.tensor([0.0, 0.0])
    joints[LSP.index("left_ankle")] = torch.tensor([40.0, 80.0])
    joints[LSP.index("left_shoulder")], joints[LSP.index("right_hip")] = torch.tensor(
        [[10.0, 10.0], [40.0, 50.0]]
    )
    joints[LSP.index("right_shoulder")], joints[LSP.index("left_hip")] = torch.tensor(
        [[20.0, 20.0], [25.0, 32.0]]
    )
    return joints


def test_diameter_is_left_shoulder_to_right_hip():
    assert geometry.diameter(_person(), EVERYTHING, LSP.torso).item() == pytest.approx(50)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(["right_hip"], 13), (["right_hip", "left_hip"], BODY_SHARE * 80)],
)
def test_diameter_falls_back_where_torso_joints_are_missing(missing, expected):
    labelled = EVERYTHING.clone()
    for joint in missing:
        labelled[LSP.index(joint)] = False
    assert geometry.diameter(_person(), labelled, LSP.torso).item() == pytest.approx(expected)


def test_diameter_has_a_floor_for_torsos_seen_end_on():
    joints = _person()
    joints[LSP.index("left_shoulder")] = joints[LSP.index("right_hip")]
    assert geometry.diameter(joints, EVERYTHING, LSP.torso).item() == pytest.approx(DIAMETER_FLOOR * 80)


def test_joint_boxes_are_equation_seven():
    joints = _person()[None]
    boxes = geometry.joint_boxes(joints, torch.tensor([50.0]), sigma=2.0)
    assert torch.equal(boxes[..., :2], joints)
    assert torch.equal(boxes[..., 2:], torch.full((1, 14, 2), 100.0))


def test_square_keeps_the_centre_and_the_longer_side():
    assert geometry.grown(torch.tensor([1.0, 2.0, 30.0, 50.0]), 64).tolist() == [1.0, 2.0, 50.0, 50.0]
