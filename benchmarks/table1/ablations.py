"""What the paper leaves open, one change at a time, judged on held-out training people and never on the test set.

    python benchmarks/table1/ablations.py --root DATA --run RUN --budget short [--stage 1] [--only QUESTION ...]

Questions about stage 1 are runs of their own, those about stage 2 branch from stage 1 of the run in RUN. Each answer is
compared with the recipe as it is, after as many samples, person by person. Given again it goes on; what is trained
stands in RUN/ablations, the table in RUN/questions.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import answers
import questions
import torch
from answers import FOUND
from budgets import BUDGETS, Budget
from lightning_fabric import Fabric
from questions import ABLATIONS, Ablation

from deeppose.data.store import Store
from deeppose.files import write
from deeppose.model.network import NETWORKS
from deeppose.training import checkpoint
from deeppose.training.launch import launch
from deeppose.training.run import CHECKPOINT, Run
from deeppose.training.selection import branch
from deeppose.training.settings import Recipe
from deeppose.training.sources import stores

People = Callable[[tuple[tuple[str, str, str], ...]], list[Store]]
"""Training and held-out people of a recipe's `data`."""


def main() -> None:
    args = _arguments()
    torch.set_num_threads(args.threads)
    NETWORKS.setdefault(questions.ONE_OUTPUT, questions.OneOutput)
    budget, fabric = BUDGETS[args.budget], launch()

    @cache
    def people(data: tuple[tuple[str, str, str], ...]) -> list[Store]:
        both = stores(replace(budget.recipe(), data=data), args.root, budget.limit)
        return [store.to(fabric.device) for store in both]

    for ablation in ABLATIONS:
        if ablation.stage == args.stage and (not args.only or ablation.question in (*args.only, "recipe")):
            answered(ablation, budget, args.run, fabric, people)
    write(args.run / "questions.json", json.dumps(answers.table(budget, args.run), indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, metavar="DATA")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--budget", choices=BUDGETS, required=True)
    parser.add_argument("--stage", type=int, default=1, choices=(1, 2))
    parser.add_argument(
        "--only", nargs="*", metavar="QUESTION", choices=sorted({a.question for a in ABLATIONS})
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def answered(ablation: Ablation, budget: Budget, run: Path, fabric: Fabric, people: People) -> None:
    """Train one answer, or resume it, and keep what it gets right of the held-out people."""
    folder = run / "ablations" / ablation.name
    if (folder / FOUND).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    recipe = recipe_of(ablation, budget)
    if ablation.stage > 1 and not (folder / CHECKPOINT).exists():
        branch(checkpoint.load(run / CHECKPOINT), recipe, folder / CHECKPOINT)
    train, held_out = people(recipe.data)
    trained = Run(recipe, fabric, folder, train, held_out, validate_every=100_000)
    trained.train_stages()
    answers.keep(folder / FOUND, answers.measured(trained.cascade, held_out))
    (folder / CHECKPOINT).unlink()


def recipe_of(ablation: Ablation, budget: Budget) -> Recipe:
    """The recipe with as many stages as the question needs, at the ablations' samples, and the one change."""
    base = budget.recipe()
    stages = list(base.stages[: ablation.stage])
    stages[-1] = replace(stages[-1], samples=budget.ablation)
    return ablation.change(replace(base, stages=tuple(stages)))


if __name__ == "__main__":
    main()
