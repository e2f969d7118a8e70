"""What `deeppose train own` does beside training: plan once, keep the plan, and write the card."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deeppose.errors import ConfigError

if TYPE_CHECKING:
    from deeppose.data.own.people import Own
    from deeppose.training.settings import Recipe

RECIPE = "recipe.toml"
TRUNK = "lsp-compact"
UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """A span of time: 90s, 30m, 2h.

    Raises:
        ConfigError: it is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip().lower())
    if match is None:
        raise ConfigError(f"--time {text}: a number and s, m or h, for instance 30m")
    return float(match[1]) * UNITS[match[2]]


def started(trunk: Path | None) -> Path | None:
    """Where compact networks start: the weights that ship unless others or none are named."""
    from deeppose.inference.shipped import named

    if trunk is None:
        return named(TRUNK)
    return None if str(trunk) == "none" else trunk


def planned(args: argparse.Namespace) -> Recipe:
    """The run's own recipe, or a new plan, which is kept as `recipe.toml` with a sentence for each choice.

    Raises:
        ConfigError: no labels are named, or the run in that folder has other ones.
    """
    from deeppose.files import make
    from deeppose.training.own.people import own_of
    from deeppose.training.own.plan import plan
    from deeppose.training.settings import LabelSource

    if args.labels is None:
        raise ConfigError(
            "train own: name the labels with --labels, for instance a COCO .json or a DeepLabCut project"
        )
    file = make(args.out, f"--out {args.out}") / RECIPE
    images = "" if args.images is None else str(args.images)
    source = LabelSource(str(args.labels), images, args.category or "", args.pairs)
    trunk = started(args.trunk)
    args.trunk = trunk
    if file.is_file():
        return _kept(file, source, args, trunk)
    duration = seconds(args.time)
    own = own_of(source, args.seed or 0)
    made = plan(own, source, duration, "none" if trunk is None else str(trunk), args.seed or 0)
    for line in (*own.labels.said(), *made.why):
        print(line, file=sys.stderr)
    recipe = _with_samples(made.recipe, args)
    _keep(file, recipe, made.why)
    return recipe


def _with_samples(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    from deeppose.training import recipes

    return recipes.with_samples(recipe, args.samples) if args.samples else recipe


def _kept(file: Path, source: Any, args: argparse.Namespace, trunk: Path | None) -> Recipe:
    """The plan of a run that was begun; other options than its own are refused."""
    from dataclasses import replace

    from deeppose.training.recipe_file import read_recipe

    recipe = read_recipe(file)
    begun = recipe.labels and replace(recipe.labels, box=source.box)
    other = begun != source or (args.seed is not None and args.seed != recipe.seed)
    if other or recipe.pretrained != (trunk is not None):
        raise ConfigError(
            f"{file}: the run there was begun with other labels, seed or trunk; name another --out, or give the same "
            "options to go on with it"
        )
    print(f"going on with {file}; --time counts only when a run begins", file=sys.stderr)
    return _with_samples(recipe, args)


def _keep(file: Path, recipe: Recipe, why: tuple[str, ...]) -> None:
    from deeppose.files import write
    from deeppose.training.recipe_file import to_toml

    head = (f"Edit and give it back: deeppose train {file} --out ANOTHER", *why)
    write(file, to_toml(recipe, head))


def why_of(file: Path) -> list[str]:
    """The sentences that stand as comments at a recipe's head."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line[2:] for line in lines if line.startswith("# ")][1:]


def card(out: Path, result: dict[str, Any], own: Own) -> Path:
    """Write the page; needs the extra `plot`."""
    import numpy as np

    from deeppose.files import write
    from deeppose.show.own import render_card

    held = own.held_out()
    people = [(held[w["index"]], np.array(w["joints"])) for w in result["worst"]]
    return write(out / "card.html", render_card(out, result, people, own.skeleton, why_of(out / RECIPE)))
