"""Identities over time: people who cross, leave, come back; clocks and sizes that change."""

from dataclasses import replace

import numpy as np
import pytest

from crossing import Scene, scene, switches
from deeppose.errors import ConfigError
from deeppose.poses import Poses
from deeppose.skeleton import LSP, build
from deeppose.stream.tracking import numbered
from deeppose.stream.tracks import Tracker


def followed(scene: Scene, tracker: Tracker) -> int:
    rows = [(who, tracker.update(poses, time).tracks) for time, who, poses in scene.frames()]
    return switches([who for who, _ in rows], [ids for _, ids in rows if ids is not None])


def greedy_iou(scene: Scene, max_unseen: float = 1.0) -> int:
    """The plain alternative: each box takes the known one it overlaps most, best pairs first."""
    known: dict[int, tuple[np.ndarray, float]] = {}
    given, new = [], 0
    for time, who, poses in scene.frames():
        known = {k: v for k, v in known.items() if time - v[1] <= max_unseen}
        ids = np.full(len(who), -1)
        boxes = np.concatenate([poses.joints.min(1), poses.joints.max(1)], axis=1)
        pairs = [(iou(box, seen), k, i) for k, (seen, _) in known.items() for i, box in enumerate(boxes)]
        for overlap, k, i in sorted(pairs, key=lambda pair: -pair[0]):
            if overlap > 0.3 and ids[i] < 0 and k not in ids:
                ids[i] = k
        for i in np.flatnonzero(ids < 0):
            ids[i], new = new, new + 1
        known |= {int(k): (box, time) for k, box in zip(ids, boxes, strict=True)}
        given.append(ids)
    return switches(scene.order, given)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared))


@pytest.mark.parametrize("fps", [30, 8])
def test_people_who_cross_keep_their_numbers_where_overlapping_boxes_lose_them(fps: int) -> None:
    scenes = [scene(seed, fps) for seed in range(4)]
    ours = sum(followed(s, Tracker(LSP)) for s in scenes)
    plain = sum(greedy_iou(s) for s in scenes)
    assert ours <= plain / 10
    assert ours <= 4


def standing(*x: float, size: float = 200.0) -> Poses:
    joints = scene(0, 1, 1, 1).joints[0, 0]
    shape = (joints - joints.mean(0)) / np.ptp(joints[:, 1]) * size
    people = np.array([shape + np.array([at, 300.0]) for at in x]).reshape(-1, 14, 2)
    return Poses(LSP, people, np.full((len(x), 14), 0.8), np.zeros((len(x), 4)))


def test_a_picture_that_is_one_individual_has_one_number_however_far_it_jumps() -> None:
    tracker = Tracker(LSP)
    for time, x in ((0.0, 100.0), (0.1, 900.0), (7.0, 200.0)):
        whole = replace(standing(x), boxes=np.array([[500.0, 300, 1000, 600]]))
        assert tracks(tracker.update(whole, time, (1000, 600))) == [0]
    assert tracks(tracker.update(standing(100.0), 7.1, (1000, 600))) == [1]  # a finder found somebody


def tracks(poses: Poses) -> list[int]:
    assert poses.tracks is not None
    return poses.tracks.tolist()


def test_somebody_who_comes_back_in_time_is_the_same_and_later_is_another() -> None:
    tracker = Tracker(LSP, max_unseen=1.0)
    assert tracks(tracker.update(standing(100, 600), 0.0)) == [0, 1]
    assert tracks(tracker.update(standing(600), 0.5)) == [1]
    assert tracks(tracker.update(standing(600, 100), 1.0)) == [1, 0]
    assert tracks(tracker.update(standing(600), 2.1)) == [2]  # everyone was away for 1.1 seconds


def test_a_minute_without_anybody_ends_every_track() -> None:
    tracker = Tracker(LSP)
    tracker.update(standing(100), 0.0)
    for second in range(1, 60):
        assert tracks(tracker.update(standing(), float(second))) == []
    assert tracks(tracker.update(standing(100), 60.0)) == [1]


def test_poses_themselves_are_left_as_they_are() -> None:
    poses = standing(100, 500)
    tracked = Tracker(LSP).update(poses, 0.0)
    assert poses.tracks is None
    np.testing.assert_array_equal(tracked.joints, poses.joints)


@pytest.mark.parametrize(
    "times", [[0.0, 0.1, 0.05, 0.15], [5.0, 5.1, 0.0, 0.1], [0.0, 0.0, 0.0, 0.0], [None] * 4]
)
def test_numbers_are_kept_where_time_stands_still_runs_backwards_or_is_unknown(
    times: list[float | None],
) -> None:
    tracker = Tracker(LSP)
    for time in times:
        assert tracks(tracker.update(standing(100, 500), time)) == [0, 1]


def test_after_time_ran_backwards_somebody_unseen_still_ages() -> None:
    tracker = Tracker(LSP, max_unseen=1.0)
    tracker.update(standing(100, 500), 100.0)
    tracker.update(standing(100), 0.0)
    assert tracks(tracker.update(standing(100), 0.9)) == [0]
    assert tracks(tracker.update(standing(100, 500), 1.8)) == [0, 2]


def test_a_picture_of_another_size_scales_what_is_known() -> None:
    tracker = Tracker(LSP)
    big = standing(200, 1000)
    half = Poses(LSP, big.joints / 2, big.scores, big.boxes)
    tracker.update(big, 0.0, (1280, 720))
    assert tracks(tracker.update(half, 0.033, (640, 360))) == [0, 1]


def test_expected_places_go_on_at_the_measured_velocity_in_the_frames_order() -> None:
    tracker = Tracker(LSP)
    for frame in range(40):
        poses = standing(600 - 3.0 * frame, 100 + 5.0 * frame)
        tracker.update(
            Poses(LSP, poses.joints[:: 1 if frame % 2 else -1], poses.scores, poses.boxes), frame / 30
        )
    ahead = tracker.expected(1 / 30)[:, :, 0].mean(1) - poses.joints[:, :, 0].mean(1)
    np.testing.assert_allclose(ahead, [-3.0, 5.0], atol=0.15)  # slowed a little, as coasting people are


def test_any_skeleton_can_be_followed() -> None:
    pen = build("pen", "tip cap", {"tip-cap": "body"}, torso=())
    tracker = Tracker(pen)
    for frame in range(3):
        at = np.array([[[0.0, 0], [50, 0]], [[300, 0], [300, 60]]]) + frame
        assert tracks(tracker.update(Poses(pen, at, np.ones((2, 2)), np.zeros((2, 4))), frame / 10)) == [0, 1]


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_wrong_time_to_keep_people_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigError, match="max-unseen"):
        Tracker(LSP, max_unseen=seconds)


def test_somebody_whose_left_and_right_are_exchanged_while_jumping_is_the_same() -> None:
    tracker, poses = Tracker(LSP), standing(300, 900)
    other = poses.joints[:, list(LSP.mirror)] + np.array([0.0, -40])
    other[:, [LSP.index("left_wrist"), LSP.index("right_wrist")], 1] -= 150  # arms thrown up
    for frame in range(6):
        joints = other if frame % 2 else poses.joints
        assert tracks(tracker.update(Poses(LSP, joints, poses.scores, poses.boxes), frame / 4)) == [0, 1]


def scored(poses: Poses, *scores: float) -> Poses:
    return replace(poses, person_scores=np.array(scores))


def test_somebody_unseen_is_expected_to_slow_down() -> None:
    """Of 100 pixels a second the integral of exp(-t) over a second is left: 63."""
    tracker = Tracker(LSP)
    for frame in range(61):
        now = standing(100 + 100 * frame / 30)
        tracker.update(now, frame / 30)
    moved = tracker.expected(1.0)[0] - now.joints[0]
    np.testing.assert_allclose(moved, np.broadcast_to([100 * (1 - np.exp(-1)), 0], (14, 2)), atol=0.1)


def test_who_is_new_and_hardly_sure_is_numbered_when_seen_again() -> None:
    tracker = Tracker(LSP, least=0.4)
    rows = [
        tracker.update(scored(standing(100, 900), 0.8, score), frame / 30).tracks
        for frame, score in enumerate((0.1, 0.5, 0.5))
    ]
    surer = tracker.update(scored(standing(100, 900, 500), 0.8, 0.5, 0.85), 0.1).tracks
    assert [row.tolist() for row in rows if row is not None] == [[0, -1], [0, -1], [0, 1]]
    assert surer is not None
    assert surer.tolist() == [0, 1, 2]


def test_the_doubtful_take_nobodys_room() -> None:
    people = scored(standing(100, 500, 900), 0.25, 0.8, 0.9)
    found = numbered(Tracker(LSP, least=0.4), people, 0.0, (1280, 720), 0.4, 2)
    np.testing.assert_array_equal(found.joints, people.joints[1:])
    assert found.tracks is not None
    assert found.tracks.tolist() == [0, 1]
