"""What the paper leaves open, one change at a time, judged on held-out training people and never on the test set.

    python benchmarks/table1/ablations.py --root DATA --run RUN --budget narrow [--stage 1] [--only QUESTION ...]

Questions about stage 1 are runs of their own, those about stage 2 branch from stage 1 of the run in RUN. Each answer is
compared with the recipe as it is, after as many samples, person by person. Given again it goes on; what is trained
stands in RUN/ablations, the table in RUN/ablations.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import questions
import torch
from budgets import BUDGETS, Budget
from lightning_fabric import Fabric
from questions import ABLATIONS, Ablation

from deeppose.data.store import Store
from deeppose.evaluation import joints, limbs
from deeppose.evaluation.counts import Counts, Outcomes
from deeppose.evaluation.uncertainty import compare
from deeppose.files import write
from deeppose.model.cascade import Cascade
from deeppose.model.network import NETWORKS
from deeppose.training import checkpoint, validation
from deeppose.training.launch import launch
from deeppose.training.run import CHECKPOINT, Run
from deeppose.training.selection import branch
from deeppose.training.settings import Recipe
from deeppose.training.sources import stores
from deeppose.types import Floats

Measured = dict[str, Outcomes]


def main() -> None:
    args = _arguments()
    torch.set_num_threads(args.threads)
    NETWORKS.setdefault(questions.ONE_OUTPUT, questions.OneOutput)
    budget, fabric = BUDGETS[args.budget], launch("cpu" if not torch.cuda.is_available() else "auto")
    people = cache(lambda data: stores(replace(budget.recipe(), data=data), args.root, budget.limit))
    for ablation in ABLATIONS:
        if ablation.stage == args.stage and (not args.only or ablation.question in (*args.only, "recipe")):
            answered(ablation, budget, args.run, fabric, people)
            write(args.run / "ablations.json", json.dumps(table(budget, args.run), indent=1))


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


def answered(ablation: Ablation, budget: Budget, run: Path, fabric: Fabric, people: Any) -> None:
    """Train one answer, or resume it, and keep what it gets right of the held-out people."""
    folder = run / "ablations" / ablation.name
    if (folder / "found.npz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    recipe = recipe_of(ablation, budget)
    if ablation.stage > 1 and not (folder / CHECKPOINT).exists():
        branch(checkpoint.load(run / CHECKPOINT), recipe, folder / CHECKPOINT)
    train, held_out = people(recipe.data)
    trained = Run(recipe, fabric, folder, train, held_out, validate_every=100_000)
    trained.train_stages()
    found = measured(trained.cascade, held_out)
    arrays = {f"{name} {part}": value for name, o in found.items() for part, value in asdict(o).items()}
    np.savez_compressed(folder / "found.npz", **arrays)
    (folder / CHECKPOINT).unlink()


def recipe_of(ablation: Ablation, budget: Budget) -> Recipe:
    """The recipe with as many stages as the question needs, at the ablations' samples, and the one change."""
    base = budget.recipe()
    stages = list(base.stages[: ablation.stage])
    stages[-1] = replace(stages[-1], samples=budget.ablation)
    return ablation.change(replace(base, stages=tuple(stages)))


def measured(cascade: Cascade, people: Store) -> Measured:
    """Which joints and limbs of the last stage are right."""
    guess = _numpy(validation.predict(cascade, people).joints[:, -1])
    truth, labelled = _numpy(people.joints), people.labelled.cpu().numpy()
    sizes = joints.torso_sizes(truth, labelled, cascade.skeleton)
    return {
        "PDJ@0.2": joints.found_outcomes(truth, labelled, guess, sizes, 0.2),
        "strict PCP": limbs.pcp_outcomes(truth, labelled, guess, cascade.skeleton),
    }


def table(budget: Budget, run: Path) -> list[dict[str, Any]]:
    """Every answer there is, beside the one it changes."""
    skeleton = budget.recipe().skeleton
    statistics = {"PDJ@0.2": Counts.mean, "strict PCP": lambda c: limbs.mean_of_kinds(c, skeleton)}
    by_name = {a.name: _read(run / "ablations" / a.name / "found.npz") for a in ABLATIONS}
    rows = []
    for ablation in ABLATIONS:
        ours, base = by_name[ablation.name], by_name[ablation.beside]
        if ours is None or base is None:
            continue
        row = {"stage": ablation.stage, "question": ablation.question, "answer": ablation.answer}
        compared = {name: asdict(compare(base[name], ours[name], s)) for name, s in statistics.items()}
        rows.append({**row, "samples": budget.ablation, "beside": ablation.beside, **compared})
    return rows


def _read(path: Path) -> Measured | None:
    if not path.exists():
        return None
    with np.load(path) as kept:
        return {n: Outcomes(kept[f"{n} correct"], kept[f"{n} counted"]) for n in ("PDJ@0.2", "strict PCP")}


def _numpy(tensor: torch.Tensor) -> Floats:
    return tensor.detach().cpu().double().numpy()


if __name__ == "__main__":
    main()
