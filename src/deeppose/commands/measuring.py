"""What evaluate and score share: predictions read from a file, every number of them, tables and JSON."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deeppose.data.annotation import Dataset
    from deeppose.evaluation.outcome import Evaluation
    from deeppose.evaluation.predictions import Predictions
    from deeppose.evaluation.reading import Options


def read(args: argparse.Namespace, path: Path, dataset: Dataset, options: Options) -> Predictions:
    """Predictions from a file, laid beside the people of a data set."""
    from deeppose.data.datasets import positions
    from deeppose.evaluation.reading import read_predictions

    whole = partial(positions, args.dataset, args.root, dataset.split, args.labels)
    return read_predictions(path, dataset, whole, options)


def measure(args: argparse.Namespace, dataset: Dataset, predictions: Predictions, name: str) -> Evaluation:
    """Every number of the predictions that tables call `name`."""
    from deeppose.evaluation import assess

    boxed = predictions.boxes is not None
    train = assess.training_people(args.dataset, args.root, args.labels) if boxed else None
    found = assess.assess(dataset, predictions, name, train, args.diagonal, args.thresholds)
    return _average_precision(args, found)


def _average_precision(args: argparse.Namespace, found: Evaluation) -> Evaluation:
    """The evaluation with COCO's AP where it can be had; why not is said on standard error."""
    from dataclasses import replace

    from deeppose.errors import ConfigError
    from deeppose.evaluation import average_precision

    if args.limit is not None:
        return found
    try:
        return replace(found, average_precision=average_precision.of(found.truth, found.predictions))
    except ConfigError as error:
        print(f"no average precision: {error}", file=sys.stderr)
        return found


def show(args: argparse.Namespace, found: Evaluation) -> int:
    """The tables on standard output; with --json they go to standard error and the JSON takes their place.

    Returns:
        The exit status: 1, saying so, where nothing could be counted.
    """
    from deeppose.evaluation.as_json import as_json
    from deeppose.evaluation.tables import render

    print(render(found), file=sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(as_json(found), indent=1, allow_nan=False))
    if found.outcome.counted:
        return 0
    print("deeppose: nothing could be counted: no joint is labelled and predicted as well", file=sys.stderr)
    return 1
