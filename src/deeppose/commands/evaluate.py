"""Measure a model, or saved predictions, on a data set: every stage's table with the protocol in its caption."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from deeppose.commands import values
from deeppose.commands.measuring import measure, read, show
from deeppose.commands.options import add_model, add_part, add_truth

if TYPE_CHECKING:
    from deeppose.data.annotation import Dataset
    from deeppose.evaluation.outcome import Evaluation
    from deeppose.evaluation.predictions import Predictions
    from deeppose.poses import Poses
    from deeppose.start_boxes import Start

SHIPPED = "shipped model"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_truth(parser)
    add_part(parser)
    add_model(parser)
    parser.add_argument(
        "--box", choices=("full-image", "person", "face", "own-face", "given", "ground-truth", "all"),
        default="full-image",
        help="what stage 1 looks at (default: the full image, as the paper does on LSP); person: the box that "
        "stage 0 finds; own-face: the labels say whose face; given: the data set's own; all: the others side by side",
    )  # fmt: skip
    parser.add_argument(
        "--grow",
        type=values.factor,
        default=1.0,
        metavar="F",
        help="sides of given boxes, times F (default: 1)",
    )
    parser.add_argument(
        "--face-model",
        type=Path,
        metavar="FILE",
        help="YuNet .onnx for face boxes (default: scikit-image's faces)",
    )
    parser.add_argument(
        "--face-box", type=Path, metavar="FILE", help="the face box's scaler (default: MODEL.face.json)"
    )
    parser.add_argument(
        "--predictions", type=Path, metavar="FILE", help="measure saved predictions, not a model"
    )
    parser.add_argument(
        "--save-predictions", type=Path, metavar="FILE", help="write every stage's joints as JSON"
    )
    parser.add_argument(
        "--report", type=Path, metavar="OUT", help="write one HTML page, and its numbers as JSON beside it"
    )


def run(args: argparse.Namespace) -> int:
    """Predict or read, measure, print."""
    from deeppose.evaluation import assess
    from deeppose.evaluation.reading import Options

    if args.save_predictions:
        _check_folder(args.save_predictions)
    if args.report:
        _report_room().places(args.report)  # a mistake is told before the prediction, not after it
    dataset = assess.read_truth(args.dataset, args.root, args.split, args.labels, args.limit, args.category)
    if args.box == "all" and not args.predictions:
        return _all_boxes(args, dataset)
    began = None
    if args.predictions:
        predictions = read(args, args.predictions, dataset, Options(missing_wrong=args.missing_wrong))
    else:
        began = _start(args, dataset, args.box)
        predictions = _predict(args, dataset, args.box, began)
    found = _measure(args, dataset, predictions, began)
    status = show(args, found)
    if args.report:
        room = _report_room()
        page, numbers = room.write(room.Subject(found), args.report)
        print(f"report: {page}, numbers: {numbers}", file=sys.stderr)
    return status


def _measure(
    args: argparse.Namespace, dataset: Dataset, predictions: Predictions, began: Start | None
) -> Evaluation:
    """Every number of the predictions; with what is known of their boxes where this program chose them."""
    from dataclasses import replace

    from deeppose.evaluation import assess

    found = measure(args, dataset, predictions, str(args.predictions or args.model or SHIPPED))
    if began is None:
        return found
    return replace(found, box=assess.box_facts(dataset, began.boxes, began.fallbacks))


def _all_boxes(args: argparse.Namespace, dataset: Dataset) -> int:
    """Every kind of box, in one table and one JSON; the face-based one where it can be had."""
    from deeppose.errors import ConfigError, ModelError
    from deeppose.evaluation import side_by_side
    from deeppose.start_boxes import KINDS

    if args.save_predictions or args.report:
        raise ConfigError("--box all prints a comparison; for --save-predictions and --report choose one box")
    found, unavailable = {}, {}
    for kind in KINDS:
        try:
            began = _start(args, dataset, kind)
        except ModelError as error:
            if args.face_model or args.face_box:
                raise
            unavailable[kind] = str(error)
            continue
        predictions = _predict(args, dataset, kind, began)
        found[kind] = _measure(args, dataset, predictions, began)
    print(side_by_side.render(found, unavailable), file=sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(side_by_side.combined_json(found, unavailable), indent=1, allow_nan=False))
    return 0


def _start(args: argparse.Namespace, dataset: Dataset, kind: str) -> Start:
    """What stage 1 looks at, for everyone."""
    from deeppose.start_boxes import FACES, body_detector, start

    detector = body_detector(args.model, args.face_model, args.face_box) if kind in FACES else None
    return start(kind, dataset, detector, args.grow)


def _report_room() -> ModuleType:
    from deeppose.errors import ConfigError

    try:
        from deeppose.show import report
    except ModuleNotFoundError as error:
        raise ConfigError(f"--report needs {error.name}: pip install 'deeppose[plot]'") from error
    return report


def _predict(args: argparse.Namespace, dataset: Dataset, kind: str, began: Start) -> Predictions:
    """The model's poses of everybody."""
    from dataclasses import replace

    import numpy as np

    import deeppose
    from deeppose.evaluation.matching import Matches
    from deeppose.evaluation.predictions import in_order
    from deeppose.inference.everyone import predict

    model = deeppose.load(args.model, args.threads, args.device)
    sigma = model.card.more.get("sigma")
    poses = predict(dataset, began.boxes, model, args.turns)
    if args.save_predictions:
        _save(args, dataset, poses, sigma)
    matches = Matches(np.arange(len(dataset)), "in order")
    ordered = in_order(poses, matches, dataset, "")
    looked = f"the surest of {args.turns} ways up" if args.turns > 1 else ""
    took = "; ".join(note for note in (ordered.took, began.note, looked) if note)
    return replace(ordered, took=took, box=kind, sigma=sigma)


def _check_folder(path: Path) -> None:
    """A mistake is told before the prediction, not after it."""
    from deeppose.errors import ConfigError

    if not path.parent.is_dir() or path.is_dir():
        raise ConfigError(f"--save-predictions {path}: name a file in a folder that exists")


def _save(args: argparse.Namespace, dataset: Dataset, poses: Poses, sigma: float | None) -> None:
    from deeppose.evaluation.saved import content
    from deeppose.files import write

    part = None if args.limit is None else len(dataset)
    model = str(args.model or SHIPPED)
    write(args.save_predictions, json.dumps(content(dataset, poses, args.box, model, sigma, part)))
