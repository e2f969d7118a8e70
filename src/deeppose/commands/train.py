"""Train a cascade, stage after stage, on one CPU, one GPU or several processes; run it again to resume."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from deeppose.commands.options import add_training, training_people


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_training(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="the run's folder; an unfinished run there is resumed",
    )
    parser.add_argument("--seed", type=int, help="another seed than the recipe's")
    parser.add_argument("--devices", type=int, default=1, help="processes; 1 by default")
    parser.add_argument(
        "--json", action="store_true", help="print the held-out scores of every stage as JSON"
    )


def run(args: argparse.Namespace) -> int:
    """Train, save, and print each stage's held-out score."""
    from dataclasses import replace

    from deeppose.evaluation.as_json import plain
    from deeppose.training import recipes, validation
    from deeppose.training.launch import launch
    from deeppose.training.run import Run

    recipe = recipes.get(args.recipe)
    recipe = recipe if args.seed is None else replace(recipe, seed=args.seed)
    recipe = recipes.with_samples(recipe, args.samples) if args.samples else recipe
    fabric = launch(args.accelerator, args.devices, args.precision)
    train, held_out, cut_off = training_people(args, recipe, fabric.device)
    trained = Run(recipe, fabric, args.out, train, held_out, args.trunk, cut_off)
    cascade = trained.finish()
    joints = validation.predict(cascade, held_out).joints
    scores = [validation.score(joints[:, s], held_out, cascade.skeleton) for s in range(joints.shape[1])]
    if args.json and fabric.is_global_zero:
        result = {"held_out": [s.asdict() for s in scores], "mean_pose": trained.floor.asdict()}
        print(json.dumps(plain(result), indent=1, allow_nan=False))
    return 0
