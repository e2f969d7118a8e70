"""Selection of sigma and S: stage 1 once for all, done points skipped, the paper's rule."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from deeppose.cli import main
from deeppose.errors import ConfigError, ModelError
from deeppose.training import checkpoint, recipes
from deeppose.training.launch import launch
from deeppose.training.run import Run
from deeppose.training.selection import GridPoint, Selection, choose, with_stages
from deeppose.training.sources import stores

_STAGE = replace(recipes.DEBUG.stages[0], batch=8, samples=16)
TINY = replace(recipes.DEBUG, stages=(_STAGE, _STAGE), held_out=6)


@pytest.fixture(scope="module")
def people():
    return stores(TINY, None, limit=24)


@pytest.fixture(scope="module")
def grid(people, tmp_path_factory) -> Selection:
    return Selection(TINY, launch("cpu"), tmp_path_factory.mktemp("grid"), *people)


def _first(path: Path) -> list[torch.Tensor]:
    return list(checkpoint.cascade_of(checkpoint.load(path)).networks[0].state_dict().values())


def test_stage_one_is_trained_once_and_shared(grid, monkeypatch):
    trained = []
    original = Run._train_stage

    def count(self, stage, logs):
        trained.append((self.out.name, stage))
        original(self, stage, logs)

    monkeypatch.setattr(Run, "_train_stage", count)
    points = [grid.point(sigma) for sigma in (1.0, 2.0)]
    assert trained == [("stage-1", 0), ("sigma-1", 1), ("sigma-2", 1)]
    assert points[0].pdj02[0] == points[1].pdj02[0]
    shared = _first(grid.out / "stage-1" / "checkpoint.pt")
    for name in ("sigma-1", "sigma-2"):
        assert all(
            torch.equal(a, b) for a, b in zip(shared, _first(grid.out / name / "checkpoint.pt"), strict=True)
        )
    again = [grid.point(sigma) for sigma in (1.0, 2.0)]
    assert again == points
    assert len(trained) == 3


def test_every_run_learns_presence_from_the_same_portraits(people, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr("deeppose.training.run.calibrate", lambda *args: given.append(args[-1]))
    cut_off = people[1]
    Selection(TINY, launch("cpu"), tmp_path, *people, portraits=cut_off).point(1.0)
    assert [portraits is cut_off for portraits in given] == [True, True]  # stage 1's run and the point's


def test_a_point_stopped_half_way_is_resumed(grid, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "_train_stage", stop)
    grid.out.joinpath("sigma-1.5").mkdir(exist_ok=True)
    with pytest.raises(KeyboardInterrupt):
        grid.point(1.5)
    monkeypatch.undo()
    assert not (grid.out / "sigma-1.5" / "result.json").exists()
    assert grid.point(1.5).sigma == 1.5
    state = checkpoint.load(grid.out / "sigma-1.5" / "checkpoint.pt")
    assert state["config"]["sigma"] == 1.5
    assert state["stage"] == 2


def test_another_budget_or_other_people_are_not_taken_for_done(grid, people):
    grid.point(1.0)
    longer = with_stages(recipes.with_samples(TINY, [16, 24]), 2)
    with pytest.raises(ModelError, match="another recipe"):
        replace(grid, recipe=longer).point(1.0)
    fewer = people[0].subset(torch.arange(10))
    with pytest.raises(ModelError, match="number of people"):
        replace(grid, train=fewer).point(1.0)


def test_s_is_where_improvement_stops():
    assert GridPoint(1, (0.2, 0.3, 0.25, 0.9)).stages == 2
    assert GridPoint(1, (0.2, 0.3, 0.3)).stages == 2
    assert GridPoint(1, (0.2, 0.1)).stages == 1
    assert GridPoint(1, (0.2, 0.3, 0.4)).stages == 3
    assert GridPoint(1, (0.2,)).stages == 1


def test_the_highest_is_chosen_and_of_equals_the_shorter():
    three, two = GridPoint(1.5, (0.1, 0.2, 0.5)), GridPoint(2.0, (0.1, 0.5, 0.4))
    assert choose([three, two]) is two
    assert choose([GridPoint(1.7, (0.1, 0.6, 0.2)), two]).sigma == 1.7
    first, second = GridPoint(1.0, (0.3, 0.4)), GridPoint(2.0, (0.3, 0.4))
    assert choose([first, second]) is first


def test_stages_are_cut_or_repeated():
    assert with_stages(recipes.LSP_PAPER, 2).stages == recipes.LSP_PAPER.stages[:2]
    longer = with_stages(recipes.LSP_COMPACT, 5).stages
    assert longer[:3] == recipes.LSP_COMPACT.stages
    assert longer[3] == longer[4] == longer[2]
    with pytest.raises(ConfigError, match="2 or more"):
        with_stages(TINY, 1)


def test_one_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "debug", TINY)
    args = ["select", "debug", "--out", str(tmp_path), "--sigmas", "1.2,2", "--limit", "24", "--json"]
    assert main(args) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert [p["sigma"] for p in result["grid"]] == [1.2, 2.0]
    assert result["sigma"] in (1.2, 2.0)
    assert result == json.loads((tmp_path / "selection.json").read_text())
    assert "chosen: sigma" in err
    assert {p.name for p in tmp_path.iterdir()} == {"stage-1", "sigma-1.2", "sigma-2", "selection.json"}


@pytest.mark.parametrize("grid", ["1.5,x", "0,1", "nan"])
def test_a_wrong_grid_is_one_line(grid, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["select", "debug", "--out", str(tmp_path), f"--sigmas={grid}"])
    assert "--sigmas" in capsys.readouterr().err


def test_one_stage_has_no_sigma(tmp_path, capsys):
    assert main(["select", "debug", "--out", str(tmp_path), "--stages", "1"]) == 2
    assert "2 or more" in capsys.readouterr().err
