"""Write one self-contained page of a run on videos: a player of the poses with a time line, tracks, angles, gaps."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder that predict wrote")
    parser.add_argument("--to", type=Path, metavar="FILE", help="the page (default: OUT/player.html)")


def run(args: argparse.Namespace) -> int:
    """Write the page; it holds no picture and fetches nothing."""
    from deeppose import files
    from deeppose.show.player import page
    from deeppose.stream.records import read
    from deeppose.stream.timeline import timelines

    print(files.write(args.to or args.out / "player.html", page(timelines(read(args.out)))))
    return 0
