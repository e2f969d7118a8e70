"""The Buffy kit's PCP, OKS and AP, the error taxonomy and confidence: plain loops, made cases, exact tests."""

from __future__ import annotations

import cmath
import json
import math

import numpy as np
import pytest

from deeppose.errors import ConfigError
from deeppose.evaluation import limbs, oks, stickmen, taxonomy, uncertainty
from deeppose.evaluation.average_precision import of_file, of_people
from deeppose.evaluation.counts import Counts, Outcomes, within
from deeppose.evaluation.records import results_of
from deeppose.evaluation.reliability import auc, reliability
from deeppose.skeleton import LSP, build


def people(n=60, seed=0, noise=25.0):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 200, (n, 14, 2))
    return truth, rng.random((n, 14)) < 0.85, truth + rng.normal(0, noise, truth.shape)


def loop_kit(truth, labelled, predicted, detected, threshold):
    """The kit's test with complex numbers: dividing by the true direction turns and scales in one step."""
    correct, total = [0] * len(LSP.limbs), [0] * len(LSP.limbs)
    for t, seen, p, found in zip(truth, labelled, predicted, detected, strict=True):
        for i, limb in enumerate(LSP.limbs):
            if not found or not all(seen[j] for j in limb.start + limb.end):
                continue
            total[i] += 1
            t1, t2, p1, p2 = (
                sum(complex(*pose[j]) for j in end) / len(end)
                for pose in (t, p)
                for end in (limb.start, limb.end)
            )
            if abs(p1 - t2) < abs(p1 - t1):
                p1, p2 = p2, p1
            away = [(p1 - t1) / (t2 - t1), (p2 - t2) / (t2 - t1)]
            correct[i] += all(abs(a.real) < threshold and abs(a.imag) < threshold for a in away)
    return correct, total


@pytest.mark.parametrize("threshold", [0.2, 0.5])
def test_kit_pcp_is_the_plain_loop(threshold):
    truth, labelled, predicted = people(seed=5)
    detected = np.arange(len(truth)) % 3 > 0
    counts = stickmen.kit_pcp(truth, labelled, predicted, LSP, detected, threshold)
    assert (counts.correct.tolist(), counts.total.tolist()) == loop_kit(
        truth, labelled, predicted, detected, threshold
    )


def test_kit_pcp_turned_with_the_picture_is_the_same_and_never_below_strict():
    truth, labelled, predicted = people(seed=6)
    everyone = np.ones(len(truth), bool)
    turn = cmath.rect(1, 0.7)
    rotation = np.array([[turn.real, turn.imag], [-turn.imag, turn.real]])
    upright = stickmen.kit_outcomes(truth, labelled, predicted, LSP, everyone)
    turned = stickmen.kit_outcomes(truth @ rotation, labelled, predicted @ rotation, LSP, everyone)
    np.testing.assert_array_equal(upright.correct, turned.correct)
    strict = limbs.pcp_outcomes(truth, labelled, predicted, LSP)
    assert not (strict.correct & ~upright.correct).any()
    assert upright.correct.sum() > strict.correct.sum()


def test_a_person_is_detected_where_head_and_torso_windows_overlap_by_half():
    truth = np.zeros((3, 14, 2))
    truth[:, 13], truth[:, 12] = (50, 0), (50, 20)  # head top, neck
    truth[:, [8, 9]], truth[:, [2, 3]] = (
        (50, 20),
        (50, 100),
    )  # torso's middle at 60: a window 60 high, 66.7 wide
    predicted = truth.copy()
    predicted[1, :, 1] += 19  # 41 of 79 shared: 0.52
    predicted[2, :, 1] += 21  # 39 of 81 shared: 0.48
    seen = np.ones((3, 14), bool)
    assert stickmen.detected_people(truth, seen, predicted, LSP).tolist() == [True, True, False]
    seen[0, 13] = False
    assert stickmen.detected_people(truth, seen, predicted, LSP).tolist() == [False, True, False]
    bare = build("bare", "left_hand right_hand", {"left_hand-right_hand": "span"}, torso=())
    with pytest.raises(ConfigError, match="no torso stick"):
        stickmen.detected_people(truth[:, :2], seen[:, :2], truth[:, :2], bare)


def test_oks_is_the_plain_loop():
    truth, labelled, predicted = people(20, seed=7)
    sigma, area = oks.sigmas(LSP), oks.areas(truth, labelled)
    measured = oks.oks(truth, labelled, predicted, sigma, area)
    for n in range(20):
        placed = [truth[n, k] for k in range(14) if labelled[n, k]]
        width, height = (max(p[a] for p in placed) - min(p[a] for p in placed) for a in (0, 1))
        terms = [
            math.exp(
                -(math.dist(truth[n, k], predicted[n, k]) ** 2)
                / (2 * 0.53 * width * height * (2 * sigma[k]) ** 2)
            )
            for k in range(14)
            if labelled[n, k]
        ]
        assert measured[n] == pytest.approx(sum(terms) / len(terms))


def test_sigmas_come_by_name_or_are_asked_for():
    assert oks.sigmas(LSP)[[0, 13]].tolist() == [0.089, 0.079]
    with pytest.raises(ConfigError, match="tail"):
        oks.sigmas(build("cat", "left_ear tail", {"left_ear-tail": "cat"}, torso=()))


def test_average_precision_of_lone_people_with_known_similarity():
    """One prediction a picture, best first: precision falls only after the last that passes, so AP is countable."""
    pytest.importorskip("faster_coco_eval")
    truth, labelled, predicted = people(
        29, seed=8, noise=8.0
    )  # a prime: no recall lands on the grid by rounding
    sigma, area = oks.sigmas(LSP), oks.areas(truth, labelled)
    quality = oks.oks(truth, labelled, predicted, sigma, area)
    pictures = list(range(100, 129))
    told = results_of(pictures, predicted, quality)
    result = of_people(truth, labelled, pictures, told, sigma)
    thresholds = np.arange(0.5, 0.96, 0.05)
    recalls = np.array([(quality >= t).mean() for t in thresholds])
    assert result["AR"] == pytest.approx(recalls.mean())
    # COCO reads precision at 101 recalls: 1 up to the reached recall, 0 beyond.
    grid = np.linspace(0, 1, 101)
    assert result["AP"] == pytest.approx(np.mean([(grid <= r).mean() * (r > 0) for r in recalls]), abs=1e-6)
    assert 0.2 < result["AP"] < 0.9
    exact = of_people(truth, labelled, pictures, results_of(pictures, truth, quality), sigma)
    assert exact["AP"] == pytest.approx(1.0)
    assert of_people(truth, labelled, pictures, [], sigma)["AP"] == 0.0


def test_a_part_of_a_file_is_measured_on_its_own_pictures(tmp_path):
    """Two people of whom one is found, exactly: all there is in the third whose ids three divides."""
    pytest.importorskip("faster_coco_eval")
    truth, *_ = people(2, seed=8, noise=0.0)
    rows = [
        {"id": n, "image_id": n, "category_id": 1, "area": 5000.0, "bbox": [0, 0, 99, 99], "iscrowd": 0,
         "keypoints": [v for x, y in pose for v in (x, y, 2)], "num_keypoints": 14}
        for n, pose in zip((1, 3), truth.tolist(), strict=True)
    ]  # fmt: skip
    path = tmp_path / "val.json"
    content = {"images": [{"id": 1}, {"id": 3}], "annotations": rows, "categories": [{"id": 1}]}
    path.write_text(json.dumps(content))
    told = [{"image_id": 3, "category_id": 1, "keypoints": rows[1]["keypoints"], "score": 0.9}]
    found = {s: of_file(path, [1], told, oks.sigmas(LSP), s)["AP"] for s in ("val", "val-third")}
    assert found["val-third"] == pytest.approx(1.0)
    assert found["val"] == pytest.approx(51 / 101)  # precision at 101 recalls, of which those up to a half


def loop_kind(n, k, truth, labelled, predicted, sigma, area, images):
    """One joint by the table of section 3.1."""
    mirror = LSP.mirror
    candidates = []
    for m in range(len(truth)):
        if images[m] != images[n]:
            continue
        for joint in {k, mirror[k]}:
            if labelled[m, joint]:
                d = math.dist(truth[m, joint], predicted[n, k])
                ks = math.exp(-(d**2) / (2 * area[m] * (2 * sigma[k]) ** 2))
                where = "swap" if m != n else "home" if joint == k else "inversion"
                candidates.append((ks, where))
    ks, where = max(candidates)
    if ks < 0.5:
        return "miss"
    if where != "home":
        return where
    return "good" if ks >= 0.85 else "jitter"


def test_taxonomy_is_the_plain_loop():
    truth, labelled, predicted = people(40, seed=9)
    rng = np.random.default_rng(9)
    predicted = truth + rng.normal(0, 8, truth.shape)
    invert, swap = rng.random((40, 14)) < 0.2, rng.random((40, 14)) < 0.2
    predicted = np.where(invert[..., None], predicted[:, LSP.mirror], predicted)
    predicted = np.where(swap[..., None], predicted[np.arange(40) ^ 1], predicted)
    images, sigma = np.arange(40) // 2, oks.sigmas(LSP)
    area = np.full(40, 9000.0)
    verdicts = taxonomy.kinds(truth, labelled, predicted, LSP, sigma, area, images)
    np.testing.assert_array_equal(verdicts.sum(0), labelled)
    seen = set()
    for n, k in zip(*np.nonzero(labelled), strict=True):
        kind = loop_kind(n, k, truth, labelled, predicted, sigma, area, images)
        seen.add(kind)
        assert verdicts[taxonomy.KINDS.index(kind), n, k], (n, k, kind)
    assert seen == set(taxonomy.KINDS)


def test_taxonomy_of_lone_people_never_swaps_and_counts_every_label_once():
    truth, labelled, predicted = people(40, seed=10)
    args = (LSP, oks.sigmas(LSP), oks.areas(truth, labelled))
    counts = taxonomy.counts(taxonomy.kinds(truth, labelled, predicted, *args))
    np.testing.assert_array_equal(counts.correct.sum(0), labelled.sum(0))
    assert counts.correct[taxonomy.KINDS.index("swap")].sum() == 0
    mirrored = taxonomy.counts(taxonomy.kinds(truth, labelled, truth[:, LSP.mirror], *args))
    sides = np.array(LSP.mirror) != np.arange(14)
    assert mirrored.correct[taxonomy.KINDS.index("good")][~sides].sum() == labelled[:, ~sides].sum()
    assert mirrored.correct[taxonomy.KINDS.index("inversion")].sum() > 0.7 * labelled[:, sides].sum()


def coins(n, p, seed, cells=1):
    return Outcomes(np.random.default_rng(seed).random((n, cells)) < p, np.ones((n, cells), bool))


def test_the_bootstrap_interval_is_the_binomial_one():
    outcomes = coins(400, 0.7, 0)
    measured = uncertainty.interval(outcomes, samples=4000)
    rate = outcomes.correct.mean()
    spread = 1.96 * math.sqrt(rate * (1 - rate) / 400)
    assert measured.value == pytest.approx(rate)
    assert (measured.low, measured.high) == pytest.approx((rate - spread, rate + spread), abs=0.006)
    assert measured == uncertainty.interval(outcomes, samples=4000)


def test_joints_of_one_person_are_not_independent_people():
    alone = coins(100, 0.5, 1)
    copied = Outcomes(np.repeat(alone.correct, 14, 1), np.repeat(alone.counted, 14, 1))
    measured, expected = uncertainty.interval(copied), uncertainty.interval(alone)
    assert (measured.low, measured.high) == pytest.approx((expected.low, expected.high))


def test_the_paired_p_value_is_the_exact_sign_test():
    first, second = coins(60, 0.5, 2), coins(60, 0.62, 3)
    result = uncertainty.compare(first, second, samples=8000)
    wins, losses = result.only_second, result.only_first
    tosses, extreme = wins + losses, abs(wins - losses)
    exact = sum(math.comb(tosses, k) for k in range(tosses + 1) if abs(2 * k - tosses) >= extreme) / 2**tosses
    assert result.p_value == pytest.approx(exact, abs=0.02)
    assert result.difference.value == pytest.approx((wins - losses) / 60)
    assert result.difference.low < result.difference.value < result.difference.high


def test_equal_predictions_do_not_differ_and_other_people_cannot_be_compared():
    outcomes = coins(50, 0.5, 4, 10)
    same = uncertainty.compare(outcomes, outcomes, lambda c: limbs.mean_of_kinds(c, LSP))
    assert (same.difference.value, same.p_value, same.only_first) == (0.0, 1.0, 0)
    with pytest.raises(ValueError, match="same people"):
        uncertainty.compare(outcomes, coins(49, 0.5, 4, 10))


def test_nothing_counted_has_no_interval():
    nothing = Outcomes(np.zeros((3, 2), bool), np.zeros((3, 2), bool))
    assert math.isnan(uncertainty.interval(nothing, Counts.mean).low)
    assert math.isnan(uncertainty.compare(nothing, nothing, samples=10).p_value)


def test_calibration_s_error_weighs_bins_by_their_joints_and_equal_scores_count_half() -> None:
    """Three joints score .9 and are found, one scores .1 and is found too: (3 x .1 + 1 x .9) / 4."""
    scores, hits = np.array([[0.9, 0.9, 0.9, 0.1]]), np.array([[True, True, True, True]])
    stage = reliability(scores, hits, np.ones((1, 4), bool))
    assert stage.ece == pytest.approx(0.3)
    assert stage.brier == pytest.approx((3 * 0.01 + 0.81) / 4)
    pairs = [(0.5, True), (0.5, False), (0.7, True), (0.2, False), (0.5, False)]
    score, hit = np.array([s for s, _ in pairs]), np.array([h for _, h in pairs])
    won = [1.0 if a > b else 0.5 if a == b else 0.0 for a, h in pairs if h for b, other in pairs if not other]
    assert auc(score, hit) == pytest.approx(np.mean(won))


def test_what_lies_exactly_at_the_threshold_is_found() -> None:
    outcomes = within(np.array([0.2, 0.2 + 1e-9, 0.0]), 0.2, np.array([True, True, False]))
    assert outcomes.correct.tolist() == [True, False, False]
    assert outcomes.counted.tolist() == [True, True, False]
