"""A grid of sigmas that `deeppose select` left, told apart by paired bootstrap on the recipe's held-out people.

python benchmarks/table1/grid.py GRID --root DATA --recipe lsp-compact
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

from answers import measured

from deeppose.evaluation import uncertainty
from deeppose.training import checkpoint, recipes
from deeppose.training.run import CHECKPOINT
from deeppose.training.sources import stores


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("grid", type=Path)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--recipe", default="lsp-compact")
    args = parser.parse_args()
    recipe = recipes.get(args.recipe)
    held_out = stores(replace(recipe, data=recipe.data[:1], emphasis=1), args.root)[1]
    chosen = json.loads((args.grid / "selection.json").read_text())["sigma"]
    folders = {float(f.name.removeprefix("sigma-")): f for f in args.grid.glob("sigma-*")}
    cascades = {s: checkpoint.cascade_of(checkpoint.load(f / CHECKPOINT)) for s, f in folders.items()}
    last = {sigma: measured(cascade, held_out)["PDJ@0.2"] for sigma, cascade in sorted(cascades.items())}
    rivals = {
        "stage 1": measured(cascades[chosen], held_out, 0)["PDJ@0.2"],
        **{f"{s:g}": o for s, o in last.items()},
    }
    result = {
        name: {
            "pdj_0.2": asdict(uncertainty.interval(outcomes)),
            "chosen_minus_this": asdict(uncertainty.compare(outcomes, last[chosen])),
        }
        for name, outcomes in rivals.items()
    }
    print(json.dumps({"chosen": chosen, "held_out": len(held_out), "grid": result}, indent=1))


if __name__ == "__main__":
    main()
