"""Choosing sigma and the number of stages S by mean PDJ@0.2 on the held-out people (paper, section 4.1).

Every sigma is a run of its own in a folder of its own. Stage 1 sees the person's whole box and so does not depend on
sigma (eq. 7): it is trained once, and every grid point starts from a copy of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from deeppose.data.store import Store
from deeppose.errors import ConfigError, ModelError
from deeppose.files import make, read_json, write
from deeppose.model.cascade import Cascade
from deeppose.training import checkpoint, validation
from deeppose.training.run import CHECKPOINT, Run
from deeppose.training.settings import Recipe

RESULT = "result.json"
"""In a grid point's folder: its scores, written when it is done."""


@dataclass(frozen=True)
class GridPoint:
    """One trained sigma.

    Attributes:
        sigma: side of a joint box over diam(y).
        pdj02: of each stage, mean PDJ@0.2 over joints on the held-out people, a fraction.
    """

    sigma: float
    pdj02: tuple[float, ...]

    @property
    def stages(self) -> int:
        """S: stages are added until one no longer improves on the one before (section 4.1)."""
        better = [b > a for a, b in zip(self.pdj02, self.pdj02[1:], strict=False)]
        return 1 + (better.index(False) if False in better else len(better))

    @property
    def best(self) -> float:
        """PDJ@0.2 after S stages."""
        return self.pdj02[self.stages - 1]


def with_stages(recipe: Recipe, count: int) -> Recipe:
    """The recipe with that many stages: the last ones left out, or the last one repeated.

    Raises:
        ConfigError: fewer than two, so that sigma means nothing.
    """
    if count < 2:
        raise ConfigError(f"{count} stages: sigma matters from the second stage on; ask for 2 or more")
    return replace(recipe, stages=(recipe.stages + recipe.stages[-1:] * count)[:count])


def choose(points: Sequence[GridPoint]) -> GridPoint:
    """The grid point of the highest PDJ@0.2 after its own S; of equals the one with fewer stages, then the first.

    >>> choose([GridPoint(1.5, (0.3, 0.5, 0.5)), GridPoint(2.0, (0.3, 0.4, 0.6))])
    GridPoint(sigma=2.0, pdj02=(0.3, 0.4, 0.6))
    """
    return max(points, key=lambda p: (p.best, -p.stages))


@dataclass(frozen=True)
class Selection:
    """A grid of runs under one folder: `stage-1`, then `sigma-X` for every sigma.

    Attributes:
        recipe: any; its own sigma does not matter.
        train, held_out: people, on the training device.
        trunk, portraits: as in `Run`.
    """

    recipe: Recipe
    fabric: Fabric
    out: Path
    train: Store
    held_out: Store
    trunk: Path | None = None
    portraits: Store | None = None

    def point(self, sigma: float) -> GridPoint:
        """Train one sigma, or read its result where it is done; an unfinished one is resumed.

        Raises:
            ModelError: the folder belongs to another recipe, or other people.
        """
        recipe = replace(self.recipe, sigma=sigma)
        folder = make(self.out / f"sigma-{sigma:g}")
        if (folder / RESULT).exists():
            return self._read(folder / RESULT, recipe)
        if not (folder / CHECKPOINT).exists():
            branch(self._first_stage(), recipe, folder / CHECKPOINT)
        cascade = self._run(recipe, folder).finish()
        result = GridPoint(sigma, _scores(cascade, self.held_out))
        _write(folder / RESULT, {**self._setting(recipe), "pdj02": result.pdj02})
        return result

    def _first_stage(self) -> dict[str, Any]:
        """The checkpoint of the shared stage 1, trained now if it is not."""
        folder = make(self.out / "stage-1")
        # A sigma that no grid has: the folder must resume whichever point comes first.
        alone = replace(self.recipe, stages=self.recipe.stages[:1], sigma=0.0)
        run = self._run(alone, folder)
        if run.done == 0:
            run.finish()
        return checkpoint.load(folder / CHECKPOINT)

    def _run(self, recipe: Recipe, folder: Path) -> Run:
        return Run(recipe, self.fabric, folder, self.train, self.held_out, self.trunk, self.portraits)

    def _setting(self, recipe: Recipe) -> dict[str, Any]:
        """What a result depends on, as JSON gives it back."""
        people = {"train": len(self.train), "held_out": len(self.held_out)}
        return {"recipe": json.loads(json.dumps(checkpoint.described(recipe))), "people": people}

    def _read(self, path: Path, recipe: Recipe) -> GridPoint:
        said = read_json(path)
        if any(said.get(key) != value for key, value in self._setting(recipe).items()):
            raise ModelError(
                f"{path}: is the result of another recipe, budget or number of people; name another --out"
            )
        return GridPoint(recipe.sigma, tuple(said["pdj02"]))


def branch(state: dict[str, Any], recipe: Recipe, path: Path) -> None:
    """Write the checkpoint of `recipe` after its first stage, whose parameters come from another run's checkpoint.

    Args:
        state: a checkpoint whose stage 1 is trained, of a recipe with the same first stage.
        recipe: of the new run; what it starts its later stages from is what `Run` would.
        path: the new run's checkpoint.
    """
    torch.manual_seed(recipe.seed)
    cascade = Cascade(recipe.cascade())
    cascade.networks[0].load_state_dict(checkpoint.cascade_of(state).networks[0].state_dict())
    checkpoint.save(path, recipe, cascade, 1, fit=None, displacements=[])


def _scores(cascade: Cascade, held_out: Store) -> tuple[float, ...]:
    joints = validation.predict(cascade, held_out).joints
    return tuple(
        validation.score(joints[:, s], held_out, cascade.skeleton).pdj02 for s in range(joints.shape[1])
    )


def _write(path: Path, content: dict[str, Any]) -> None:
    write(path, json.dumps(content, indent=1))
