"""Saved predictions of a data set's people, for the benchmarks that only count."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from deeppose.data.annotation import Dataset
from deeppose.data.datasets import positions
from deeppose.evaluation import assess
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.reading import Options, read_predictions


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The options that say whose people and which predictions."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("name", help="what the row is called, e.g. flic")
    made.add_argument("dataset")
    made.add_argument("predictions", help="written by deeppose evaluate --save-predictions")
    made.add_argument("--root", required=True)
    made.add_argument("--labels", help="as of deeppose evaluate")
    made.add_argument("--split", help="as of deeppose evaluate")
    made.add_argument("--limit", type=int, help="as of deeppose evaluate")
    return made


def read(args: argparse.Namespace) -> tuple[Dataset, Predictions]:
    """The people, and what was predicted of them."""
    root, labels = Path(args.root), None if args.labels is None else Path(args.labels)
    people = assess.read_truth(args.dataset, root, args.split, labels, args.limit)
    whole = partial(positions, args.dataset, root, people.split, labels)
    return people, read_predictions(Path(args.predictions), people, whole, Options())
