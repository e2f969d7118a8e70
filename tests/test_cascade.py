"""The cascade's equations, written out by hand beside it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from deeppose.errors import ConfigError, DataError
from deeppose.model import confidence, displacement, geometry, looks
from deeppose.model.cascade import Cascade, CascadeConfig, StageConfig, first_stage, refine
from deeppose.model.looks import Mirrored, averaged, fused
from deeppose.model.objective import laplace, objective, own_joint, squared_l2
from deeppose.model.regressor import Estimate, Output
from deeppose.skeleton import LSP

SMALL = StageConfig("compact", {"input_size": 64, "deep": False, "width": 16})


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    torch.manual_seed(0)
    model = Cascade(CascadeConfig(LSP, (SMALL,) * 3, sigma=1.5, square=True)).eval()
    for stage in model.stages:
        nn.init.normal_(stage.votes.weight, std=0.05)
    return model


def _people(n: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    boxes = torch.rand(n, 4, generator=generator) * 20 + torch.tensor([55.0, 55.0, 80.0, 80.0])
    return torch.randn(n, 3, 128, 128, generator=generator), boxes


class Constant(nn.Module):
    """A regressor that answers joint i with (0.01 i, -0.02 i)."""

    input_size = 32

    def forward(self, crops: Tensor) -> Output:
        i = torch.arange(14.0)
        return Output(torch.stack([0.01 * i, -0.02 * i], -1).expand(len(crops), 14, 2), None)


def test_stage_one_is_equation_five():
    images, boxes = _people(2)
    joints = first_stage(Constant(), images, boxes).joints
    for n in range(2):
        for i in range(14):
            expected = boxes[n, :2] + torch.tensor([0.01 * i, -0.02 * i]) * boxes[n, 2:]
            assert torch.allclose(joints[n, i], expected, atol=1e-4)


def test_later_stages_are_equation_six_with_each_joints_own_outputs():
    images, _ = _people(1)
    joints = torch.rand(1, 14, 2) * 100
    boxes = geometry.joint_boxes(joints, torch.tensor([40.0]), sigma=2.0)
    refined = refine(Constant(), images, joints, boxes).joints
    for i in range(14):
        expected = joints[0, i] + torch.tensor([0.01 * i, -0.02 * i]) * 80.0
        assert torch.allclose(refined[0, i], expected, atol=1e-4)


def test_every_stage_is_returned_and_equals_running_the_stages_by_hand(cascade):
    images, boxes = _people(2)
    with torch.no_grad():
        joints, scales, _ = cascade(images, boxes)
        by_hand = first_stage(cascade.stages[0], images, geometry.grown(boxes, 1)).joints
        assert torch.allclose(joints[:, 0], by_hand, atol=1e-3)
        for s in (1, 2):
            by_hand = refine(cascade.stages[s], images, by_hand, cascade.joint_boxes(by_hand)).joints
            assert torch.allclose(joints[:, s], by_hand, atol=1e-3)
    assert joints.shape == (2, 3, 14, 2)
    assert scales.shape == (2, 3, 14)
    assert not torch.allclose(joints[:, 0], joints[:, 1])


def test_a_batch_of_people_equals_a_batch_of_one(cascade):
    images, boxes = _people(3)
    with torch.no_grad():
        together = cascade(images, boxes).joints
        alone = torch.cat([cascade(images[i : i + 1], boxes[i : i + 1]).joints for i in range(3)])
    assert torch.allclose(together, alone, atol=1e-3)


def test_moving_the_picture_moves_the_pose(cascade):
    """Shifting content and box by whole pixels shifts every stage's joints by as much."""
    images = torch.zeros(1, 3, 128, 128)
    images[:, :, 40:80, 40:80] = torch.randn(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    box = torch.tensor([[60.0, 60.0, 40.0, 40.0]])
    with torch.no_grad():
        here = cascade(images, box).joints
        there = cascade(images.roll((7, -5), (2, 3)), box + torch.tensor([-5.0, 7.0, 0, 0])).joints
    assert torch.allclose(there, here + torch.tensor([-5.0, 7.0]), atol=1e-2)


def test_a_second_look_starts_from_the_box_around_the_first_pose(cascade):
    images, boxes = _people(2)
    twice = Cascade(replace(cascade.config, looks=2)).eval()
    twice.load_state_dict(cascade.state_dict())
    with torch.no_grad():
        first = cascade(images, boxes, depth=1).joints[:, 0]
        low, high = first.amin(1), first.amax(1)
        air = 0.16 * (high - low).amax(-1, keepdim=True)
        around = torch.cat([(low + high) / 2, high - low + 2 * air], dim=-1)
        expected = cascade(images, around, depth=1).joints[:, 0]
        assert torch.allclose(twice(images, boxes, depth=1).joints[:, 0], expected, atol=1e-3)


def test_a_mirrored_look_is_the_mirror_of_a_look_at_the_mirrored_picture(cascade):
    images, boxes = _people(2)
    pairs = cascade.skeleton.mirror
    turned = torch.cat([images.shape[-1] - boxes[:, :1], boxes[:, 1:]], dim=-1)
    with torch.no_grad():
        there = first_stage(cascade.networks[0], looks.mirror_images(images), turned)
        here = first_stage(Mirrored(cascade.networks[0], pairs), images, boxes)
    expected = looks.mirror_joints(there.joints, images.shape[-1], pairs)
    assert torch.allclose(here.joints, expected, atol=1e-3)
    assert torch.allclose(here.scales, there.scales[:, list(pairs)], atol=1e-3)


def test_flipping_averages_the_first_look_and_a_mirrored_second(cascade):
    images, boxes = _people(2)
    flipped = Cascade(replace(cascade.config, looks=2, flip=True)).eval()
    flipped.load_state_dict(cascade.state_dict())
    psi = cascade.networks[0]
    with torch.no_grad():
        first = first_stage(psi, images, geometry.grown(boxes, 1))
        closer = geometry.grown(geometry.pose_boxes(first.joints), 1)
        second = first_stage(Mirrored(psi, cascade.skeleton.mirror), images, closer)
        found = flipped.begin(psi, images, boxes)
    for n in range(2):
        for i in range(14):
            p, q = (1 / float(look.scales[n, i]) ** 2 for look in (first, second))
            expected = (p * first.joints[n, i] + q * second.joints[n, i]) / (p + q)
            scale = (p * float(first.scales[n, i]) + q * float(second.scales[n, i])) / (p + q)
            assert torch.allclose(found.joints[n, i], expected, atol=1e-3)
            assert float(found.scales[n, i]) == pytest.approx(scale, rel=1e-4)


def test_two_looks_that_agree_are_no_surer_than_one():
    """One network's two looks share its errors: averaging must not claim what independent ones would bring."""
    look = Estimate(torch.ones(1, 3, 2), torch.full((1, 3), 2.0))
    assert torch.equal(averaged(look, look).scales, look.scales)
    assert (fused(look, look).scales < look.scales).all()


def test_fusing_is_the_minimum_variance_mean_in_a_plain_loop():
    generator = torch.Generator().manual_seed(9)
    a, b = (
        Estimate(torch.randn(1, 3, 2, generator=generator), torch.rand(1, 3, generator=generator))
        for _ in "ab"
    )
    both = fused(a, b)
    for i in range(3):
        pa, pb = 1 / float(a.scales[0, i]) ** 2, 1 / float(b.scales[0, i]) ** 2
        for d in range(2):
            expected = (pa * float(a.joints[0, i, d]) + pb * float(b.joints[0, i, d])) / (pa + pb)
            assert float(both.joints[0, i, d]) == pytest.approx(expected, abs=1e-5)
        assert float(both.scales[0, i]) == pytest.approx((pa + pb) ** -0.5, rel=1e-4)
    assert (both.scales < torch.minimum(a.scales, b.scales)).all()


def test_fusing_without_scales_is_refused():
    paper = StageConfig("deeppose")
    with pytest.raises(ConfigError, match="compact"):
        Cascade(CascadeConfig(LSP, (SMALL, paper), fuse=True))
    with pytest.raises(ConfigError, match="flip"):
        Cascade(CascadeConfig(LSP, (paper,), looks=2, flip=True))


def test_depth_one_is_stage_one_alone(cascade):
    images, boxes = _people(1)
    with torch.no_grad():
        assert torch.equal(cascade(images, boxes, depth=1).joints[:, 0], cascade(images, boxes).joints[:, 0])


def test_scores_are_probabilities_that_fall_with_the_scale(cascade):
    images, boxes = _people(1)
    with torch.no_grad():
        estimate = cascade(images, boxes)
        sure, unsure = (
            confidence.scores(cascade, estimate._replace(scales=estimate.scales * f)) for f in (0.1, 10.0)
        )
    assert ((sure >= 0) & (sure <= 1)).all()
    assert (sure > unsure).all()


def test_a_later_stages_score_hears_stage_one(cascade):
    """By hand: a logistic function of both stages' logits; 1 - exp(-0.2 diam / scale) is a Laplace error's mass."""
    joints = torch.zeros(1, 2, 14, 2)
    left_shoulder = cascade.skeleton.index("left_shoulder")
    joints[:, :, left_shoulder] = torch.tensor([30.0, 40.0])  # 50 from the hip, which lies at 0, 0
    scales = torch.stack([torch.full((1, 14), 5.0), torch.full((1, 14), 2.0)], 1)
    slopes = torch.tensor([[0.1, 0.5, 0.25, 1.0], [-0.3, 0.7, 0.4, 1.0]])
    cascade.calibration[:2] = slopes
    found = confidence.scores(
        cascade, Estimate(joints, scales, torch.zeros(1, cascade.presence.shape[1] - 1))
    )
    first, own = (math.log(math.expm1(0.2 * 50 / scale)) for scale in (5.0, 2.0))
    for stage, (own_logit, (offset, by_own, by_first, _)) in enumerate(
        zip((first, own), slopes.tolist(), strict=True)
    ):
        expected = 1 / (1 + math.exp(-(offset + by_own * own_logit + by_first * first)))
        assert found[0, stage].tolist() == pytest.approx([expected] * 14, rel=1e-4)


def test_own_joint_picks_two_of_the_2k_outputs():
    pose = torch.arange(3 * 14 * 2.0).reshape(3, 14, 2)
    own = own_joint(Output(pose, None), torch.tensor([0, 13, 5])).pose
    assert own[:, 0].tolist() == [[0.0, 1.0], [54.0, 55.0], [66.0, 67.0]]


def _example() -> tuple[Output, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    pose, target = torch.randn(2, 5, 14, 2, generator=generator)
    scale = torch.randn(5, 14, 2, generator=generator)
    return Output(pose, scale), target, torch.rand(5, 14, generator=generator) > 0.3


def test_squared_l2_is_equation_four_in_a_plain_loop():
    output, target, labelled = _example()
    total = 0.0
    for n in range(5):
        for i in range(14):
            if labelled[n, i]:
                total += sum((float(target[n, i, d]) - float(output.pose[n, i, d])) ** 2 for d in range(2))
    assert squared_l2(output, target, labelled).item() == pytest.approx(total / 5, rel=1e-5)


def test_equation_eight_counts_each_crops_own_joint_in_a_plain_loop():
    output, _, _ = _example()
    joint, target = torch.tensor([3, 0, 13, 7, 3]), torch.randn(5, 1, 2)
    labelled = torch.tensor([True, False, True, True, True])[:, None]
    total = 0.0
    for n in (0, 2, 3, 4):
        i = int(joint[n])
        total += sum((float(target[n, 0, d]) - float(output.pose[n, i, d])) ** 2 for d in range(2))
    assert objective("l2", output, target, labelled, joint).item() == pytest.approx(total / 5, rel=1e-5)


@pytest.mark.parametrize("loss", [squared_l2, laplace])
def test_an_unlabelled_term_is_omitted(loss):
    output, target, labelled = _example()
    garbage = torch.where(labelled[..., None], target, torch.inf)
    assert torch.equal(loss(output, garbage, labelled), loss(output, target, labelled))


@pytest.mark.parametrize("loss", [squared_l2, laplace])
def test_an_unlabelled_term_has_no_gradient(loss):
    output, target, labelled = _example()
    pose = output.pose.clone().requires_grad_()
    loss(output._replace(pose=pose), torch.where(labelled[..., None], target, torch.inf), labelled).backward()
    assert torch.isfinite(pose.grad).all()
    assert (pose.grad[~labelled] == 0).all()
    assert (pose.grad[labelled] != 0).all()


def test_laplace_is_the_negative_log_density():
    output, target, labelled = _example()
    density = torch.distributions.Laplace(output.pose, output.log_scale.exp())
    expected = -(density.log_prob(target).sum(-1)[labelled]).mean() - 2 * torch.log(torch.tensor(2.0))
    assert laplace(output, target, labelled).item() == pytest.approx(float(expected), rel=1e-4)


def test_an_unknown_objective_names_the_nearest():
    from deeppose.errors import ConfigError

    output, target, labelled = _example()
    with pytest.raises(ConfigError, match="did you mean 'laplace'"):
        objective("laplas", output, target, labelled)


def test_displacements_are_mean_and_covariance_per_joint():
    generator = torch.Generator().manual_seed(4)
    truth = torch.rand(500, 14, 2, generator=generator) * 100
    diam = torch.rand(500, generator=generator) * 40 + 20
    true_mean = torch.linspace(-0.2, 0.2, 28).reshape(14, 2)
    noise = torch.randn(500, 14, 2, generator=generator) * torch.tensor([0.1, 0.3])
    predicted = truth + (true_mean + noise) * diam[:, None, None]
    labelled = torch.rand(500, 14, generator=generator) > 0.2
    observed = displacement.fit(predicted, truth, labelled, diam)
    i = 6
    rows = [n for n in range(500) if labelled[n, i]]
    plain = torch.stack([(predicted[n, i] - truth[n, i]) / diam[n] for n in rows])
    assert torch.allclose(observed.mean[i], plain.mean(0), atol=1e-4)
    spread = sum(torch.outer(d - plain.mean(0), d - plain.mean(0)) for d in plain) / (len(rows) - 1)
    assert torch.allclose(observed.covariance[i], spread, atol=1e-4)


def test_samples_have_the_observed_moments():
    mean = torch.linspace(-0.3, 0.3, 28).reshape(14, 2)
    covariance = torch.tensor([[0.04, 0.01], [0.01, 0.09]]).repeat(14, 1, 1)
    observed = displacement.Displacements(mean, covariance, torch.zeros(14, 1, 2))
    drawn = observed.sample(torch.rand(40_000, 14, 2, generator=torch.Generator().manual_seed(5)))
    assert torch.allclose(drawn.mean(0), mean, atol=0.01)
    assert torch.allclose(torch.cov(drawn[:, 3].T), covariance[3], atol=0.005)


def test_empirical_samples_come_from_the_bank():
    bank = torch.randn(14, 9, 2)
    observed = displacement.Displacements(torch.zeros(14, 2), torch.eye(2).repeat(14, 1, 1), bank)
    drawn = observed.sample(torch.rand(200, 14, 2), "empirical")
    for i in range(14):
        assert {tuple(d) for d in drawn[:, i].tolist()} <= {tuple(d) for d in bank[i].tolist()}


def test_a_joint_labelled_too_rarely_is_given_what_all_joints_show():
    labelled = torch.ones(10, 14, dtype=torch.bool)
    labelled[2:, 3] = False
    moved = torch.randn(10, 14, 2, generator=torch.Generator().manual_seed(0))
    moved[:, 3] = torch.nan  # never to be read where unlabelled
    moved[:2, 3] = 0.0
    observed = displacement.fit(moved, torch.zeros(10, 14, 2), labelled, torch.ones(10))
    everything = moved[labelled]
    torch.testing.assert_close(observed.mean[3], everything.mean(0))
    torch.testing.assert_close(observed.covariance[3], torch.cov(everything.T), atol=1e-6, rtol=0)
    torch.testing.assert_close(observed.mean[4], moved[:, 4].mean(0))
    # Everybody's bank holds their own observations, again and again.
    assert {tuple(d) for d in observed.bank[4].tolist()} == {tuple(d) for d in moved[:, 4].tolist()}
    with pytest.raises(DataError, match="label more people"):
        displacement.fit(moved[:1], moved[:1], labelled[:1] & False, torch.ones(1))
