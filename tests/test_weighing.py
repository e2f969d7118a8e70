"""Odds between two networks: what they do to two answers, and that fitting finds whom to believe."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model.cascade import Cascade, CascadeConfig, StageConfig
from deeppose.model.looks import EQUAL, fused, weighed
from deeppose.model.regressor import Estimate
from deeppose.skeleton import BODY
from deeppose.training import checkpoint, weighing
from deeppose.training.recipes import DEBUG

K = 4
MIRROR = (1, 0, 2, 3)


def _answers(people: int, seed: int = 0) -> tuple[Estimate, Estimate]:
    g = torch.Generator().manual_seed(seed)
    joints = torch.rand(people, K, 2, generator=g) * 100
    moved = joints + (torch.rand(people, K, 2, generator=g) - 0.5) * 20
    scales = 1 + torch.rand(2, people, K, generator=g) * 9
    return Estimate(joints, scales[0]), Estimate(moved, scales[1])


def test_unfitted_odds_are_the_minimum_variance_mean() -> None:
    before, after = _answers(5)
    found = weighed(before, after, torch.full((5,), 40.0), torch.tensor([0.0] * K + EQUAL))
    assert torch.allclose(found.joints, fused(before, after).joints, atol=1e-3)


def test_odds_grow_with_the_distance_between_the_answers() -> None:
    """Two equal scales, the first joint's offset for the later answer, the second's for the earlier."""
    odds = torch.tensor([0.5, -0.5, 2.0, 2.0, 8.0])
    before = Estimate(torch.zeros(2, 2, 2), torch.ones(2, 2))
    after = Estimate(torch.tensor([[[1.0, 0], [1, 0]], [[100.0, 0], [100, 0]]]), torch.ones(2, 2))
    share = weighed(before, after, torch.full((2,), 50.0), odds).joints[..., 0] / after.joints[..., 0]
    near, far = (torch.tensor(0.5 * (1 + 8 * d / 50)).sigmoid() for d in (1, 100))
    assert torch.allclose(share, torch.stack([near, 1 - near, far, 1 - far]).view(2, 2), atol=1e-4)
    assert far > 0.999


def test_a_disputed_joint_is_less_sure_than_either_answer() -> None:
    before, after = _answers(5)
    after = after._replace(joints=before.joints + 300)
    found = weighed(before, after, torch.full((5,), 40.0), torch.tensor([0.0] * K + EQUAL))
    assert (found.scales > torch.maximum(before.scales, after.scales)).all()
    agreed = weighed(before, before, torch.full((5,), 40.0), torch.tensor([0.0] * K + EQUAL))
    assert torch.allclose(agreed.scales, before.scales)


def _fitted(right: Tensor, sources: Tensor) -> Tensor:
    """Log-odds (K,) of answers that are equally sure, fitted where `right` (N, K) says which of the two is true."""
    people = len(right)
    before, after = (e._replace(scales=torch.full((people, K), 4.0)) for e in _answers(people))
    truth = torch.where(right[..., None], after.joints, before.joints)
    size = torch.full((people,), 40.0)
    seen = torch.ones(people, K, dtype=torch.bool)
    seen[:, 3] = False
    odds = weighing.fit(before, after, size, truth, seen, size, sources, MIRROR)
    assert odds[-1] >= 0
    assert odds[3] == 0  # nobody's label says anything
    return odds[:K] + (odds[-3] - odds[-2]) * math.log(4 / 40)


def test_fitting_believes_for_each_joint_whoever_is_right_there() -> None:
    right = torch.tensor([True, True, False, True]).expand(60, K)
    odds = _fitted(right, torch.zeros(60, dtype=torch.long))
    assert odds[0] == odds[1] > 0.5  # mirror images
    assert odds[2] < -0.5


def test_every_data_set_counts_the_same() -> None:
    """Fifty of one set say that the later answer is right, ten of another, with five joints for one, the opposite."""
    right = torch.cat([torch.ones(50, K), torch.zeros(10, K)]).bool()
    one, two = (_fitted(right, torch.tensor([0] * 50 + [s] * 10)) for s in (0, 1))
    assert one[:3].mean() > 0.3
    assert two[:3].abs().max() < one[:3].mean() / 2


def _people(count: int) -> Store:
    g = torch.Generator().manual_seed(0)
    joints = 20 + 40 * torch.rand(count, len(BODY), 2, generator=g)
    seen = torch.ones(count, len(BODY), dtype=torch.bool)
    boxes = torch.tensor([[40.0, 40, 60, 60]]).repeat(count, 1)
    canvases = torch.randint(0, 256, (count, 80, 80, 3), generator=g, dtype=torch.uint8)
    zero = torch.zeros(count, dtype=torch.long)
    return Store(canvases, joints, seen, seen, boxes, torch.zeros(count, 2), torch.ones(count), zero)


def test_only_upright_stages_that_are_fused_are_weighed() -> None:
    small = StageConfig("compact", {"input_size": 32, "deep": False, "width": 8})
    torch.manual_seed(0)
    config = CascadeConfig(
        BODY, (small, small, replace(small, upright=True)), square=True, fuse=True, canvas=80
    )
    cascade, people = Cascade(config), _people(6)
    even = cascade.odds.clone()
    weighing.weigh(cascade, people)
    assert torch.equal(cascade.odds[:2], even[:2])
    assert not torch.equal(cascade.odds[2], even[2])
    before, after = weighing.looks_of(cascade, 2, people)
    expected = weighed(before, after, cascade.diameter(before.joints), cascade.odds[2])
    with torch.no_grad():
        found = cascade(cascade.prepare(people.canvases), people.boxes)
    assert torch.allclose(found.joints[:, 2], expected.joints, atol=1e-3)
    assert torch.equal(cascade.first(2).odds, even[:2])


def test_a_checkpoint_from_before_odds_weighs_evenly(tmp_path) -> None:  # type: ignore[no-untyped-def]
    cascade = Cascade(DEBUG.cascade())
    checkpoint.save(tmp_path / "old.pt", DEBUG, cascade, 2)
    state = torch.load(tmp_path / "old.pt", weights_only=True)
    del state["cascade"]["odds"]
    state["config"]["doubt"] = 2.0
    torch.save(state, tmp_path / "old.pt")
    loaded = checkpoint.cascade_of(checkpoint.load(tmp_path / "old.pt"))
    assert torch.equal(loaded.odds, cascade.odds)
