"""Score predictions made elsewhere: our JSON, COCO results, or a .mat or .npy array of joints.

An array has the data set's joints in its order, as (2, K, N), (K, 2, N) or (N, K, 2), for the split measured or for
all people; what it was taken for is printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deeppose.data.annotation import Dataset
    from deeppose.evaluation.predictions import Predictions

BOXES = ("full-image", "detector", "ground-truth", "given", "unknown")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from deeppose.commands.options import add_part, add_truth

    add_truth(parser)
    add_part(parser)
    parser.add_argument(
        "--pred", type=Path, required=True, metavar="FILE", help="predictions: .json, .jsonl, .npy or .mat"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="other predictions, compared person by person"
    )
    parser.add_argument(
        "--layout", choices=("2kn", "k2n", "nk2"), help="axes of an array whose shape leaves it open"
    )
    parser.add_argument(
        "--joints", metavar="NAME,…", help="an array's joints in its order (default: the data set's)"
    )
    parser.add_argument("--variable", metavar="NAME", help="which variable of a .mat")
    parser.add_argument(
        "--first-pixel", choices=("1", "0", "0.5"),
        help="centre of an array's first pixel (default: the data set's own, 1 for MATLAB's, 0 for COCO's)",
    )  # fmt: skip
    parser.add_argument("--box", choices=BOXES, help="what the predictions were made in, for the caption")


def run(args: argparse.Namespace) -> int:
    """Read, measure, print."""
    from dataclasses import replace

    from deeppose.commands.measuring import measure, show
    from deeppose.evaluation import assess
    from deeppose.evaluation.comparison import compared

    dataset = assess.read_truth(args.dataset, args.root, args.split, args.labels, args.limit, args.category)
    predictions = _read(args, args.pred, dataset)
    predictions = replace(predictions, box=args.box or predictions.box)
    found = measure(args, dataset, predictions, str(args.pred))
    if args.against:
        other = _read(args, args.against, dataset)
        against = compared(dataset, predictions, other, str(args.against), args.diagonal)
        found = replace(found, comparison=against)
    return show(args, found)


def _read(args: argparse.Namespace, path: Path, dataset: Dataset) -> Predictions:
    from deeppose.commands.measuring import read
    from deeppose.evaluation.reading import Options

    joints = tuple(args.joints.split(",")) if args.joints else None
    options = Options(args.layout, args.variable, args.first_pixel, joints, args.missing_wrong)
    predictions = read(args, path, dataset, options)
    print(f"took {path} as {predictions.took}", file=sys.stderr)
    return predictions
