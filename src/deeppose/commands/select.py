"""Choose sigma and the number of stages by PDJ@0.2 on held-out people; run it again to resume."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from deeppose.commands import values
from deeppose.commands.options import add_training, training_people

if TYPE_CHECKING:
    from deeppose.training.selection import GridPoint


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_training(parser, out="one run's folder a sigma; done ones are skipped")
    parser.add_argument(
        "--sigmas", type=values.sigmas, default=(1.5, 1.7, 2.0, 2.3), metavar="S,S,…",
        help="the grid (default: 1.5,1.7,2.0,2.3, the paper's for LSP)",
    )  # fmt: skip
    parser.add_argument(
        "--stages", type=int, metavar="N", help="the most stages to train (default: the recipe's)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON; the table goes to standard error")


def run(args: argparse.Namespace) -> int:
    """Train what is missing of the grid, choose, print, and write selection.json."""
    from deeppose.files import write
    from deeppose.training import recipes
    from deeppose.training.launch import launch
    from deeppose.training.selection import Selection, choose, with_stages

    recipe = recipes.get(args.recipe)
    recipe = with_stages(recipe, args.stages or len(recipe.stages))
    recipe = recipes.with_samples(recipe, args.samples) if args.samples else recipe
    recipe = with_stages(recipe, len(recipe.stages))
    fabric = launch(args.accelerator, 1, args.precision)
    train, held_out, cut_off = training_people(args, recipe, fabric.device)
    grid = Selection(recipe, fabric, args.out, train, held_out, args.trunk, cut_off)
    points = [grid.point(sigma) for sigma in args.sigmas]
    chosen = choose(points)
    result = {
        "recipe": recipe.name,
        "measure": "mean PDJ@0.2 over joints",
        "held_out": len(held_out),
        "sigma": chosen.sigma,
        "stages": chosen.stages,
        "grid": [{"sigma": p.sigma, "stages": p.stages, "pdj02": list(p.pdj02)} for p in points],
    }
    write(args.out / "selection.json", json.dumps(result, indent=1))
    _show(args, result, points)
    return 0


def _show(args: argparse.Namespace, result: dict[str, Any], points: list[GridPoint]) -> None:
    from deeppose.evaluation.tables import grid

    head = ["sigma", *(f"stage {s + 1}" for s in range(len(points[0].pdj02))), "S"]
    rows = [[f"{p.sigma:g}", *(f"{v:.3f}" for v in p.pdj02), str(p.stages)] for p in points]
    title = f"{result['recipe']}: {result['measure']}, {result['held_out']} held-out people"
    chosen = f"chosen: sigma {result['sigma']:g}, S = {result['stages']}"
    print("\n".join([title, grid([head, *rows]), chosen]), file=sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(result, indent=1))
