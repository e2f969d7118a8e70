"""The Table 1 benchmark: its budgets change nothing but what they say, and its forecast finds a law that is there."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from deeppose.training import recipes

pytest.importorskip("matplotlib")
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "table1"))
import ablations
import answers
import figures
import questions
import refinement
import scaling
from budgets import BUDGETS
from questions import ABLATIONS


@pytest.mark.parametrize("name", sorted(BUDGETS))
def test_a_budget_is_its_recipe(name):
    budget = BUDGETS[name]
    ours, base = budget.recipe(), recipes.get(budget.base)
    kept = {"stages": base.stages, "observed": base.observed, "held_out": 50, "held_out_others": 0}
    assert replace(ours, **kept) == base
    for stage, same in zip(ours.stages, (*base.stages, base.stages[-1]), strict=False):
        told = {"samples": 0, "warm_start": False, **budget.unlike}
        assert replace(stage, **told) == replace(same, **told)


@pytest.mark.parametrize("name", ["lsp-paper", "flic-paper"])
def test_a_small_recipe_is_the_papers_but_for_its_size_and_how_it_learns(name):
    small, paper = recipes.get(f"{name}-small"), recipes.get(name)
    assert replace(small, name=paper.name, stages=paper.stages, canvas=paper.canvas) == paper
    for ours, printed in zip(small.stages, paper.stages, strict=True):
        learned = {"lr": 5e-4, "batch": 128, "clip": 0.0, "average": 0.0, "accumulator": printed.accumulator}
        told = {"config": printed.config, "samples": printed.samples, "warm_start": False}
        mended = {"schedule": "constant", "milestones": (), "only": (), "displacements": "normal"}
        assert replace(ours, **told, **learned, **mended) == printed
        assert ours.lr == pytest.approx(5 * 5e-4 / ours.config.options["width"])
        assert set(ours.config.options) == {"dropout", "width", "input_size"}
    assert recipes.rate(1) == 5e-4  # "the learning rate is set to 0.0005"


def test_an_ablation_changes_one_thing():
    budget = BUDGETS["short"]
    every = {a.name: ablations.recipe_of(a, budget) for a in ABLATIONS}
    for ablation in (a for a in ABLATIONS if a.question != "stage 2"):
        changed, was = (asdict(every[name]) for name in (ablation.name, ablation.beside))
        assert changed["stages"][:-1] == was["stages"][:-1]
        stage = _differ(changed["stages"][-1], was["stages"][-1])
        differ = (_differ(changed, was) - {"stages"}) | stage
        assert len(differ - {"lr"}) <= 1
        assert bool(differ) == (ablation.question != "recipe")
    assert len({a.name for a in ABLATIONS}) == len(ABLATIONS)
    assert {a.beside for a in ABLATIONS} <= {a.name for a in ABLATIONS}


def _differ(a: dict[str, object], b: dict[str, object]) -> set[str]:
    return {key for key in a if a[key] != b[key]}


def test_scaling_changes_the_width_and_its_rate_alone():
    base = BUDGETS["short"].recipe().stages[0]
    for width in scaling.SAMPLES:
        (stage,) = scaling.recipe_of(width).stages
        options = {**base.config.options, "width": width}
        same = {"config": replace(base.config, options=options), "samples": scaling.SAMPLES[width]}
        assert stage == replace(base, **same, lr=pytest.approx(base.lr * 0.125 / width))


def test_without_lrn_a_narrow_network_stays_narrow():
    without = next(a for a in ABLATIONS if a.question == "LRN")
    (stage,) = ablations.recipe_of(without, BUDGETS["short"]).stages
    first = BUDGETS["short"].recipe().stages[0].config
    assert stage.config.options == {**first.options, "normalize_responses": False}


def test_two_outputs_answer_alike_whosever_crop_it_is():
    psi = questions.OneOutput(14, width=0.05, input_size=55).eval()
    with torch.no_grad():
        pose = psi(torch.rand(2, 3, 55, 55)).pose
    assert pose.shape == (2, 14, 2)
    assert torch.equal(pose, pose[:, :1].expand_as(pose))
    assert not torch.equal(pose[0], pose[1])


def test_answers_are_compared_person_by_person(tmp_path):
    people, counted = 40, np.ones((40, 14), bool)
    found = {"recipe-as-it-is": np.arange(people) < 10, "dropout-0.6": np.arange(people) < 20}
    for name, right in found.items():
        folder = tmp_path / "ablations" / f"1-{name}"
        folder.mkdir(parents=True)
        limbs = np.repeat(right[:, None], 10, 1)
        arrays = {"PDJ@0.2 correct": counted & right[:, None], "PDJ@0.2 counted": counted}
        arrays |= {"strict PCP correct": limbs, "strict PCP counted": np.ones_like(limbs)}
        np.savez(folder / "found.npz", **arrays)
    row = answers.table(BUDGETS["short"], tmp_path)[1]
    assert (row["question"], row["PDJ@0.2"]["first"], row["PDJ@0.2"]["second"]) == ("dropout", 0.25, 0.5)
    assert row["strict PCP"]["difference"]["value"] == pytest.approx(0.25)
    assert row["strict PCP"]["difference"]["low"] > 0
    assert row["strict PCP, LSP"] == row["strict PCP"]  # all forty are among the first hundred


def test_moves_that_go_twice_as_far_as_needed_should_be_halved():
    before, truth = torch.rand(5, 14, 2), torch.rand(5, 14, 2)
    labelled = torch.rand(5, 14) > 0.3
    after = torch.where(labelled[..., None], before + 2 * (truth - before), torch.rand(5, 14, 2))
    assert refinement.best_factor(before, after, truth, labelled) == pytest.approx(0.5)


def test_a_power_law_is_found_and_continued():
    points = [{"samples": n, "pcp": 1 - 3 * n**-0.1} for n in range(100_000, 1_100_000, 100_000)]
    low, high = figures.forecast(points, "pcp", 6e6)
    assert low == pytest.approx(1 - 3 * 6e6**-0.1, abs=1e-9)
    assert high == pytest.approx(low, abs=1e-9)
    assert figures.forecast(points[:2], "pcp", 6e6) is None
    assert figures.forecast([{**p, "pcp": 0.1} for p in points], "pcp", 6e6) is None


def test_a_point_told_twice_counts_once(tmp_path):
    (tmp_path / figures.CURVE).write_text('{"samples": 20, "pcp": 0.1}\n{"samples": 10, "pcp": 0}\n' * 2)
    assert [p["samples"] for p in figures.curve(tmp_path)] == [10, 20]
