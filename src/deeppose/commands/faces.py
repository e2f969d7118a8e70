"""Fit the face-based body detector (paper, section 4.1) on a data set's training people."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from deeppose.commands import values


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("dataset", metavar="DATASET", help="lsp, flic, buffy, …")
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="its folder")
    parser.add_argument("--split", default="train", help="default: train")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help="where it is kept; MODEL.face.json beside MODEL.onnx is found by itself",
    )  # fmt: skip
    parser.add_argument(
        "--face-model", type=Path, metavar="FILE", help="YuNet .onnx (default: scikit-image's detector)"
    )
    parser.add_argument(
        "--share", type=float, default=0.95, help="of people whose joints the box contains (default: 0.95)"
    )
    parser.add_argument("--limit", type=values.people, metavar="N", help="the first N people only")
    parser.add_argument("--json", action="store_true", help="print the fit as JSON")


def run(args: argparse.Namespace) -> int:
    """Detect, fit, keep, print."""
    from dataclasses import asdict, replace

    from deeppose import start_boxes
    from deeppose.data import datasets
    from deeppose.inference.finders import faces
    from deeppose.inference.finders.enlargement import write_enlargement

    finder = faces.face_detector(args.face_model)
    dataset = datasets.read(args.dataset, args.root, args.split)
    dataset = replace(dataset, annotations=dataset.annotations[: args.limit])
    fitted = start_boxes.fit(dataset, start_boxes.own_faces(dataset, finder), args.share)
    write_enlargement(args.out, finder.name, fitted)
    words = (
        f"{finder.name}: {fitted.people} of {fitted.of} people have their face found; scaler {fitted.scaler:.2f}, "
        f"{fitted.offset:.2f} face heights down, contains all labelled joints of {fitted.share:.0%} of them"
    )
    print(json.dumps({"detector": finder.name, **asdict(fitted)}, indent=1) if args.json else words)
    return 0
