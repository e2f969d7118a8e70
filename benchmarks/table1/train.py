"""Train `lsp-paper` at a budget, with a learning curve on LSP test as it goes. Nothing is chosen by that curve."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from budgets import Budget
from lightning_fabric import Fabric

from deeppose.data.store import Store
from deeppose.model.cascade import Cascade
from deeppose.model.regressor import Estimate
from deeppose.training import validation
from deeppose.training.run import Run
from deeppose.training.sources import stores

CURVE = "curve.jsonl"


@dataclass(frozen=True)
class Curve:
    """Appends stage 1's scores on people it never trains on to a file of JSON lines.

    Later stages are left out: every point of theirs would cost K crops a person.
    """

    path: Path
    people: Store
    cascade: Callable[[], Cascade]

    def __call__(self, stage: int, samples: int, predict: Callable[[Store], Estimate]) -> None:
        """As `run.Watch`."""
        if stage > 1:
            return
        joints = validation.in_chunks(predict, self.people).joints
        score = validation.score(joints, self.people, self.cascade().skeleton)
        with self.path.open("a") as file:
            file.write(json.dumps({"samples": samples, **score.asdict()}) + "\n")


def train(budget: Budget, root: Path, out: Path, fabric: Fabric, test: Store) -> tuple[Run, Store, Store]:
    """The finished run, its training and its held-out people; a run that is there is resumed."""
    recipe = budget.recipe()
    people, held_out = (s.to(fabric.device) for s in stores(recipe, root, budget.limit))
    out.mkdir(parents=True, exist_ok=True)
    run = Run(recipe, fabric, out, people, held_out, validate_every=budget.every)
    run.watch = Curve(out / CURVE, test, lambda: run.cascade)
    run.finish()
    return run, people, held_out
