"""Score predictions made elsewhere: our JSON, COCO results, or a .mat or .npy array of joints.

An array has the data set's joints in its order, as (2, K, N), (K, 2, N) or (N, K, 2), for the split measured or for
all people; what it was taken for is printed.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deeppose.data.annotation import Dataset
    from deeppose.evaluation.predictions import Predictions

BOXES = ("full-image", "detector", "ground-truth", "unknown")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from deeppose.commands.options import add_truth

    add_truth(parser)
    parser.add_argument(
        "--pred", type=Path, required=True, metavar="FILE", help="predictions: .json, .npy or .mat"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="other predictions, compared person by person"
    )
    parser.add_argument(
        "--layout", choices=("2kn", "k2n", "nk2"), help="axes of an array whose shape leaves it open"
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

    from deeppose.commands.evaluate import show
    from deeppose.evaluation import assess

    dataset = assess.read_truth(args.dataset, args.root, args.split, args.labels)
    predictions = _read(args, args.pred, dataset)
    predictions = replace(predictions, box=args.box or predictions.box)
    boxed = predictions.boxes is not None
    train = assess.training_people(args.dataset, args.root, args.labels) if boxed else None
    result = assess.assess(dataset, predictions, str(args.pred), train, args.diagonal, args.thresholds)
    if predictions.results:
        result["coco"] = _average_precision(dataset, predictions)
    if args.against:
        result["comparison"] = _compare(args, dataset, predictions, _read(args, args.against, dataset))
    show(args, result)
    return 0


def _read(args: argparse.Namespace, path: Path, dataset: Dataset) -> Predictions:
    from deeppose.evaluation import assess
    from deeppose.evaluation.predictions import ArrayOptions, read_predictions

    whole = partial(assess.positions, args.dataset, args.root, dataset.split, args.labels)
    options = ArrayOptions(args.layout, args.variable, args.first_pixel)
    predictions = read_predictions(path, dataset, whole, options)
    print(f"took {path} as {predictions.took}", file=sys.stderr)
    return predictions


def _average_precision(dataset: Dataset, predictions: Predictions) -> dict[str, float | None] | None:
    """COCO's AP of all results; None, saying why, where the library or a joint's sigma is missing."""
    import numpy as np

    from deeppose.errors import ConfigError
    from deeppose.evaluation import oks
    from deeppose.evaluation.matching import numbers

    images, joints, scores = predictions.results or ([], np.zeros(0), np.zeros(0))
    truth = (dataset.joints(), dataset.labelled(), numbers(dataset))
    try:
        values = oks.average_precision(*truth, joints, scores, images, oks.sigmas(dataset.skeleton))
    except ConfigError as error:
        print(f"no average precision: {error}", file=sys.stderr)
        return None
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def _compare(
    args: argparse.Namespace, dataset: Dataset, first: Predictions, second: Predictions
) -> dict[str, Any]:
    """Paired comparison of the last stages; "difference" is --against minus --pred."""
    from dataclasses import asdict

    from deeppose.evaluation import joints, limbs
    from deeppose.evaluation.protocol import choose_diagonal
    from deeppose.evaluation.summary import plain
    from deeppose.evaluation.uncertainty import compare

    truth, skeleton = dataset.joints(), dataset.skeleton
    labelled = dataset.labelled() & first.given & second.given
    a, b = (limbs.pcp_outcomes(truth, labelled, p.stages[-1], skeleton) for p in (first, second))
    pcp = compare(a, b, lambda counts: limbs.mean_of_kinds(counts, skeleton))
    result: dict[str, Any] = {"against": str(args.against), "pcp_strict_mean": asdict(pcp)}
    if skeleton.torso:
        sizes = joints.torso_sizes(
            truth, labelled, skeleton, args.diagonal or choose_diagonal(labelled, skeleton)
        )
        a, b = (joints.found_outcomes(truth, labelled, p.stages[-1], sizes, 0.2) for p in (first, second))
        result["pdj_0.2_mean"] = asdict(compare(a, b))
    return dict(plain(result))
