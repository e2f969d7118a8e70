"""Who predict looks for: the pipeline that its options mean."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deeppose.inference.card import Card
    from deeppose.inference.finders import Finder
    from deeppose.inference.pipeline import Pipeline


def pipeline_of(args: argparse.Namespace) -> Pipeline:
    """Model, finder, and who counts as somebody."""
    from deeppose.inference import Pipeline, Predictor, finders
    from deeppose.inference.finders.fixed import FullImage, GivenBoxes
    from deeppose.inference.finders.listed import ListedBoxes
    from deeppose.inference.people import LEAST

    predictor = Predictor(args.model, args.threads, args.device, args.skeleton)
    whole = predictor.card.whole and not args.listed_boxes and not args.detector
    if args.boxes or args.full_image or whole:  # somebody is there
        finder: finders.Finder = GivenBoxes(args.boxes) if args.boxes else FullImage()
        return Pipeline(predictor, finder, args.turns, least=args.min_person or 0.0)
    if args.listed_boxes:
        listed = ListedBoxes(Path(args.listed_boxes))
        return Pipeline(predictor, listed, args.turns, least=args.min_person or 0.0, most=args.people)
    least = LEAST if args.min_person is None else args.min_person
    return Pipeline(
        predictor, detector_of(args, predictor.card, least), args.turns, least=least, most=args.people
    )


def detector_of(args: argparse.Namespace, card: Card, least: float) -> Finder:
    """What looks for people, or follows them between looks."""
    from deeppose.inference import finders
    from deeppose.stream.following import Following

    def everyone() -> Finder:
        return finders.named(args.detector, args.threads, args.device, args.min_box)

    finder = everyone() if args.detector else finders.of_model(card, everyone)
    return finder if args.det_every == 1 else Following(finder, args.det_every, least, args.people)
