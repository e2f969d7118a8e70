"""Angles against poses whose angles are known by construction, and their file as others read it."""

import io
from pathlib import Path

import numpy as np
import pytest

from deeppose.skeleton import BOX, COCO, FLIC, LSP, SKELETONS, Skeleton, from_edges
from deeppose.stream.angles import angle_scores, angles, facing, speeds, write_mot


def upright(skeleton: Skeleton = LSP) -> np.ndarray:
    """Someone who stands straight and faces right: arms hang, seen from the side with a little width."""
    heights = {
        "ankle": 0,
        "knee": 45,
        "hip": 90,
        "wrist": 80,
        "elbow": 110,
        "shoulder": 140,
        "neck": 145,
        "head_top": 170,
    }
    lean = {"left": 5.0, "right": -5.0}
    rows = []
    for joint in skeleton.joints:
        side, _, rest = joint.partition("_")
        rows.append([lean[side], -heights[rest]] if side in lean else [0.0, -heights[joint]])
    return np.array(rows, np.float64)


def named(joints: np.ndarray, facing: int = 1) -> dict[str, float]:
    return dict(zip([a.name for a in LSP.angles], angles(LSP, joints, facing).tolist(), strict=True))


def bent(joint: str, end: str, degrees: float) -> np.ndarray:
    """`upright` with everything from `end` on turned about `joint`, clockwise as seen."""
    pose = upright()
    centre, turn = pose[LSP.index(joint)], np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pose[LSP.index(end)] = centre + rotation @ (pose[LSP.index(end)] - centre)
    return pose


def test_someone_upright_has_straight_joints_and_an_upright_trunk() -> None:
    found = named(upright())
    for name in (
        "left_knee",
        "right_knee",
        "left_elbow",
        "right_elbow",
        "left_hip",
        "right_hip",
        "left_shoulder",
    ):
        assert found[name] == pytest.approx(0, abs=1e-9), name
    assert found["trunk"] == found["head"] == pytest.approx(90)
    assert found["left_thigh"] == found["left_shank"] == pytest.approx(-90)


@pytest.mark.parametrize("degrees", [10.0, 60.0, 120.0])
def test_bending_as_the_body_bends_is_positive_and_exact(degrees: float) -> None:
    assert named(bent("left_knee", "left_ankle", degrees))["left_knee"] == pytest.approx(
        degrees
    )  # heel to the back
    assert named(bent("left_elbow", "left_wrist", -degrees))["left_elbow"] == pytest.approx(
        degrees
    )  # hand forward
    assert named(bent("left_hip", "left_knee", -degrees))["left_hip"] == pytest.approx(
        degrees
    )  # knee forward
    assert named(bent("left_shoulder", "left_elbow", -degrees))["left_shoulder"] == pytest.approx(degrees)


def test_a_mirrored_person_has_the_same_joint_angles_facing_left() -> None:
    pose = bent("right_knee", "right_ankle", 40)
    mirrored = pose * [-1, 1]
    np.testing.assert_allclose(angles(LSP, mirrored, -1), angles(LSP, pose, 1))


def test_which_way_someone_faces_is_how_knees_and_elbows_bend() -> None:
    walk = np.stack([bent("right_knee", "right_ankle", d) for d in (5.0, 30, 60)])
    scores = np.ones(walk.shape[:2])
    assert facing(LSP, walk, scores) == 1
    assert facing(LSP, walk * [-1, 1], scores) == -1
    assert facing(BOX, np.zeros((3, 4, 2)), np.ones((3, 4))) == 1


def test_angles_are_those_the_joints_allow() -> None:
    assert [a.name for a in BOX.angles] == []
    assert "left_knee" not in [a.name for a in FLIC.angles]
    assert {"head", "trunk", "pelvis"} <= {a.name for a in COCO.angles}
    foot = from_edges("foot", ["left_knee", "left_ankle", "left_big_toe", "left_heel"], [(0, 1)])
    assert [a.name for a in foot.angles] == ["left_ankle", "left_foot", "left_shank"]
    flat = np.array([[0, -40], [0, -5], [20, 0], [-5, 0]], np.float64)  # a foot flat on the ground
    assert angles(foot, flat)[:2] == pytest.approx([0, 0])


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_any_poses_angles_are_in_range_and_follow_a_turn_of_the_picture(skeleton: Skeleton) -> None:
    joints = np.random.default_rng(1).normal(0, 50, (20, len(skeleton), 2))
    found = angles(skeleton, joints)
    assert found.shape == (20, len(skeleton.angles))
    assert (np.abs(found) <= 180).all()
    np.testing.assert_allclose(angles(skeleton, joints * 3 + 100), found, atol=1e-6)


def test_an_angle_without_a_segment_is_unknown_and_as_sure_as_its_least_sure_joint() -> None:
    pose = upright()
    pose[LSP.index("left_ankle")] = pose[LSP.index("left_knee")]
    assert np.isnan(named(pose)["left_knee"])
    scores = np.full(14, 0.9)
    scores[LSP.index("left_ankle")] = 0.2
    sure = dict(zip([a.name for a in LSP.angles], angle_scores(LSP, scores), strict=True))
    assert (sure["left_knee"], sure["right_knee"]) == (0.2, 0.9)


def test_speeds_are_per_second_of_real_time() -> None:
    times = np.array([0.0, 0.1, 0.3, 0.4])
    joints = np.stack([times * 30, times * 40], axis=-1)[:, None]
    np.testing.assert_allclose(speeds(times, joints), 50)
    assert speeds(times[:1], joints[:1]).tolist() == [[0.0]]


def test_a_motion_file_is_read_as_opensim_and_pose2sim_read_it(tmp_path: Path) -> None:
    path = write_mot(tmp_path / "a.mot", np.array([0.0, 0.04]), {"left_knee": np.array([10.0, np.nan])})
    heading, table = path.read_text().split("endheader\n")
    assert heading.startswith("Coordinates\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\n")
    read = np.genfromtxt(io.StringIO(table), delimiter="\t", names=True, deletechars="")
    assert read.dtype.names == ("time", "left_knee")
    np.testing.assert_array_equal(read["left_knee"], [10.0, np.nan])
