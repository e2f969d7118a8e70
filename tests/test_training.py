"""Training: batches that depend on nothing but (seed, step), exact resumption, equal processes, honest warnings."""

from __future__ import annotations

import csv
import json
import os
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from deeppose.cli import main
from deeppose.errors import ConfigError, ModelError
from deeppose.model import confidence, geometry, network
from deeppose.model.cascade import Cascade, StageConfig
from deeppose.model.displacement import Displacements
from deeppose.model.regressor import Estimate
from deeppose.skeleton import BOX, LSP
from deeppose.training import checkpoint, examples, loop, recipes, validation
from deeppose.training.calibration import calibrate
from deeppose.training.launch import launch
from deeppose.training.recipe_file import to_toml
from deeppose.training.run import Run
from deeppose.training.settings import Augment, StageRecipe
from deeppose.training.sources import stores
from deeppose.training.views import COLUMNS, look, plain, uniforms

_NET = StageConfig("compact", {"input_size": 32, "deep": False, "width": 8})
_STAGES = tuple(replace(s, config=_NET, batch=16, average=0.9) for s in recipes.DEBUG.stages)
TINY = replace(recipes.with_samples(replace(recipes.DEBUG, stages=_STAGES), [160, 160]), held_out=20)
_DROP = StageRecipe(
    StageConfig("deeppose", {"width": 0.03, "input_size": 55, "dropout": 0.6}), samples=40, batch=8, lr=1e-3,
    average=0.9, joints=2,
)  # fmt: skip
DROPPING = replace(
    TINY, stages=(replace(_DROP, joints=1), _DROP, replace(_DROP, warm_start=True)), size_jitter=1.2
)
WILD = Augment(translate=0.1, scale=1.3, rotate=25, tumble=0.2, quarter=0.2, zoom=0.2, colour=0.2)


@pytest.fixture(scope="module")
def people():
    return stores(TINY, None, limit=100)


def _run(people, out: Path, recipe=TINY, **options) -> Run:
    out.mkdir(exist_ok=True)
    return Run(recipe, launch("cpu"), out, *people, **options)


def test_every_recipe_builds_its_cascade_and_steps():
    for recipe in recipes.RECIPES.values():
        with torch.device("meta"):
            networks = len(Cascade(recipe.cascade()).stages)
        assert networks == len(recipe.stages)
        # A stage that starts as one that ships may train no step at all.
        assert all(loop.steps_of(s) >= 1 or (s.start and s.samples == 0) for s in recipe.stages)
        assert all(s.batch % s.joints == 0 for s in recipe.stages)


def test_the_papers_recipe_is_the_papers():
    """Sections 3.1, 3.2 and 4.1, word by word."""
    recipe = recipes.get("lsp-paper")
    first, *later = recipe.stages
    assert len(recipe.stages) == 3
    assert recipe.sigma == 2.0
    assert recipe.held_out == 50
    assert all(
        (s.batch, s.optimizer, s.lr, s.objective) == (128, "adagrad", 5e-4, "l2") for s in recipe.stages
    )
    assert all(s.config.options["dropout"] == 0.6 for s in recipe.stages)
    assert all(s.samples == 11_000 * 40 * 2 * 14 and s.displacements == "normal" for s in later)
    assert recipe.augment.mirror
    assert recipe.augment.translate > 0
    assert recipe.augment.rotate == recipe.augment.zoom == recipe.augment.colour == 0
    assert first.config == later[0].config == later[1].config


def test_a_wrong_recipe_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'lsp-compact'"):
        recipes.get("lsp-compct")


def test_too_small_a_budget_is_refused():
    with pytest.raises(ConfigError, match="fewer than one batch"):
        recipes.with_samples(recipes.DEBUG, [3])
    with pytest.raises(ConfigError, match="fewer than one batch"):
        recipes.with_samples(recipes.DEBUG, [0])


def test_a_stage_that_a_shipped_model_gives_may_stay_untrained():
    stages = recipes.with_samples(recipes.BODY_COMPACT, [0, 1200]).stages
    assert [stage.samples for stage in stages] == [0, 1200]


def test_a_sample_is_the_same_in_any_company():
    """Person 7's random numbers at an epoch do not depend on the processes that share the work."""
    one = examples.Sampler(40, 14, share=8, seed=3)
    halves = [examples.Sampler(40, 14, share=4, seed=3, rank=r, world=2) for r in (0, 1)]
    for step in (0, 4, 5, 11):
        index, table = one(step)
        parts = [half(step) for half in halves]
        seen = {int(i): u for part in parts for i, u in zip(*part, strict=True)}
        assert set(seen) == set(index.tolist())
        assert all(torch.equal(seen[int(i)], u) for i, u in zip(index, table, strict=True))


def test_an_epoch_visits_everyone_once():
    sampler = examples.Sampler(40, 14, share=8, seed=3)
    assert sorted(int(i) for step in range(5) for i in sampler(step)[0]) == list(range(40))
    assert [int(i) for i in sampler(0)[0]] != [int(i) for i in sampler(5)[0]]


def test_stored_samples_come_again_and_fresh_ones_do_not():
    steps = range(8)  # two epochs
    stored = examples.Sampler(8, 14, share=2, seed=3, passes=1)
    drawn = [dict(zip(index.tolist(), u[:, 0].tolist(), strict=True)) for index, u in map(stored, steps)]
    first = {k: v for part in drawn[:4] for k, v in part.items()}
    assert {k: v for part in drawn[4:] for k, v in part.items()} == first
    fresh = examples.Sampler(8, 14, share=2, seed=3)
    seen = {value for step in steps for value in fresh(step)[1][:, 0].tolist()}
    assert len(seen) == 16


def test_joints_follow_the_pixels_of_every_look(people):
    """Paint a dot at a joint; after any look the dot is where the look says the joint is."""
    train, _ = people
    store = train.subset(torch.arange(32))
    canvases = torch.full_like(store.canvases, 128)
    side = canvases.shape[1]
    for n in range(32):
        x, y = store.joints[n, 12].floor().long().clamp(2, side - 3).tolist()
        canvases[n, y - 1 : y + 2, x - 1 : x + 2] = 255
        store.joints[n, 12] = torch.tensor([x + 0.5, y + 0.5])
    store = replace(store, canvases=canvases)
    cascade = Cascade(TINY.cascade())
    seen = look(cascade, store, uniforms(0, 0, 32, 14)[:, :COLUMNS], replace(WILD, colour=0))
    crops = geometry.crop(seen.images, seen.boxes[:, None], 128, seen.view)[:, 0, 0]
    expected = (geometry.normalize(seen.joints, seen.boxes[:, None])[:, 12] + 0.5) * 128
    for crop, (x, y) in zip(crops, expected.tolist(), strict=True):
        if 4 < x < 124 and 4 < y < 124 and crop.max() > 0.5:
            rows, columns = torch.meshgrid(torch.arange(128) + 0.5, torch.arange(128) + 0.5, indexing="ij")
            weight = crop.clamp_min(0.05) - 0.05
            found = [float((weight * axis).sum() / weight.sum()) for axis in (columns, rows)]
            assert found == pytest.approx([x, y], abs=0.6)


def test_a_mirrored_look_swaps_masks_with_joints(people):
    train, _ = people
    store = train.subset(torch.arange(16))
    store.labelled[:, 6] = False  # right wrist
    store.labelled[:, 12] = False  # neck, which has no other side
    seen = look(Cascade(TINY.cascade()), store, uniforms(0, 0, 16, 14)[:, :COLUMNS], Augment())
    assert seen.view is not None
    mirrored = torch.linalg.det(seen.view[:, :, :2]) < 0
    assert mirrored.any()
    assert (~mirrored).any()
    assert not seen.labelled[mirrored, 11].any()
    assert seen.labelled[mirrored, 6].all()
    assert not seen.labelled[~mirrored, 6].any()
    assert not seen.labelled[:, 12].any()


def test_the_edges_of_a_box_are_named_as_a_turned_picture_shows_them(people):
    """However a look is turned, its top edge is the highest, and the edge nobody labelled is where it was."""
    train, _ = people
    edges = torch.tensor([[100.0, 60.0], [100.0, 180.0], [70.0, 120.0], [130.0, 120.0]])
    count = 64
    labelled = torch.ones(count, 4, dtype=torch.bool)
    labelled[:, BOX.index("bottom")] = False
    store = replace(
        train.subset(torch.arange(count)), joints=edges.repeat(count, 1, 1), labelled=labelled, known=labelled
    )
    cascade = Cascade(replace(TINY, skeleton=BOX).cascade())
    turning = Augment(translate=0, quarter=0.7)
    seen = look(cascade, store, uniforms(0, 0, count, 4)[:, :COLUMNS], turning)
    assert seen.view is not None
    top, bottom, left, right = seen.joints.unbind(1)
    assert (top[:, 1] < torch.minimum(left[:, 1], right[:, 1])).all()
    assert (bottom[:, 1] > torch.maximum(left[:, 1], right[:, 1])).all()
    assert (left[:, 0] < right[:, 0]).all()
    back = geometry.transform(seen.joints, seen.view)
    below = (~seen.labelled).nonzero()[:, 1]
    assert torch.allclose(back[torch.arange(count), below], edges[1], atol=1e-3)
    assert set(below.tolist()) == {0, 1, 2, 3}


def test_a_skeleton_without_limbs_says_nothing_of_them():
    score = validation.Score(0.5, 0.75, 0.25, 1.0)
    assert str(score) == "PDJ@0.1 0.500  PDJ@0.2 0.750  strict PCP 0.250"
    assert "PCP" not in str(replace(score, pcp=float("nan")))


def test_validation_is_never_augmented(people):
    seen = plain(Cascade(TINY.cascade()), people[1])
    assert seen.view is None
    assert seen.light is None
    assert torch.equal(seen.joints, people[1].joints)


def test_later_stages_draw_boxes_around_displaced_truth(people):
    """With zero displacement the target is the box's centre; with a fixed one, minus it in box units."""
    train, _ = people
    cascade = Cascade(TINY.cascade())
    seen = plain(cascade, train.subset(torch.arange(8)))
    shift = torch.tensor([0.3, -0.2])
    recipe = replace(TINY, size_jitter=1.0)
    observed = Displacements(
        shift.repeat(14, 1), torch.eye(2).repeat(14, 1, 1) * 1e-12, torch.zeros(14, 1, 2)
    )
    batch = examples.later_stage(cascade, 1, seen, observed, recipe, uniforms(0, 0, 8, 14)[:, COLUMNS:])
    assert batch.crops.shape == (32, 3, 32, 32)
    assert torch.allclose(batch.target, (-shift / TINY.sigma).expand(32, 1, 2), atol=1e-4)
    assert batch.joint is not None
    assert all(len(set(row)) == 4 for row in batch.joint.reshape(8, 4).tolist())


def _weights(run: Run) -> list[torch.Tensor]:
    return [v.clone() for v in run.cascade.state_dict().values()]


class _StopError(Exception):
    pass


@pytest.fixture(scope="module")
def whole(people, tmp_path_factory):
    """The weights of a run that nothing interrupted."""
    run = _run(people, tmp_path_factory.mktemp("whole"), DROPPING)
    run.train_stages()
    return _weights(run)


@pytest.mark.parametrize("stop_at", [(0, 2), (1, 0), (1, 3), (2, 0)])
def test_a_resumed_run_continues_exactly(people, whole, tmp_path, monkeypatch, stop_at):
    """Within a stage and between two, with dropout, averaged weights and displacements observed."""
    original = Run._save

    def stop(self, state):
        original(self, state)
        if (self.done, 0 if state is None else state.step) >= stop_at:
            raise _StopError

    part = _run(people, tmp_path / "part", DROPPING, save_seconds=0.0)
    monkeypatch.setattr(Run, "_save", stop)
    with pytest.raises(_StopError):
        part.train_stages()
    monkeypatch.undo()
    torch.rand(7)  # whatever the process drew before is of no account
    resumed = _run(people, tmp_path / "part", DROPPING)
    resumed.train_stages()
    assert all(torch.equal(a, b) for a, b in zip(whole, _weights(resumed), strict=True))


def test_dropout_draws_anew_at_every_step_and_the_same_in_every_run():
    seeds = {loop._seed(seed, step, rank) for seed in range(3) for step in range(50) for rank in range(2)}
    assert len(seeds) == 300
    assert all(0 <= s < 2**63 for s in seeds)


def test_other_people_do_not_go_on_with_a_run(people, tmp_path):
    _run(people, tmp_path)._save(None)
    others = people[0].subset(torch.arange(len(people[0])).flip(0)), people[1]
    with pytest.raises(ModelError, match=r"differs in: training people\)"):
        Run(TINY, launch("cpu"), tmp_path, *others)
    with pytest.raises(ModelError, match=r"differs in: trunk\)"):
        _run(people, tmp_path, trunk=Path("other.onnx"))


def test_another_recipes_run_is_not_resumed(people, tmp_path):
    _run(people, tmp_path)._save(None)
    with pytest.raises(ModelError, match=r"belongs to another run .differs in: sigma"):
        _run(people, tmp_path, replace(TINY, sigma=9.0))


def test_a_checkpoint_older_than_a_setting_is_resumed(people, tmp_path):
    run = _run(people, tmp_path)
    run._save(None)
    state = checkpoint.load(run.path)
    recipe = json.loads(state["recipe"])
    del recipe["looks"], recipe["stages"][0]["draws"]
    torch.save({**state, "recipe": json.dumps(recipe)}, run.path)
    _run(people, tmp_path)
    with pytest.raises(ModelError, match="looks"):
        _run(people, tmp_path, replace(TINY, looks=2))


def test_a_checkpoint_older_than_stage_1s_part_in_scores_scores_as_before(people, tmp_path):
    run = _run(people, tmp_path)
    run.cascade.calibration.copy_(torch.tensor([[0.1, 0.7, 0, 0.4], [0.2, 0.5, 0, 0.6]]))
    run.done = 2
    run._save(None)
    state = torch.load(run.path, weights_only=True)
    state["cascade"]["calibration"] = state["cascade"]["calibration"][:, [0, 1, 3]]
    torch.save(state, run.path)
    again = checkpoint.cascade_of(checkpoint.load(run.path))
    torch.testing.assert_close(again.calibration, run.cascade.calibration)


def test_a_foreign_file_is_no_checkpoint(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"hello")
    with pytest.raises(ModelError, match=r"x\.pt: not a checkpoint"):
        checkpoint.load(tmp_path / "x.pt")


def test_a_non_finite_loss_stops_the_run_and_says_what_to_do(people, tmp_path):
    first = replace(TINY.stages[0], lr=1e30, schedule="constant", optimizer="adamw")
    with pytest.raises(loop.TrainingError, match="lower the learning rate"):
        _run(people, tmp_path, replace(TINY, stages=(first,))).finish()


def test_a_run_can_be_watched_and_logs_speed_and_held_out_scores(people, tmp_path):
    seen = []
    run = _run(people, tmp_path, validate_every=10)
    run.watch = lambda stage, samples, predict: seen.append(
        (stage, samples, predict(run.held_out).joints.shape)
    )
    run.finish()
    assert (1, TINY.stages[0].samples) in [(stage, samples) for stage, samples, _ in seen]
    assert {stage for stage, _, _ in seen} == {1, 2}
    assert {shape for *_, shape in seen} == {(len(run.held_out), 14, 2)}
    rows = list(csv.DictReader((tmp_path / "log.csv").open()))
    assert {r["stage"] for r in rows} == {"1", "2"}
    assert any(float(r["samples_per_second"] or 0) > 0 for r in rows)
    assert any(r["pdj02"] for r in rows)
    assert list((tmp_path / "tensorboard").iterdir())


def test_a_collapse_is_seen(people):
    train, held_out = people
    assert validation.collapsed(validation.score(validation.mean_pose(train, held_out), held_out, LSP))
    assert not validation.collapsed(validation.score(held_out.joints, held_out, LSP))


def test_calibration_makes_scores_match_frequencies(people):
    """The mean calibrated score equals the rate of hits on the people it was fitted to, a property of the fit."""
    train, held_out = people
    cascade = Cascade(TINY.cascade())
    generator = torch.Generator().manual_seed(0)

    def fake(_images, boxes, depth=None, **_options):
        noise = torch.randn(len(boxes), 2, 14, 2, generator=generator) * 8
        truth = torch.cat([held_out.joints, held_out.joints])[: len(boxes)]
        stages = slice(None, depth)
        scales = torch.full((len(boxes), 2, 14), 1.0)
        return Estimate(truth[:, None] + noise[:, stages], scales[:, stages], torch.randn(len(boxes), 96))

    cascade.forward = fake  # type: ignore[method-assign]
    calibrate(cascade, train.subset(torch.arange(len(held_out))), held_out)
    estimate = fake(None, held_out.boxes)
    diam = geometry.diameter(held_out.joints, held_out.labelled, cascade.skeleton.torso)
    hits = (estimate.joints - held_out.joints[:, None]).norm(dim=-1) <= 0.2 * diam[:, None, None]
    # The fit saw other noise, and some of the people once more so tightly framed that joints are out of the picture.
    assert (
        0.6 * hits.float().mean() < confidence.scores(cascade, estimate).mean() < 1.15 * hits.float().mean()
    )


_EQUAL = """
import sys, torch
from pathlib import Path
from dataclasses import replace
from deeppose.training import recipes, settings, sources
from deeppose.training.launch import launch
from deeppose.training.run import Run
from deeppose.model.cascade import StageConfig
from tests_net import NoNorm
out = Path(sys.argv[1]); world = int(sys.argv[2])
stage = settings.StageRecipe(StageConfig("no-norm"), samples=128, batch=16, optimizer="adagrad", lr=1e-2)
recipe = replace(recipes.DEBUG, stages=(stage, replace(stage, joints=2)), held_out=20)
fabric = launch("cpu", world)
out.mkdir(exist_ok=True)
run = Run(recipe, fabric, out, *sources.stores(recipe, None, 60))
run.finish()
"""
_MODULE = """
import torch
from torch import nn
from deeppose.model import network
class NoNorm(network.Regressor):
    input_size = 32
    def __init__(self, joints):
        super().__init__()
        self.joints = joints
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 5, 4), nn.ReLU(), nn.Flatten(), nn.Linear(392, 2 * joints))
    def forward(self, crops):
        return network.Output(self.layers(crops).reshape(-1, self.joints, 2), None)
network.NETWORKS["no-norm"] = NoNorm
"""


def test_emphasis_shows_the_first_sets_people_more_often_and_nobody_held_out():
    synthetic = recipes.DEBUG.data[0]
    twice = replace(recipes.DEBUG, data=(synthetic, synthetic), held_out=20, emphasis=3)
    train, held_out = stores(twice, None, 60)
    assert (len(train), len(held_out)) == (3 * 40 + 60, 20)

    def seen(people, person):
        return int((people.canvases == person.canvases).flatten(1).all(1).sum())

    kept = train.subset(torch.tensor([0]))
    # The second set is the same people here: who is held out of the first comes once, from the second alone.
    assert seen(train, kept) == 3 + 1
    assert seen(train, held_out.subset(torch.tensor([0]))) == 1


def test_two_processes_give_the_parameters_of_one(tmp_path, monkeypatch):
    """The same global batch on one process and on two over gloo: equal gradients, equal parameters."""
    (tmp_path / "equal.py").write_text(_EQUAL)
    (tmp_path / "tests_net.py").write_text(_MODULE)
    command = [str(tmp_path / "equal.py"), str(tmp_path / "w2"), "2"]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join((str(tmp_path), *sys.path))}
    subprocess.run([sys.executable, *command], check=True, env=env, capture_output=True, timeout=300)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(network.NETWORKS, "no-norm", None)  # what the script puts there is taken out again
    monkeypatch.setattr(sys, "argv", [command[0], str(tmp_path / "w1"), "1"])
    runpy.run_path(command[0])
    one, two = (checkpoint.load(tmp_path / f"w{w}" / "checkpoint.pt")["cascade"] for w in (1, 2))
    assert all(torch.allclose(one[k], two[k], atol=1e-5) for k in one)


def test_a_recipes_file_learns_from_the_command_line(tmp_path, capsys):
    """The toy recipe at a quarter of the pixels is twice as good as the mean pose, however many threads add up."""
    small = StageConfig("compact", {"input_size": 32, "deep": False, "width": 16})
    stages = tuple(replace(s, config=small, batch=16, lr=5e-3) for s in recipes.DEBUG.stages)
    (tmp_path / "toy.toml").write_text(to_toml(replace(recipes.DEBUG, stages=stages)))
    command = ["train", str(tmp_path / "toy.toml"), "--out", str(tmp_path), "--samples", "4800,32"]
    assert main([*command, "--limit", "500", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["held_out"][0]["pdj02"] > 2 * result["mean_pose"]["pdj02"]
    assert result["held_out"][0]["pdj02"] > result["mean_pose"]["pdj02"] + 0.05


def test_help_names_every_recipe(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # names are broken at their hyphens where a line ends
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = re.findall(r"[a-z]+(?:-[a-z]+)*", capsys.readouterr().out)
    assert set(recipes.RECIPES) <= set(said)


def test_mistakes_on_the_command_line_are_one_line(tmp_path, capsys):
    assert main(["train", "lsp-papr", "--out", str(tmp_path)]) == 2
    assert "did you mean 'lsp-paper'" in capsys.readouterr().err
    assert main(["train", "lsp-compact", "--out", str(tmp_path)]) == 2
    assert "--root" in capsys.readouterr().err
