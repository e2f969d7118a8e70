"""How stage 1 learns at several widths of the paper's network: held-out people's scores by samples seen.

    python benchmarks/table1/scaling.py --root DATA --out RUN

Each width at its own rate (`recipes.rate`), otherwise as budget `short`, on the same people in the same order. What is
trained stands in RUN; given again it goes on. The curves are RUN/scaling.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from budgets import BUDGETS
from figures import curve
from questions import widened
from train import CURVE, Curve

from deeppose.data.store import Store
from deeppose.files import write
from deeppose.training.launch import launch
from deeppose.training.run import Run
from deeppose.training.settings import Recipe
from deeppose.training.sources import stores

SAMPLES = {1 / 16: 96_000, 1 / 8: 96_000, 1 / 4: 96_000, 1 / 2: 24_000}
"""Seen at each width: three quarters of an hour of one core in all."""

EVERY = 750
"""Steps between two points of a curve: 24,000 samples."""


def main() -> None:
    """Train, or go on; then write the curves."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN")
    args = parser.parse_args()
    torch.set_num_threads(1)
    people = stores(BUDGETS["short"].recipe(), args.root)
    found = [learned(width, args.out / f"width-{width:g}", people) for width in SAMPLES]
    write(args.out / "scaling.json", json.dumps(found, indent=1))


def learned(width: float, out: Path, people: list[Store]) -> dict[str, Any]:
    """Train one width to its end and return its curve."""
    train, held_out = people
    run = Run(recipe_of(width), launch("cpu"), out, train, held_out, validate_every=EVERY)
    run.watch = Curve(out / CURVE, held_out, lambda: run.cascade)
    run.train_stages()
    return {"width": width, "curve": curve(out)}


def recipe_of(width: float) -> Recipe:
    """Stage 1 alone of budget `short`, at a width."""
    recipe = BUDGETS["short"].recipe()
    first = replace(recipe.stages[0], samples=SAMPLES[width])
    return widened(width)(replace(recipe, stages=(first,)))


if __name__ == "__main__":
    main()
