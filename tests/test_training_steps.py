"""What a step, a stage's people and its start are, by numbers worked out beside the code; each fails when it is cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from deeppose.data.store import Store
from deeppose.model import confidence, geometry
from deeppose.model.cascade import Cascade, StageConfig
from deeppose.model.displacement import Displacements
from deeppose.model.regressor import Estimate, Output
from deeppose.skeleton import LSP
from deeppose.training import calibration, examples, loop, optimisation, recipes
from deeppose.training import run as running
from deeppose.training.examples import Batch
from deeppose.training.launch import launch
from deeppose.training.run import Run
from deeppose.training.settings import Augment, StageRecipe
from deeppose.training.sources import stores
from deeppose.training.views import COLUMNS, Look, look, uniforms

NET = StageConfig("compact", {"input_size": 32, "deep": False, "width": 8})
STAGE = StageRecipe(NET, samples=32, batch=16, objective="laplace", optimizer="adamw", lr=1e-2, average=0.8)
L2 = replace(STAGE, objective="l2")
RECIPE = replace(recipes.DEBUG, stages=(STAGE, replace(STAGE, joints=4)), held_out=10)


@pytest.fixture(scope="module")
def people() -> Store:
    return stores(RECIPE, None, limit=42)[0]


def run(people: Store, out: Path, recipe=RECIPE, **more: Any) -> Run:  # type: ignore[no-untyped-def]
    held_out = people.subset(torch.arange(8))
    return Run(recipe, launch("cpu"), out, people, held_out, validate_every=1000, **more)


class Still(nn.Module):
    """Answers with its own parameters, whatever it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.pose = nn.Parameter(torch.tensor([[0.5, -0.2], [0.1, 0.3]]))

    def forward(self, crops: Tensor) -> Output:
        return Output(self.pose.expand(len(crops), 2, 2), None)


def batch(target: float, joint: int | None = None) -> Batch:
    shape = (1, 2, 2) if joint is None else (1, 1, 2)
    own = None if joint is None else torch.tensor([joint])
    return Batch(
        torch.zeros(1, 3, 4, 4), torch.full(shape, target), torch.ones(shape[:2], dtype=torch.bool), own
    )


def test_a_step_follows_the_gradient_of_its_own_batch_alone() -> None:
    """Of |w - y|^2 it is 2 (w - y): two steps of plain descent, worked out by hand."""
    psi, fabric = Still(), launch("cpu")
    descent = torch.optim.SGD(psi.parameters(), lr=0.1)
    expected = psi.pose.detach().clone()
    for target in (1.0, -3.0):
        loop._update(fabric, psi, descent, batch(target), L2)
        expected -= 0.1 * 2 * (expected - target)
        torch.testing.assert_close(psi.pose.detach(), expected)


@pytest.mark.parametrize(("clip", "share"), [(0.0, 1.0), (0.5, None), (1000.0, 1.0)])
def test_a_gradient_longer_than_the_clip_is_shortened_to_it(clip: float, share: float | None) -> None:
    psi = Still()
    before = psi.pose.detach().clone()
    loop._update(
        launch("cpu"), psi, torch.optim.SGD(psi.parameters(), lr=1.0), batch(3.0), replace(L2, clip=clip)
    )
    gradient = 2 * (before - 3.0)
    expected = gradient * (share or clip / gradient.norm())
    torch.testing.assert_close(psi.pose.detach(), before - expected)


@pytest.mark.parametrize("joint", [0, 1])
def test_a_later_stage_learns_of_each_crops_own_joint(joint: int) -> None:
    """Eq. (8): of the 2k outputs for a crop the loss sees the two of its joint, and moves no other."""
    psi = Still()
    before = psi.pose.detach().clone()
    loss = loop._update(launch("cpu"), psi, torch.optim.SGD(psi.parameters(), lr=0.1), batch(0.0, joint), L2)
    assert loss.item() == pytest.approx(before[joint].square().sum().item())
    moved = (psi.pose.detach() - before).abs()
    assert moved[1 - joint].max() == 0 < moved[joint].min()


def test_weights_decay_and_biases_do_not() -> None:
    layer = nn.Linear(2, 3)
    before = [p.detach().clone() for p in (layer.weight, layer.bias)]
    optimizer = optimisation.optimizer(layer, replace(STAGE, lr=0.1, weight_decay=0.5))
    for parameter in layer.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    torch.testing.assert_close(layer.weight.detach(), before[0] * (1 - 0.1 * 0.5))
    assert torch.equal(layer.bias, before[1])


def test_a_stage_keeps_the_average_of_what_its_norms_counted_too(
    people: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[Tensor] = []
    original = loop._update

    def watched(fabric: Any, psi: nn.Module, *rest: Any) -> Tensor:
        loss = original(fabric, psi, *rest)
        steps.append(next(b for b in psi.buffers() if b.is_floating_point()).clone())
        return loss

    monkeypatch.setattr(loop, "_update", watched)
    done = run(people, tmp_path, replace(RECIPE, stages=(STAGE,)))
    done.train_stages()
    kept = next(b for b in done.cascade.networks[0].buffers() if b.is_floating_point())
    decay = min(0.8, 2 / 11)
    torch.testing.assert_close(kept, decay * steps[0] + (1 - decay) * steps[1])
    assert (kept - steps[1]).abs().max() > 1e-6


def test_a_stage_observes_and_learns_from_the_people_that_are_its_own(
    people: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, int]] = []
    batches = running.examples.batches

    def observed(_cascade: Any, _recipe: Any, stage: int, some: Store) -> Displacements:
        seen.append(("observed", stage, len(some)))
        return Displacements(torch.zeros(14, 2), torch.eye(2).repeat(14, 1, 1) * 1e-4, torch.zeros(14, 1, 2))

    def drawn(cascade: Any, stage: int, recipe: Any, some: Store, *rest: Any) -> Any:
        seen.append(("drawn", stage, len(some)))
        return batches(cascade, stage, recipe, some, *rest)

    monkeypatch.setattr(running, "of_stage", lambda _r, stage, all_: all_.subset(torch.arange(20 + stage)))
    monkeypatch.setattr(running, "observe", observed)
    monkeypatch.setattr(running.examples, "batches", drawn)
    run(people, tmp_path).train_stages()
    assert seen == [("drawn", 0, 20), ("observed", 1, 21), ("drawn", 1, 21)]


def test_a_persons_box_turns_with_the_look(people: Store) -> None:
    """By whole quarters it stands or lies as the person does; about the same centre."""
    torch.manual_seed(0)
    cascade = Cascade(replace(RECIPE, square=False).cascade())
    how = Augment(mirror=False, translate=0, quarter=1.0)
    tall = replace(people, boxes=people.boxes * torch.tensor([1.0, 1.0, 1.0, 2.0]))
    seen = look(cascade, tall, uniforms(1, 0, len(people), 14)[:, :COLUMNS], how)
    assert seen.view is not None
    lying = seen.view[:, 0, 0].abs() < 0.5
    assert 0 < lying.sum() < len(people)
    swapped = torch.where(lying[:, None], tall.boxes[:, [3, 2]], tall.boxes[:, 2:])
    torch.testing.assert_close(seen.boxes, torch.cat([tall.boxes[:, :2], swapped], 1), rtol=1e-4, atol=1e-3)


def test_every_stage_looks_in_its_own_way(people: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    original = examples.look

    def spied(cascade: Cascade, some: Store, u: Tensor, augment: Augment, stage: int = 0) -> Look:
        told.append(stage)
        return original(cascade, some, u, augment, stage)

    monkeypatch.setattr(examples, "look", spied)
    torch.manual_seed(0)
    cascade = Cascade(RECIPE.cascade())
    observed = Displacements(torch.zeros(14, 2), torch.eye(2).repeat(14, 1, 1) * 1e-4, torch.zeros(14, 1, 2))
    for stage, statistics in ((0, None), (1, observed)):
        examples.batches(cascade, stage, RECIPE, people, statistics)(0)
    assert told == [0, 1]


@pytest.mark.parametrize("stage", [0, 1])
def test_a_trunk_is_measured_on_crops_as_its_stage_will_see_them(
    people: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: int
) -> None:
    """Whole people for stage 1, one joint's box of each for a later one."""
    given: list[Tensor] = []
    monkeypatch.setattr(running, "FileStart", lambda _file, crops, _skeleton: given.append(crops))
    begun = run(people, tmp_path, replace(RECIPE, pretrained=True), trunk=Path("trunk.tflite"))
    psi = begun.cascade.networks[stage]
    monkeypatch.setattr(psi, "load_start", lambda start: start)
    begun._prepare(psi, stage)
    held = begun.held_out
    images = begun.cascade.prepare(held.dense())
    whole, joint = begun.cascade.initial_boxes(held.boxes), begun.cascade.joint_boxes(held.joints)[:, 0]
    expected = geometry.crop(images, (joint if stage else whole)[:, None], 32)[:, 0]
    torch.testing.assert_close(given[0], expected)


def test_scores_are_fitted_on_training_people_those_held_out_and_portraits(
    people: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(running, "calibrate", lambda *all_: given.append(all_))
    begun = run(people, tmp_path, portraits=people.subset(torch.arange(3)))
    monkeypatch.setattr(begun, "train_stages", lambda: None)
    begun.finish()
    ((cascade, train, held_out, seed, portraits),) = given
    assert cascade is begun.cascade
    assert (len(train), len(held_out), seed, len(portraits)) == (len(people), 8, RECIPE.seed, 3)


def test_scores_are_not_fitted_on_sets_that_no_network_learns_from(
    people: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(running, "calibrate", lambda *all_: given.append(all_))
    sources = torch.tensor([0] * 5 + [1] * 3)
    recipe = replace(RECIPE, fitted=(("parse", "train", "person"),))
    begun = run(people, tmp_path, recipe)
    begun.held_out = replace(begun.held_out, sources=sources)
    monkeypatch.setattr(begun, "train_stages", lambda: None)
    begun.finish()
    assert given[0][2].sources.tolist() == [0] * 5


def test_calibration_sees_those_held_out_as_they_are_and_framed_too_tightly(
    people: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Store, Tensor]] = []
    monkeypatch.setattr(calibration, "_fit_scores", lambda _cascade, *told: given.append(told))
    monkeypatch.setattr(calibration, "_fit_presence", lambda *_: None)
    torch.manual_seed(0)
    calibration.calibrate(Cascade(RECIPE.cascade()), people, people.subset(torch.arange(8)))
    ((shown, counts),) = given
    assert len(shown) == 16
    assert counts.tolist() == pytest.approx(8 * [1] + 8 * [calibration.CUT])
    assert torch.equal(shown.boxes[:8], people.boxes[:8])
    assert not torch.equal(shown.dense()[8:], shown.dense()[:8])


def test_people_of_unknown_size_are_not_calibrated_on(people: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half have no torso labelled and are far off by any size; the others are right: scores near one."""
    there = people.labelled.clone()
    there[::2, LSP.joints.index("left_shoulder")] = there[::2, LSP.joints.index("right_shoulder")] = False
    some = replace(people, labelled=there)
    off = torch.zeros(len(some), 1, 1).index_fill(0, torch.arange(0, len(some), 2), 1000.0)

    def guess(_cascade: Cascade, seen: Store, depth: int | None = None) -> Estimate:
        joints = (seen.joints + off)[:, None].expand(-1, depth or 2, -1, -1)
        return Estimate(joints, torch.ones(joints.shape[:3]))

    cascade = Cascade(RECIPE.cascade())
    monkeypatch.setattr(calibration, "predict", guess)
    calibration._fit_scores(cascade, some, torch.ones(len(some)))
    assert confidence.scores(cascade, guess(cascade, some)).min() > 0.95
