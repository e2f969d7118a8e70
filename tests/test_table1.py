"""The Table 1 benchmark: its budgets change nothing but what they say, and its forecast finds a law that is there."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from deeppose.training import recipes

pytest.importorskip("matplotlib")
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "table1"))
import ablations
import figures
from budgets import BUDGETS


@pytest.mark.parametrize("name", sorted(BUDGETS))
def test_a_budget_is_the_papers_recipe(name):
    ours, paper = BUDGETS[name].recipe(), recipes.get(BUDGETS[name].base)
    same = replace(ours, stages=paper.stages, observed=paper.observed)
    assert same == paper
    first = paper.stages[0]
    for stage in ours.stages:
        other = {k: v for k, v in stage.config.options.items() if first.config.options.get(k) != v}
        said = {"width": BUDGETS[name].width, "dropout": BUDGETS[name].dropout}
        assert other == {option: value for option, value in said.items() if value is not None}
        free = replace(stage, samples=0, warm_start=False, config=first.config, lr=first.lr)
        assert free == replace(first, samples=0)
        assert stage.lr * stage.config.options.get("width", 1) == pytest.approx(5e-4)


def test_the_small_recipe_is_the_papers_but_for_its_size() -> None:
    small, paper = recipes.get("lsp-paper-small"), recipes.get("lsp-paper")
    assert replace(small, name=paper.name, stages=paper.stages) == paper
    for ours, printed in zip(small.stages, paper.stages, strict=True):
        assert replace(ours, config=printed.config, samples=printed.samples, lr=5e-4) == printed
        assert ours.lr == 5e-4 / ours.config.options["width"]
        options = {**ours.config.options, "width": None, "input_size": None}
        assert options == {**printed.config.options, "width": None, "input_size": None}


def test_an_ablation_changes_one_thing():
    budget = BUDGETS["cpu"]
    base = {1: ablations._at(ablations.ABLATIONS[0], budget)}
    base[2] = ablations._at(next(a for a in ablations.ABLATIONS if a.name == "sigma-2"), budget)
    for ablation in ablations.ABLATIONS:
        changed, was = asdict(ablations._at(ablation, budget)), asdict(base[ablation.stage])
        differ = {key for key in changed if changed[key] != was[key]}
        assert len(differ) <= 1
        assert differ <= {"stages", "square", "sigma"}
    assert len({a.name for a in ablations.ABLATIONS}) == len(ablations.ABLATIONS)


def test_without_lrn_a_narrow_network_stays_narrow():
    without = next(a for a in ablations.ABLATIONS if a.question == "LRN")
    (stage,) = ablations._at(without, BUDGETS["narrow"]).stages
    first = BUDGETS["narrow"].recipe().stages[0].config
    assert stage.config.options == {**first.options, "normalize_responses": False}


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
