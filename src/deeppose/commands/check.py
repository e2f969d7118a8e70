"""Show what labels say before training on them: pictures, mirrored ones, counts, splits, findings, on one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from deeppose.commands import values
from deeppose.commands.options import add_labels, add_outside, add_pixels


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "file", type=Path, metavar="LABELS",
        help="COCO .json, Ultralytics .yaml, DeepLabCut .csv, .h5 or project folder, SLEAP .slp",
    )  # fmt: skip
    add_labels(parser)
    add_outside(parser)
    add_pixels(parser)
    parser.add_argument("--seed", type=values.seed, default=0, help="of the split, as for train")
    parser.add_argument(
        "--out", type=Path, default=Path("check.html"), metavar="FILE", help="default: check.html"
    )


def run(args: argparse.Namespace) -> int:
    """Read, examine, write the page, print what a person should know."""
    import numpy as np

    from deeppose.data.annotation import Dataset
    from deeppose.data.doctor import examine
    from deeppose.data.own.people import read
    from deeppose.data.own.shape import looks
    from deeppose.files import write
    from deeppose.show.own import Checked, render_check

    own = read(args.file, args.images, args.category, args.pairs, args.seed, few=True)
    people = own.labels.people
    shown = looks(own.skeleton, np.stack([p.joints for p in people]), np.stack([p.labelled for p in people]))
    said = [own.split.how, *shown.why, *own.labels.said(), *own.boxes()]
    parts = [
        Dataset(args.file.name, name, own.skeleton, some)
        for name, some in (("train", own.train()), ("held out", own.held_out()))
        if some
    ]
    report = examine(parts)
    write(args.out, render_check(report, Checked(own.skeleton, people, said)))
    for line in said:
        print(line)
    for found in report.findings:
        if found.count and found.level in ("wrong", "look"):
            print(f"{found.level:6} {found.title}: {found.count:,} of {found.total:,} {found.unit}")
    print(f"page: {args.out}")
    return 0
