"""What some of body-compact's training people and its larger canvas are worth: stage 2 trained without them.

    python benchmarks/left_out.py --root DATA --trunk tinypose_256x192.onnx --out RUN [--samples 6000] [--rows NAME ...]

Every row is a run of its own, of as many samples from the same start, measured on the same held-out people of each
data set (none of a test set). Given again it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from common import asked, keep, kept

from deeppose.data.store import Store
from deeppose.model.cascade import Cascade
from deeppose.training import recipes, validation
from deeppose.training.launch import launch
from deeppose.training.run import Run
from deeppose.training.settings import Recipe
from deeppose.training.sources import stores
from deeppose.training.weighing import weigh


def main() -> None:
    parser = asked(__doc__)
    parser.add_argument("--trunk", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=6000)
    parser.add_argument("--rows", nargs="*", help="these alone; the rest as kept")
    args = parser.parse_args()
    recipe = recipes.with_samples(recipes.BODY_COMPACT, [0, args.samples])
    result = kept("left-out")
    for name, changed, train, held_out in variants(recipe, args.root):
        if args.rows and name not in args.rows:
            continue
        folder = args.out / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(changed, launch("cpu"), folder, train, held_out, args.trunk, validate_every=100_000)
        run.train_stages()
        weigh(run.cascade, held_out)
        result[name] = {"samples": args.samples, **by_set(run.cascade, changed, held_out)}
        keep("left-out", result)


def variants(recipe: Recipe, root: Path) -> Iterator[tuple[str, Recipe, Store, Store]]:
    """Each row's name, recipe, and whom it learns from and is measured on."""
    train, held_out = stores(recipe, root)
    yield "everyone", recipe, train, held_out
    for number, (name, *_) in enumerate(recipe.data[1:], 1):
        if name in ("coco", "lspet-repaired"):
            yield f"without {name}", recipe, train.subset((train.sources != number).nonzero()[:, 0]), held_out
    small = replace(recipe, canvas=256)
    yield "canvas 256", small, *stores(small, root)


def by_set(cascade: Cascade, recipe: Recipe, people: Store) -> dict[str, dict[str, float]]:
    """PDJ of each data set's held-out people after the last stage."""
    joints = validation.predict(cascade, people).joints[:, -1]
    scores = {}
    for number, (name, *_) in enumerate((*recipe.data, *recipe.fitted)):
        rows = (people.sources == number).nonzero()[:, 0]
        found = validation.score(joints[rows], people.subset(rows), cascade.skeleton)
        scores[name] = {"people": len(rows), "pdj": {"0.1": found.pdj01, "0.2": found.pdj02}}
    return scores


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
