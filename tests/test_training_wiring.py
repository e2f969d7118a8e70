"""Training's wiring: each test fails when one connection is cut, by what the connection does, not by another run."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from deeppose.data.store import Store
from deeppose.errors import ConfigError
from deeppose.model import confidence, geometry
from deeppose.model.cascade import Cascade, StageConfig
from deeppose.model.displacement import Displacements
from deeppose.model.regressor import Estimate
from deeppose.training import calibration, examples, loop, optimisation, recipes
from deeppose.training.launch import launch
from deeppose.training.observed import observe
from deeppose.training.run import Run
from deeppose.training.settings import Augment, StageRecipe
from deeppose.training.sources import stores
from deeppose.training.views import COLUMNS, look, uniforms

NET = StageConfig("compact", {"input_size": 32, "deep": False, "width": 8})
STAGE = StageRecipe(NET, samples=48, batch=16, objective="laplace", optimizer="adamw", lr=1e-2, average=0.8)
LATER = replace(STAGE, joints=4)
RECIPE = replace(
    recipes.DEBUG,
    stages=(STAGE, LATER, LATER),
    held_out=10,
    sigma=1.0,
    augment=Augment(mirror=True, translate=0.0),
)


@pytest.fixture(scope="module")
def people() -> Store:
    return stores(RECIPE, None, limit=42)[0]


@pytest.fixture
def cascade() -> Cascade:
    torch.manual_seed(0)
    return Cascade(RECIPE.cascade())


def seen(cascade: Cascade, people: Store, augment: Augment):  # type: ignore[no-untyped-def]
    return look(cascade, people, uniforms(1, 0, len(people), 14)[:, :COLUMNS], augment)


def constant(shift: tuple[float, float], bank: tuple[float, float]) -> Displacements:
    """A Normal that is nearly one point, and a bank that holds another."""
    mean = torch.tensor(shift).repeat(14, 1)
    return Displacements(mean, 1e-12 * torch.eye(2).repeat(14, 1, 1), torch.tensor(bank).repeat(14, 1, 1))


@pytest.mark.parametrize("kind", ["normal", "empirical"])
def test_a_stage_draws_the_kind_of_displacements_its_recipe_names(cascade, people, kind):
    recipe = replace(RECIPE, stages=(STAGE, replace(LATER, displacements=kind)), size_jitter=1.0)
    view = seen(cascade, people, Augment(mirror=False, translate=0))
    drawn = uniforms(2, 0, len(people), 14)[:, COLUMNS:]
    batch = examples.later_stage(cascade, 1, view, constant((0.3, 0), (-0.2, 0)), recipe, drawn)
    expected = torch.tensor([-0.3 if kind == "normal" else 0.2, 0.0])
    torch.testing.assert_close(batch.target, expected.expand_as(batch.target), atol=1e-4, rtol=0)


def test_joint_boxes_vary_in_size_and_their_targets_with_them(cascade, people):
    recipe = replace(RECIPE, size_jitter=1.5)
    view = seen(cascade, people, Augment(mirror=False, translate=0))
    drawn = uniforms(2, 0, len(people), 14)[:, COLUMNS:]
    batch = examples.later_stage(cascade, 1, view, constant((0.3, 0), (0, 0)), recipe, drawn)
    factors = (-0.3 / batch.target[:, 0, 0]).reshape(len(people), 4)
    torch.testing.assert_close(factors, 1.5 ** (drawn[:, -1:] * 2 - 1).expand_as(factors), atol=1e-3, rtol=0)
    assert factors.max() > 1.3
    assert factors.min() < 0.77


def test_a_dot_at_the_joint_is_where_a_later_stages_target_says(cascade, people):
    """Mirrored and turned looks, displaced boxes of varied size: the crop's dot and the target must agree."""
    canvases = torch.full_like(people.canvases, 128)
    spots = people.joints.round().long().clamp(3, canvases.shape[1] - 4)
    for n in range(len(people)):
        for x, y in spots[n].tolist():
            canvases[n, y - 1 : y + 2, x - 1 : x + 2] = 255
    painted = replace(people, canvases=canvases, joints=spots + 0.5)
    view = seen(cascade, painted, Augment(mirror=True, translate=0, rotate=20))
    drawn = uniforms(2, 0, len(people), 14)[:, COLUMNS:]
    recipe = replace(RECIPE, size_jitter=1.3)
    batch = examples.later_stage(cascade, 1, view, constant((0.1, -0.05), (0.1, -0.05)), recipe, drawn)
    places = ((batch.target[:, 0] + 0.5) * 32).clamp(0, 31.99).long()
    at = batch.crops[torch.arange(len(places)), 0, places[:, 1], places[:, 0]]
    assert (at > 0.25).float().mean() > 0.9
    assert batch.crops[:, 0].mean() < 0.15  # dots, and grey elsewhere


def test_colour_reaches_the_crops_of_both_kinds_of_stage(cascade, people):
    augment = Augment(mirror=False, translate=0, colour=0.3)
    lit, dark = seen(cascade, people, augment), seen(cascade, people, replace(augment, colour=0))
    assert lit.light is not None
    gain, shift = lit.light[:, 0, :, None, None], lit.light[:, 1, :, None, None]
    first = [examples.stage_one(cascade, view).crops for view in (lit, dark)]
    torch.testing.assert_close(first[0], first[1] * gain + shift, atol=1e-5, rtol=0)
    drawn = uniforms(2, 0, len(people), 14)[:, COLUMNS:]
    later = [
        examples.later_stage(cascade, 1, view, constant((0, 0), (0, 0)), RECIPE, drawn).crops
        for view in (lit, dark)
    ]
    torch.testing.assert_close(
        later[0], later[1] * gain.repeat_interleave(4, 0) + shift.repeat_interleave(4, 0), atol=1e-5, rtol=0
    )
    assert (first[0] - first[1]).abs().max() > 0.1


@pytest.mark.parametrize("stage", [1, 2])
def test_displacements_are_observed_of_the_stage_before(cascade, people, stage):
    """Stages that err by 5 pixels each, one after the other: stage s is trained on s times 5."""

    def erring(_images, _boxes, view=None, depth=None):  # type: ignore[no-untyped-def]
        del view
        truth = views[-1].joints
        joints = torch.stack([truth + 5.0 * (s + 1) for s in range(depth)], 1)
        return Estimate(joints, torch.ones(joints.shape[:3]))

    views: list[SimpleNamespace] = []
    original = look

    def spied(*args):  # type: ignore[no-untyped-def]
        views.append(original(*args))
        return views[-1]

    cascade.forward = erring  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deeppose.training.observed.look", spied)
        observed = observe(cascade, RECIPE, stage, people)
    diam = torch.cat([cascade.diameter(v.joints, v.labelled) for v in views])
    torch.testing.assert_close(observed.mean, (5.0 * stage / diam).mean().expand(14, 2), atol=1e-4, rtol=1e-4)


def test_a_run_observes_once_for_every_stage_and_trains_on_it(people, tmp_path, monkeypatch):
    depths, used = [], []
    monkeypatch.setattr(
        "deeppose.training.run.observe",
        lambda _c, _r, stage, _p: depths.append(stage) or constant((stage, 0), (stage, 0)),
    )
    original = examples.later_stage

    def spied(cascade, stage, view, observed, *rest):  # type: ignore[no-untyped-def]
        used.append((stage, observed.mean[0, 0].item()))
        return original(cascade, stage, view, observed, *rest)

    monkeypatch.setattr(examples, "later_stage", spied)
    run(people, tmp_path).train_stages()
    assert depths == [1, 2]
    assert set(used) == {(1, 1.0), (2, 2.0)}


def run(people: Store, out: Path, recipe=RECIPE) -> Run:  # type: ignore[no-untyped-def]
    held_out = people.subset(torch.arange(8))
    return Run(recipe, launch("cpu"), out, people, held_out, validate_every=1000)


def test_what_a_stage_keeps_is_the_average_of_its_weights(people, tmp_path, monkeypatch):
    """The average computed by hand, decay min(0.8, (1 + t) / (10 + t)), from the weights after every step."""
    steps: list[torch.Tensor] = []
    original = loop._update

    def watched(fabric, psi, *rest):  # type: ignore[no-untyped-def]
        loss = original(fabric, psi, *rest)
        steps.append(next(psi.parameters()).detach().clone())
        return loss

    monkeypatch.setattr(loop, "_update", watched)
    done = run(people, tmp_path, replace(RECIPE, stages=(STAGE,)))
    done.train_stages()
    kept = next(done.cascade.networks[0].parameters())
    average = steps[0]
    for t, weights in enumerate(steps[1:], 1):
        decay = min(0.8, (1 + t) / (10 + t))
        average = decay * average + (1 - decay) * weights
    assert len(steps) == 3
    torch.testing.assert_close(kept, average)
    assert (kept - steps[-1]).abs().max() > 1e-5


def test_without_an_average_the_last_weights_are_kept(people, tmp_path, monkeypatch):
    last: list[torch.Tensor] = []
    original = loop._update

    def watched(fabric, psi, *rest):  # type: ignore[no-untyped-def]
        loss = original(fabric, psi, *rest)
        last[:] = [next(psi.parameters()).detach().clone()]
        return loss

    monkeypatch.setattr(loop, "_update", watched)
    done = run(people, tmp_path, replace(RECIPE, stages=(replace(STAGE, average=0.0),)))
    done.train_stages()
    assert torch.equal(next(done.cascade.networks[0].parameters()), last[0])


@pytest.mark.parametrize("warm", [True, False])
def test_a_warm_start_is_the_stage_before(people, tmp_path, warm):
    recipe = replace(RECIPE, stages=(STAGE, replace(LATER, warm_start=warm)))
    begun = run(people, tmp_path, recipe)
    first, second = begun.cascade.networks
    begun._prepare(second, 1)
    assert (
        all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)) == warm
    )


def test_adagrad_starts_at_the_recipes_accumulator():
    psi = torch.nn.Linear(2, 1)
    settings = replace(STAGE, optimizer="adagrad", accumulator=0.025, lr=1.0, average=0.0)
    optimizer = optimisation.optimizer(psi, settings)
    before = psi.weight.detach().clone()
    psi(torch.tensor([[1.0, 2.0]])).sum().backward()
    optimizer.step()
    gradient = torch.tensor([[1.0, 2.0]])
    torch.testing.assert_close(psi.weight, before - gradient / torch.sqrt(0.025 + gradient**2))


def test_the_papers_accumulator_is_tensorflows_for_a_sum_over_the_batch():
    for stage in recipes.get("lsp-paper").stages:
        assert stage.accumulator == pytest.approx(0.1 / 128**2)


def test_the_cosine_warms_up_and_ends_at_nothing():
    settings = replace(STAGE, schedule="cosine", lr=2.0, warmup=0.1)
    rates = [optimisation.learning_rate(settings, step, 100) for step in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[10] == pytest.approx(2.0)
    assert rates[55] == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.0)
    assert all(a > b for a, b in pairwise(rates[10:]))
    assert optimisation.learning_rate(replace(settings, schedule="constant"), 99, 100) == 2.0


def test_a_stepped_rate_triples_at_its_milestones():
    settings = replace(STAGE, schedule="stepped", lr=1.0, milestones=(0.1, 0.5))
    rates = [optimisation.learning_rate(settings, step, 100) for step in range(100)]
    assert rates == [1.0] * 10 + [3.0] * 40 + [9.0] * 50


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ConfigError, match="cosine"):
        optimisation.learning_rate(replace(STAGE, schedule="cosin"), 0, 100)


def test_the_rate_reaches_the_optimizer(people, tmp_path, monkeypatch):
    rates = []
    original = loop._update
    monkeypatch.setattr(
        loop,
        "_update",
        lambda f, p, o, *rest: rates.append(o.param_groups[0]["lr"]) or original(f, p, o, *rest),
    )
    cosine = replace(STAGE, schedule="cosine", warmup=0.0)
    run(people, tmp_path, replace(RECIPE, stages=(cosine,))).train_stages()
    assert rates == [pytest.approx(optimisation.learning_rate(cosine, step, 3)) for step in range(3)]
    assert rates[-1] < 0.6 * cosine.lr


def test_an_unlabelled_joint_is_no_hit_of_calibration(cascade, people, monkeypatch):
    """Predictions that are all right, of joints of which half are not labelled: scores average one half."""
    half = torch.arange(14) < 7
    some = replace(people, labelled=half.expand(len(people), 14))

    def right(_cascade, store, depth=None):  # type: ignore[no-untyped-def]
        joints = store.joints[:, None].expand(-1, 3, -1, -1)[:, :depth]
        return Estimate(joints, torch.ones(joints.shape[:3]))

    monkeypatch.setattr(calibration, "predict", right)
    calibration._fit_scores(cascade, some, torch.ones(len(some)))
    assert confidence.scores(cascade, right(cascade, some)).mean() == pytest.approx(0.5, abs=0.02)


def test_presence_is_read_off_the_first_look(people):
    twice = replace(RECIPE, looks=2, flip=True).cascade()
    torch.manual_seed(0)
    cascade = Cascade(twice).eval()
    once = Cascade(replace(twice, looks=1)).eval()
    once.load_state_dict(cascade.state_dict())
    images = cascade.prepare(people.canvases[:4])
    with torch.no_grad():
        two, one = (c(images, people.boxes[:4], depth=1) for c in (cascade, once))
    torch.testing.assert_close(two.context, one.context)
    assert not torch.allclose(two.joints, one.joints)


def test_the_trunk_s_frozen_blocks_stay(people, tmp_path):
    recipe = replace(RECIPE, stages=(replace(STAGE, frozen=2, average=0.0),))
    begun = run(people, tmp_path, recipe)
    before = {n: p.clone() for n, p in begun.cascade.networks[0].named_parameters()}
    begun.train_stages()
    moved = {n for n, p in begun.cascade.networks[0].named_parameters() if not torch.equal(p, before[n])}
    still = set(before) - moved
    assert any(name.startswith("trunk") for name in still)
    assert any(name.startswith("votes") for name in moved)
    psi = begun.cascade.networks[0]
    psi.trunk.freeze(2)  # type: ignore[union-attr, operator]
    assert {n for n, p in psi.named_parameters() if not p.requires_grad} <= still


def test_translated_and_scaled_boxes_reach_stage_one(cascade, people):
    moved = seen(cascade, people, Augment(mirror=False, translate=0.2, scale=1.5))
    plain = cascade.initial_boxes(people.boxes)
    assert (moved.boxes[:, :2] - plain[:, :2]).abs().max() > 0.1 * plain[:, 2].min()
    ratio = moved.boxes[:, 2] / plain[:, 2]
    assert ratio.min() < 0.8 < 1.25 < ratio.max()
    batch = examples.stage_one(cascade, moved)
    torch.testing.assert_close(batch.target, geometry.normalize(moved.joints, moved.boxes[:, None]))
