"""PCP, PDJ, PCK, PCKh and end-point error against plain loops on random people, and what must always hold."""

from __future__ import annotations

import math

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from deeppose.errors import ConfigError
from deeppose.evaluation import endpoint, limbs
from deeppose.evaluation import joints as metrics
from deeppose.evaluation.counts import Counts, Outcomes
from deeppose.skeleton import LSP, build

THRESHOLDS = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 1.0])


def people(n=60, seed=0, labelled=0.85):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 200, (n, 14, 2))
    return truth, rng.random((n, 14)) < labelled, truth + rng.normal(0, 25, truth.shape)


def loop_pcp(truth, labelled, predicted, threshold, loose):
    """Counts per limb, one person, one limb at a time."""
    correct, total = [0] * len(LSP.limbs), [0] * len(LSP.limbs)
    for t, seen, p in zip(truth, labelled, predicted, strict=True):
        for i, limb in enumerate(LSP.limbs):
            if not all(seen[j] for j in limb.start + limb.end):
                continue
            ends = []
            for pose in (t, p):
                for end in (limb.start, limb.end):
                    ends.append([sum(pose[j][axis] for j in end) / len(end) for axis in (0, 1)])
            length = math.dist(ends[0], ends[1])
            d1, d2 = math.dist(ends[0], ends[2]), math.dist(ends[1], ends[3])
            total[i] += 1
            ok = (d1 + d2) / 2 <= threshold * length if loose else max(d1, d2) <= threshold * length
            correct[i] += ok
    return correct, total


@pytest.mark.parametrize("rule", ["strict", "loose"])
@pytest.mark.parametrize("threshold", [0.2, 0.5])
def test_pcp_is_the_plain_loop(rule, threshold):
    truth, labelled, predicted = people()
    counts = limbs.pcp(truth, labelled, predicted, LSP, threshold, rule)
    correct, total = loop_pcp(truth, labelled, predicted, threshold, rule == "loose")
    assert counts.correct.tolist() == correct
    assert counts.total.tolist() == total
    assert 0 < sum(correct) < sum(total)


def loop_size(pose, seen, kind):
    """Size of one person or None, from the definitions: 9 left shoulder, 2 right hip, 8 right shoulder, 3 left hip."""
    if kind == "box":
        placed = [p for p, s in zip(pose, seen, strict=True) if s]
        return max(max(p[a] for p in placed) - min(p[a] for p in placed) for a in (0, 1)) if placed else None
    if kind == "head":
        return math.dist(pose[12], pose[13]) if seen[12] and seen[13] else None
    pairs = {"first": [(9, 2)], "other": [(8, 3)]}.get(kind, [(9, 2), (8, 3)])
    if kind == "preferred":
        pairs = [pair for pair in pairs if seen[pair[0]] and seen[pair[1]]][:1]
        return math.dist(pose[pairs[0][0]], pose[pairs[0][1]]) if pairs else None
    if not all(seen[j] for pair in pairs for j in pair):
        return None
    lengths = [math.dist(pose[a], pose[b]) for a, b in pairs]
    return max(lengths) if kind == "longest" else sum(lengths) / len(lengths)


@pytest.mark.parametrize("kind", ["first", "other", "mean", "longest", "preferred", "box", "head"])
def test_found_joints_are_the_plain_loop(kind):
    truth, labelled, predicted = people(seed=1)
    if kind == "box":
        counts = metrics.found(truth, labelled, predicted, metrics.box_sizes(truth, labelled), THRESHOLDS)
    elif kind == "head":
        counts = metrics.found(
            truth, labelled, predicted, metrics.head_sizes(truth, labelled, LSP), THRESHOLDS
        )
    else:
        counts = metrics.pdj(truth, labelled, predicted, LSP, THRESHOLDS, kind)
    correct, total = np.zeros((6, 14), int), np.zeros((6, 14), int)
    for t, seen, p in zip(truth, labelled, predicted, strict=True):
        size = loop_size(t, seen, kind)
        for k in range(14):
            for i, threshold in enumerate(THRESHOLDS):
                if size is not None and seen[k]:
                    total[i, k] += 1
                    correct[i, k] += math.dist(t[k], p[k]) <= threshold * size
    np.testing.assert_array_equal(counts.correct, correct)
    np.testing.assert_array_equal(counts.total, total)


def test_outcomes_at_one_threshold_sum_to_the_curve():
    truth, labelled, predicted = people(seed=2)
    sizes = metrics.torso_sizes(truth, labelled, LSP)
    curve = metrics.found(truth, labelled, predicted, sizes, THRESHOLDS)
    for i, threshold in enumerate(THRESHOLDS):
        counts = metrics.found_outcomes(truth, labelled, predicted, sizes, threshold).counts()
        np.testing.assert_array_equal(counts.correct, curve.correct[i])
        np.testing.assert_array_equal(counts.total, curve.total[i])


def test_endpoint_errors_are_the_plain_loop():
    truth, labelled, predicted = people(seed=3)
    for k, lengths in enumerate(endpoint.endpoint_errors(truth, labelled, predicted)):
        errors = sorted(
            math.dist(truth[n, k], predicted[n, k]) for n in range(len(truth)) if labelled[n, k]
        )  # fmt: skip
        middle = len(errors) // 2
        median = errors[middle] if len(errors) % 2 else (errors[middle - 1] + errors[middle]) / 2
        assert lengths.count == len(errors)
        assert lengths.mean == pytest.approx(sum(errors) / len(errors))
        assert lengths.median == pytest.approx(median)


def test_no_labels_at_all_counts_nothing_and_warns_of_nothing():
    truth, _, predicted = people(5)
    none = np.zeros((5, 14), bool)
    assert limbs.pcp(truth, none, predicted, LSP).total.sum() == 0
    assert np.isnan(limbs.mean_of_kinds(limbs.pcp(truth, none, predicted, LSP), LSP))
    assert metrics.found(truth, none, predicted, metrics.box_sizes(truth, none), THRESHOLDS).total.sum() == 0
    assert endpoint.endpoint_error(truth, none, predicted).count == 0


def test_a_stick_of_no_length_is_counted_and_forgives_nothing():
    truth, _, _ = people(2)
    truth[:, 7] = truth[:, 6]  # right elbow on right wrist
    predicted = truth.copy()
    predicted[1, 7] += 1e-6
    stick = [limb.start for limb in LSP.limbs].index((7,))
    for rule in ("strict", "loose"):
        outcomes = limbs.pcp_outcomes(truth, np.ones((2, 14), bool), predicted, LSP, 0.5, rule)
        assert outcomes.counted[:, stick].all()
        assert outcomes.correct[:, stick].tolist() == [True, False]


def test_the_average_is_of_four_kinds_not_of_ten_sticks():
    correct = np.array([8, 6, 10, 10, 2, 4, 5, 7, 0, 0])  # legs, arms, head, torso as in LSP.limbs
    counts = Counts(correct, np.full(10, 10))
    kinds = {kind: c.rate().item() for kind, c in limbs.by_kind(counts, LSP).items()}
    assert kinds == pytest.approx(
        {"lower leg": 0.7, "upper leg": 1.0, "lower arm": 0.3, "upper arm": 0.6, "head": 0.0, "torso": 0.0}
    )
    assert limbs.mean_of_kinds(counts, LSP) == pytest.approx((0.7 + 1.0 + 0.3 + 0.6) / 4)
    assert limbs.mean_of_sticks(counts) == pytest.approx(0.52)


def test_a_skeleton_without_a_diagonal_or_head_says_what_to_use():
    bare = build("bare", "left_hand right_hand", {"left_hand-right_hand": "span"}, torso=())
    pose, seen = np.zeros((1, 2, 2)), np.ones((1, 2), bool)
    with pytest.raises(ConfigError, match="PCK"):
        metrics.pdj(pose, seen, pose, bare, THRESHOLDS)
    with pytest.raises(ConfigError, match="head sizes"):
        metrics.head_sizes(pose, seen, bare)


# Whole-number coordinates, scaled by powers of two and moved by whole numbers, are exact in floating point: what
# must be equal is then equal to the last bit, ties included.
whole = st.integers(-64, 64).map(float)
poses = arrays.arrays(np.float64, (3, 14, 2), elements=whole)
masks = arrays.arrays(np.bool_, (3, 14))
shift = arrays.arrays(np.float64, (2,), elements=st.integers(-1000, 1000).map(float))
factor = st.sampled_from([0.25, 0.5, 2.0, 8.0])


def all_counts(truth, labelled, predicted):
    torso = [
        metrics.pdj(truth, labelled, predicted, LSP, THRESHOLDS, d)
        for d in ("first", "other", "mean", "longest")
    ]
    sizes = (metrics.box_sizes(truth, labelled), metrics.head_sizes(truth, labelled, LSP))
    other = [metrics.found(truth, labelled, predicted, s, THRESHOLDS) for s in sizes]
    parts = [
        limbs.pcp(truth, labelled, predicted, LSP, t, r) for t in (0.2, 0.5) for r in ("strict", "loose")
    ]
    return [*torso, *other, *parts]


@given(poses, masks, poses, shift, factor)
@settings(max_examples=60, deadline=None)
def test_moving_and_scaling_pose_and_truth_changes_nothing(truth, labelled, predicted, by, scale):
    before = all_counts(truth, labelled, predicted)
    after = all_counts(truth * scale + by, labelled, predicted * scale + by)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a.correct, b.correct)
        np.testing.assert_array_equal(a.total, b.total)


@given(poses, masks, poses)
@settings(max_examples=60, deadline=None)
def test_monotone_in_the_threshold_and_at_most_all(truth, labelled, predicted):
    for counts in all_counts(truth, labelled, predicted):
        assert (counts.correct <= counts.total).all()
        if counts.correct.ndim == 2:
            assert (np.diff(counts.correct, axis=0) >= 0).all()
    for rule in ("strict", "loose"):
        at = [limbs.pcp(truth, labelled, predicted, LSP, t, rule).correct for t in (0.1, 0.3, 0.5, 2.0)]
        assert (np.diff(at, axis=0) >= 0).all()


@given(poses, masks, poses, st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_strict_is_never_above_loose(truth, labelled, predicted, threshold):
    strict = limbs.pcp_outcomes(truth, labelled, predicted, LSP, threshold, "strict")
    loose = limbs.pcp_outcomes(truth, labelled, predicted, LSP, threshold, "loose")
    np.testing.assert_array_equal(strict.counted, loose.counted)
    assert not (strict.correct & ~loose.correct).any()


@given(poses, masks)
@settings(max_examples=30, deadline=None)
def test_the_truth_itself_is_all_correct_and_unlabelled_joints_do_not_matter(truth, labelled):
    scribbled = np.where(labelled[..., None], truth, 1e6)
    for counts in all_counts(truth, labelled, scribbled):
        np.testing.assert_array_equal(counts.correct, counts.total)


@given(poses, masks, poses)
@settings(max_examples=30, deadline=None)
def test_counts_of_pieces_add_up(truth, labelled, predicted):
    whole_set = limbs.pcp(truth, labelled, predicted, LSP)
    pieces = limbs.pcp(truth[:1], labelled[:1], predicted[:1], LSP) + limbs.pcp(
        truth[1:], labelled[1:], predicted[1:], LSP
    )
    np.testing.assert_array_equal(whole_set.correct, pieces.correct)
    np.testing.assert_array_equal(whole_set.total, pieces.total)


def test_a_skeleton_with_no_limb_the_tables_know_has_no_average():
    pen = build("pen", "tip clip", {"tip-clip": "tip-clip"}, torso=())
    pose, seen = np.array([[[0.0, 0.0], [0.0, 9.0]]]), np.ones((1, 2), bool)
    counts = limbs.pcp(pose, seen, pose, pen)
    assert np.isnan(limbs.mean_of_kinds(counts, pen))
    assert limbs.mean_of_sticks(counts) == 1.0
    assert limbs.pcp(pose, seen, pose, build("dots", "tip clip", {}, torso=())).total.shape == (0,)


def test_area_of_known_curves():
    thresholds = np.linspace(0, 0.5, 11)
    assert endpoint.area(thresholds, np.ones(11)) == pytest.approx(1.0)
    assert endpoint.area(thresholds, thresholds / 0.5) == pytest.approx(0.5)
    np.testing.assert_allclose(endpoint.area(thresholds, np.stack([np.zeros(11), np.ones(11)], 1)), [0, 1])


def test_counts_leave_uncounted_cells_out_of_a_mean():
    counts = Outcomes(np.array([[True, False]]), np.array([[True, False]])).counts()
    assert counts.mean() == 1.0
    assert counts.pooled().rate() == 1.0
