"""What a start is worth to whoever has few people of their own: one network, one budget, several trunks.

    python benchmarks/trunks.py --root DATA --trunks none imagenet.tflite movenet.tflite lsp-compact [--people 100]

Stage 1 of `flic-compact` learns Buffy's eleven joints (its recipe, face boxes apart) from N people of Buffy train and
meets Buffy test, from ground-truth boxes cut at the picture's edges. No weights that ship have learned from Buffy.
The test pictures, without labels, also give the statistics with which a start's batch norm is put back.
Writes benchmarks/results/trunks.json.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from common import asked, keep
from lightning_fabric import Fabric

from deeppose.data.store import Store
from deeppose.inference.shipped import named
from deeppose.skeleton import BUFFY
from deeppose.training import recipes, validation
from deeppose.training.launch import launch
from deeppose.training.run import Run
from deeppose.training.settings import Recipe
from deeppose.training.sources import stores


def main() -> None:
    """Train each, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument(
        "--trunks", nargs="+", required=True, help="files, names of weights that ship, or none"
    )
    parser.add_argument("--people", type=int, nargs="+", default=[100])
    parser.add_argument("--samples", type=int, default=12_800)
    args = parser.parse_args()
    everyone, test = people(args.root, "train"), people(args.root, "test")
    order = torch.randperm(len(everyone), generator=torch.Generator().manual_seed(0))
    fabric, rows = launch("cpu"), []
    for count in args.people:
        for trunk in args.trunks:
            score = trained(fabric, recipe(trunk, args.samples), everyone.subset(order[:count]), test, trunk)
            rows.append({"people": min(count, len(everyone)), "trunk": Path(trunk).name, **score})
            print(rows[-1], flush=True)
    result = {"test": f"{len(test)} people of buffy test", "samples": args.samples, "rows": rows}
    keep("trunks", result)


def recipe(trunk: str, samples: int) -> Recipe:
    """Without a trained start nothing is held at it."""
    ours = recipes.get("flic-compact")
    fresh = trunk == "none"
    first = replace(ours.stages[0], samples=samples, frozen=0 if fresh else ours.stages[0].frozen)
    return replace(ours, name="buffy", stages=(first,), skeleton=BUFFY, pretrained=not fresh, held_out=0)


def people(root: Path, split: str) -> Store:
    """Everyone of one split of Buffy."""
    return stores(replace(recipe("none", 64), data=(("buffy", split, "visible"),)), root)[0]


def trained(fabric: Fabric, recipe: Recipe, train: Store, test: Store, trunk: str) -> dict[str, Any]:
    """The test people's scores after training."""
    start = named(trunk) if recipe.pretrained else None
    with TemporaryDirectory() as folder:
        run = Run(recipe, fabric, Path(folder), train, test, start)
        run.train_stages()
    joints = validation.predict(run.cascade.eval(), test).joints[:, 0]
    return validation.score(joints, test, run.cascade.skeleton).asdict()


if __name__ == "__main__":
    main()
