"""Train a cascade, stage after stage, on one CPU, one GPU or several processes; run it again to resume."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deeppose.commands import values
from deeppose.commands.options import add_labels, add_training, training_people

if TYPE_CHECKING:
    from deeppose.training.run import Run
    from deeppose.training.settings import Recipe


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_training(parser, out="the run's folder; an unfinished run there is resumed")
    parser.add_argument("--seed", type=values.seed, help="another seed than the recipe's")
    parser.add_argument("--devices", type=int, default=1, help="processes; 1 by default")
    parser.add_argument(
        "--json", action="store_true", help="print the held-out scores of every stage as JSON"
    )
    own = parser.add_argument_group("own labels (deeppose train own)")
    own.add_argument(
        "--labels", type=Path, metavar="FILE",
        help="COCO .json, Ultralytics .yaml, DeepLabCut .csv, .h5 or project folder, SLEAP .slp",
    )  # fmt: skip
    own.add_argument(
        "--time", default="30m", metavar="T", help="how long it may take: 90s, 30m, 2h (default: 30m)"
    )
    add_labels(parser)


def run(args: argparse.Namespace) -> int:
    """Train, save, and print each stage's held-out score."""
    from deeppose.training.interrupts import Interrupted

    try:
        return _train(args)
    except Interrupted as stop:
        where = f"{stop} is saved in {args.out}" if str(stop) else f"what was done is saved in {args.out}"
        print(f"deeppose: interrupted; {where}; the same command goes on from there", file=sys.stderr)
        return 128 + stop.signum


def _train(args: argparse.Namespace) -> int:
    from deeppose.training.launch import launch
    from deeppose.training.run import Run

    fabric = launch(args.accelerator, args.devices, args.precision)
    recipe = _recipe(args)
    train, held_out, cut_off = training_people(args, recipe, fabric.device)
    every = 500 if recipe.labels is None else _validations(recipe)
    trained = Run(recipe, fabric, args.out, train, held_out, args.trunk, cut_off, every)
    cascade = trained.finish()
    if not fabric.is_global_zero:
        return 0
    if recipe.labels is not None:
        return _conclude(args, trained, recipe)
    if args.json:
        from deeppose.evaluation.as_json import plain
        from deeppose.training import validation

        joints = validation.predict(cascade, held_out).joints
        scores = [validation.score(joints[:, s], held_out, cascade.skeleton) for s in range(joints.shape[1])]
        result = {"held_out": [s.asdict() for s in scores], "mean_pose": trained.floor.asdict()}
        print(json.dumps(plain(result), indent=1, allow_nan=False))
    return 0


def _recipe(args: argparse.Namespace) -> Recipe:
    """The recipe named, in a file, or planned for own labels; with other seed and samples where they are given."""
    from dataclasses import replace

    from deeppose.training import recipes
    from deeppose.training.recipe_file import read_recipe

    if args.recipe == "own":
        from deeppose.commands.own import planned

        return planned(args)
    recipe = read_recipe(Path(args.recipe)) if args.recipe.endswith(".toml") else recipes.get(args.recipe)
    recipe = recipe if args.seed is None else replace(recipe, seed=args.seed)
    recipe = recipes.with_samples(recipe, args.samples) if args.samples else recipe
    if recipe.labels is not None:
        from deeppose.commands.own import started
        from deeppose.files import make

        make(args.out, f"--out {args.out}")
        args.trunk = started(args.trunk) if recipe.pretrained else None
    return recipe


def _validations(recipe: Recipe) -> int:
    """Steps between two validations: about four in the shortest stage, in tens."""
    from deeppose.training.loop import LOOK_EVERY, steps_of

    return max(LOOK_EVERY, min(map(steps_of, recipe.stages)) // 4 // LOOK_EVERY * LOOK_EVERY)


def _conclude(args: argparse.Namespace, trained: Run, recipe: Recipe) -> int:
    """Own labels end with a model, a card and a few lines."""
    from deeppose.commands.own import card
    from deeppose.training.own.people import own_of
    from deeppose.training.own.result import conclude

    assert recipe.labels is not None
    own = own_of(recipe.labels, recipe.seed)
    trunk = "none" if args.trunk is None else Path(args.trunk).stem
    result = conclude(trained.cascade, recipe, own, trained.train, trained.held_out, args.out, trunk=trunk)
    card(args.out, result, own)
    _say(args, result)
    return 0


def _say(args: argparse.Namespace, result: dict[str, Any]) -> None:
    if args.json:
        print(json.dumps(result, indent=1, allow_nan=False))
        return
    print(f"{result['split']}; {result['stages']} of {len(result['cost_of_stages'])} stages help")
    for name, value in result["metrics"]["model"].items():
        floor = result["metrics"]["mean_pose"][name]["value"]
        print(
            f"{name:18} {value['value']:.3g} ({value['low']:.3g} to {value['high']:.3g}; mean pose {floor:.3g})"
        )
    print(
        f"model: {args.out / 'model.onnx'}   card: {args.out / 'card.html'}   recipe: {args.out / 'recipe.toml'}"
    )
