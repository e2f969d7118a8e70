"""What the paper leaves open, one change at a time, judged on held-out training people and never on the test set.

Stage-1 questions are runs of their own; questions about refinement branch from the trained cascade's stage 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from budgets import Budget
from lightning_fabric import Fabric

from deeppose.data.store import Store
from deeppose.evaluation.as_json import outcome_json
from deeppose.evaluation.protocol import People, Protocol
from deeppose.evaluation.summary import summarise
from deeppose.model.cascade import Cascade
from deeppose.training import checkpoint, validation
from deeppose.training.run import CHECKPOINT, Run
from deeppose.training.selection import branch
from deeppose.training.settings import Recipe, StageRecipe


@dataclass(frozen=True)
class Ablation:
    """One change to the recipe, and the stage (from 1) whose training it changes."""

    question: str
    answer: str
    stage: int
    change: Callable[[Recipe], Recipe]

    @property
    def name(self) -> str:
        """For its folder."""
        return f"{self.question}-{self.answer}".replace(" ", "-").replace("/", "-")


def _stages(**settings: Any) -> Callable[[Recipe], Recipe]:
    """A change of every stage's settings."""
    return lambda recipe: replace(recipe, stages=tuple(replace(s, **settings) for s in recipe.stages))


def _recipe(**settings: Any) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, **settings)


def _options(**options: Any) -> Callable[[Recipe], Recipe]:
    """A change of every stage's network, whatever its width."""

    def changed(stage: StageRecipe) -> StageRecipe:
        return replace(stage, config=replace(stage.config, options={**stage.config.options, **options}))

    return lambda recipe: replace(recipe, stages=tuple(map(changed, recipe.stages)))


ABLATIONS = (
    Ablation("accumulator", "0.1 of the summed loss", 1, _recipe()),
    Ablation("accumulator", "0", 1, _stages(accumulator=0.0)),
    Ablation("accumulator", "0.1 of the mean loss", 1, _stages(accumulator=0.1)),
    Ablation("LRN", "none", 1, _options(normalize_responses=False)),
    Ablation("box", "square", 1, _recipe(square=True)),
    *(Ablation("sigma", f"{sigma:g}", 2, _recipe(sigma=sigma)) for sigma in (1.5, 1.7, 2.0, 2.3)),
    *(Ablation("samples a joint", str(n), 2, _stages(draws=n)) for n in (1, 10, 40)),
)
"""The first is the recipe itself, beside which the other stage-1 answers stand; sigma 2 is the recipe's for stage 2."""


def run(
    ablation: Ablation, budget: Budget, main: Path, out: Path, fabric: Fabric, train: Store, held_out: Store
) -> dict[str, Any]:
    """Train one answer, or resume it, and measure every stage it has on the held-out people.

    Args:
        main: the checkpoint of the main run, whose stage 1 the later stages refine.
    """
    folder = out / ablation.name
    folder.mkdir(parents=True, exist_ok=True)
    recipe = _at(ablation, budget)
    if ablation.stage > 1 and not (folder / CHECKPOINT).exists():
        branch(checkpoint.load(main), recipe, folder / CHECKPOINT)
    cascade = Run(recipe, fabric, folder, train, held_out, validate_every=10_000).finish()
    return {
        "question": ablation.question,
        "answer": ablation.answer,
        "samples": budget.ablation,
        "held_out": len(held_out),
        "stages": scores(cascade, held_out),
    }


def _at(ablation: Ablation, budget: Budget) -> Recipe:
    """The recipe with as many stages as the question needs, at the ablations' samples."""
    base = budget.recipe()
    stages: list[StageRecipe] = list(base.stages[: ablation.stage])
    stages[-1] = replace(stages[-1], samples=budget.ablation)
    return ablation.change(replace(base, stages=tuple(stages)))


def scores(cascade: Cascade, people: Store) -> list[dict[str, Any]]:
    """Of every stage: PDJ@0.2 and strict PCP, each with its 95 % bootstrap interval."""
    truth = People(_numpy(people.joints), people.labelled.cpu().numpy(), cascade.skeleton)
    stages = validation.predict(cascade, people).joints.swapaxes(0, 1)
    protocol = Protocol("lsp", "held out", "full-image", "PC", "lsp-paper")
    outcome = summarise(truth, _numpy(stages), protocol)
    return [{"stage": stage["stage"], **stage["interval"]} for stage in outcome_json(outcome)["stages"]]


def _numpy(tensor: Any) -> Any:
    return tensor.detach().cpu().double().numpy().astype(np.float64)
