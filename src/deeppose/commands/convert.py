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
    from deeppose.errors import ConfigError
    from deeppose.stream import formats, records

    folder = args.out or args.run
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {folder}: cannot be made: {error.strerror}; choose another") from error
    for written in formats.convert(lambda: records.read(args.run), args.to.split(","), folder):
        print(written)
    return 0
