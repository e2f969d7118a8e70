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

BOXES = ("full-image", "detector", "ground-truth", "given", "unknown")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from deeppose.commands.options import add_truth

    add_truth(parser)
    parser.add_argument(
        "--pred", type=Path, required=True, metavar="FILE", help="predictions: .json, .jsonl, .npy or .mat"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="the first N people only")
    parser.add_argument(
        "--missing-wrong", action="store_true",
        help="people of pictures the file says nothing of are wrong (default: such a file is refused)",
    )  # fmt: skip
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

    from deeppose.commands.evaluate import show
    from deeppose.evaluation import assess

    dataset = assess.read_truth(args.dataset, args.root, args.split, args.labels, args.limit)
    predictions = _read(args, args.pred, dataset)
    predictions = replace(predictions, box=args.box or predictions.box)
    boxed = predictions.boxes is not None
    train = assess.training_people(args.dataset, args.root, args.labels) if boxed else None
    result = assess.assess(dataset, predictions, str(args.pred), train, args.diagonal, args.thresholds)
    if args.limit is None and predictions.results is not None:
        result["coco"] = average_precision(dataset, predictions)
    if args.against:
        result["comparison"] = _compare(args, dataset, predictions, _read(args, args.against, dataset))
    return show(args, result)


def _read(args: argparse.Namespace, path: Path, dataset: Dataset) -> Predictions:
    from deeppose.data.datasets import positions
    from deeppose.evaluation.predictions import Options, read_predictions

    whole = partial(positions, args.dataset, args.root, dataset.split, args.labels)
    joints = tuple(args.joints.split(",")) if args.joints else None
    options = Options(args.layout, args.variable, args.first_pixel, joints, args.missing_wrong)
    predictions = read_predictions(path, dataset, whole, options)
    print(f"took {path} as {predictions.took}", file=sys.stderr)
    return predictions


def average_precision(dataset: Dataset, predictions: Predictions) -> dict[str, float | None] | None:
    """COCO's AP of everyone's results; None, saying why, where the library or a joint's sigma is missing."""
    import numpy as np

    from deeppose.errors import ConfigError
    from deeppose.evaluation import average_precision as ap
    from deeppose.evaluation import oks
    from deeppose.poses import COCO_SHIFT

    if predictions.results is None:
        return None
    try:
        sigma = oks.sigmas(dataset.skeleton)
        if dataset.file:
            values = ap.of_file(dataset.file, dataset.categories, predictions.results, sigma)
        else:
            images = [i for person in dataset.annotations if (i := person.image_id) is not None]
            truth = (dataset.joints() - COCO_SHIFT, dataset.labelled(), images)
            values = ap.of_people(*truth, predictions.results, sigma)
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
    own = dataset.labelled()
    labelled = own & first.given & second.given
    a, b = (limbs.pcp_outcomes(truth, labelled, p.stages[-1], skeleton) for p in (first, second))
    pcp = compare(a, b, lambda counts: limbs.mean_of_kinds(counts, skeleton))
    result: dict[str, Any] = {"against": str(args.against), "pcp_strict_mean": asdict(pcp)}
    if skeleton.torso:
        sizes = joints.torso_sizes(truth, own, skeleton, args.diagonal or choose_diagonal(own, skeleton))
        a, b = (joints.found_outcomes(truth, labelled, p.stages[-1], sizes, 0.2) for p in (first, second))
        result["pdj_0.2_mean"] = asdict(compare(a, b))
    return dict(plain(result))
