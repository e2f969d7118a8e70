"""Give stage 1 of a finished run a second, gentler cycle, and calibrate the whole cascade again.

    python tools/finish.py RUN --root DATA --out DIR --precision bf16-mixed

Stage 1 goes on from its averaged weights with a fresh optimiser, warm-up and cosine. The people of the recipe's first
data set come `--emphasis` times an epoch. Later stages keep their parameters. DIR gets a checkpoint that
`deeppose export` takes; the same command resumes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from deeppose.data.store import Store
from deeppose.model.cascade import Cascade
from deeppose.model.network import Regressor
from deeppose.training import checkpoint, recipes, validation
from deeppose.training.calibration import calibrate
from deeppose.training.launch import launch
from deeppose.training.run import CHECKPOINT, Run
from deeppose.training.sources import first_set, stores


@dataclass
class SecondCycle(Run):
    """A run of stage 1 that starts from given parameters."""

    start: dict[str, Tensor] = field(kw_only=True)

    def _prepare(self, psi: Regressor, stage: int) -> None:
        assert stage == 0
        psi.load_state_dict(self.start)


def main() -> None:
    """Train, put stage 1 in its place, calibrate, save, print held-out scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", default="lsp-compact")
    parser.add_argument("--samples", type=int, default=216_000)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--emphasis", type=int, default=3)
    parser.add_argument("--precision")
    args = parser.parse_args()
    recipe, fabric = recipes.get(args.recipe), launch("auto", 1, args.precision)
    train, held_out = (people.to(fabric.device) for people in stores(recipe, args.root))
    whole = checkpoint.cascade_of(checkpoint.load(args.run / CHECKPOINT))
    cycle = replace(recipe.stages[0], samples=args.samples, lr=args.lr)
    alone = replace(recipe, stages=(cycle,), name=f"{recipe.name}, second cycle")
    args.out.mkdir(parents=True, exist_ok=True)
    first, _ = first_set(recipe, args.root)
    again = emphasised(train, len(first), args.emphasis)
    second = SecondCycle(
        alone, fabric, args.out / "cycle", again, held_out, start=whole.networks[0].state_dict()
    )
    second.out.mkdir(exist_ok=True)
    second.train_stages()
    finished = Cascade(replace(whole.config, looks=recipe.looks, flip=recipe.flip, fuse=recipe.fuse))
    finished.load_state_dict(whole.state_dict())
    finished.networks[0].load_state_dict(second.cascade.networks[0].state_dict())
    finished.to(fabric.device)
    calibrate(finished, train, held_out, recipe.seed)
    checkpoint.save(
        args.out / CHECKPOINT, recipe, finished, len(finished.networks), fit=None, displacements=[]
    )
    joints = validation.predict(finished, held_out).joints
    for stage in range(joints.shape[1]):
        print(f"stage {stage + 1}: {validation.score(joints[:, stage], held_out, finished.skeleton)}")


def emphasised(people: Store, first: int, times: int) -> Store:
    """The store with its first people, those of the first data set, so many times in it."""
    index = torch.cat([torch.arange(len(people)), *[torch.arange(first)] * (times - 1)])
    return people.subset(index)


if __name__ == "__main__":
    main()
