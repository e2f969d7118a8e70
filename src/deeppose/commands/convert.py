"""Write the results of a run in the formats of other tools, from its poses.jsonl."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from deeppose.stream.formats import FORMATS

    about = "; ".join(f"{name}: {form.about}" for name, form in FORMATS.items())
    parser.add_argument("run", type=Path, metavar="OUT", help="a folder that predict wrote")
    parser.add_argument("--to", required=True, metavar="FORMAT,…", help=about)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: the run's folder)")


def run(args: argparse.Namespace) -> int:
    """Read, write, say which files."""
    from deeppose.files import make
    from deeppose.stream import formats, records

    folder = make(args.out or args.run, f"--out {args.out}")
    for written in formats.convert(lambda: records.read(args.run), args.to.split(","), folder):
        print(written)
    return 0
