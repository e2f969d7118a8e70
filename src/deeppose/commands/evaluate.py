"""Measure a model, or saved predictions, on a data set: every stage's table with the protocol in its caption."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deeppose.data.annotation import Dataset
    from deeppose.evaluation.predictions import Predictions
    from deeppose.poses import Poses

SHIPPED = "shipped model"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_truth(parser)
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="an exported .onnx (default: the one that ships)"
    )
    parser.add_argument(
        "--box", choices=("full-image", "ground-truth"), default="full-image",
        help="what stage 1 looks at (default: the full image, as the paper does on LSP)",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, metavar="N", help="the first N people only")
    parser.add_argument(
        "--predictions", type=Path, metavar="FILE", help="measure saved predictions, not a model"
    )
    parser.add_argument(
        "--save-predictions", type=Path, metavar="FILE", help="write every stage's joints as JSON"
    )
    parser.add_argument("--threads", type=int, help="CPU threads (default: one a core)")


def add_truth(parser: argparse.ArgumentParser) -> None:
    """Declare what every measurement needs: the data set, and how to measure and print."""
    parser.add_argument(
        "dataset", metavar="DATASET", help="lsp, lsp-oc, lspet, flic, parse, buffy, mpii or coco"
    )
    parser.add_argument(
        "--root", type=Path, required=True, metavar="DIR", help="its folder, in its official layout"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="lsp-oc: the file of observer-centric labels"
    )
    parser.add_argument("--split", metavar="NAME", help="default: the data set's test or validation split")
    parser.add_argument(
        "--diagonal", choices=("first", "other", "mean", "longest", "preferred"),
        help="torso diagonal of PDJ (default: the first, left shoulder to right hip)",
    )  # fmt: skip
    parser.add_argument(
        "--thresholds", type=_fractions, metavar="T,T,…", help="of PDJ (default: 0.1,0.2,0.3,0.4,0.5)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON; the tables go to standard error")


def run(args: argparse.Namespace) -> int:
    """Predict or read, measure, print."""
    from deeppose.errors import ConfigError
    from deeppose.evaluation import assess
    from deeppose.evaluation.predictions import read_predictions

    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit {args.limit}: measure at least one person")
    dataset = assess.read_truth(args.dataset, args.root, args.split, args.labels, args.limit)
    if args.predictions:
        whole = partial(assess.positions, args.dataset, args.root, dataset.split, args.labels)
        predictions = read_predictions(args.predictions, dataset, whole)
    else:
        predictions = _predict(args, dataset)
    boxed = predictions.boxes is not None
    train = assess.training_people(args.dataset, args.root, args.labels) if boxed else None
    name = str(args.predictions or args.model or SHIPPED)
    show(args, assess.assess(dataset, predictions, name, train, args.diagonal, args.thresholds))
    return 0


def _predict(args: argparse.Namespace, dataset: Dataset) -> Predictions:
    """The model's poses, one person after the other; progress on standard error."""
    from dataclasses import replace

    import numpy as np
    from tqdm import tqdm

    import deeppose
    from deeppose.evaluation.boxes import tight_box
    from deeppose.evaluation.matching import Matches
    from deeppose.evaluation.predictions import in_order
    from deeppose.poses import concatenate

    model = deeppose.load(args.model, args.threads)
    given = args.box == "ground-truth"
    boxes = tight_box(dataset.joints(), dataset.labelled())[:, None] if given else [None] * len(dataset)
    people = tqdm(
        zip(dataset.annotations, boxes, strict=True), total=len(dataset), unit="person", file=sys.stderr
    )
    poses = concatenate([model.predict(person.image, boxes=box) for person, box in people])
    if args.save_predictions:
        _save(args, dataset, poses)
    matches = Matches(np.arange(len(dataset)), "in order")
    return replace(in_order(poses, matches, dataset, ""), box=args.box)


def _save(args: argparse.Namespace, dataset: Dataset, poses: Poses) -> None:
    from deeppose.errors import ConfigError

    people = poses.to_records([str(a.image) for a in dataset.annotations], all_stages=True)
    header = {
        "dataset": dataset.name,
        "split": dataset.split,
        "box": args.box,
        "model": str(args.model or SHIPPED),
    }
    try:
        args.save_predictions.write_text(json.dumps({**header, "people": people}))
    except OSError as error:
        raise ConfigError(
            f"--save-predictions {args.save_predictions}: {error.strerror}; choose another"
        ) from error


def show(args: argparse.Namespace, result: dict[str, Any]) -> None:
    """The tables on standard output; with --json they go to standard error and the JSON takes their place."""
    from deeppose.evaluation.tables import render

    print(render(result), file=sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(result, indent=1, allow_nan=False))


def _fractions(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers such as 0.1,0.2") from error
    if not all(0 <= value < float("inf") for value in values):
        raise argparse.ArgumentTypeError(f"{text!r}: thresholds are fractions of the torso, 0 or more")
    return values
