"""Add to a run's records what shows over time: tracks, smoothed joints beside the raw ones, angles, speeds."""

from __future__ import annotations

import argparse
from pathlib import Path

from deeppose.commands.motion_options import add_motion, add_tracking, motion


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder that predict wrote")
    add_motion(parser)
    add_tracking(parser)


def run(args: argparse.Namespace) -> int:
    """Work through the records; raw values stay, and doing it again starts from them."""
    from deeppose.stream.motion import Motion, add_motion

    tracks = add_motion(args.out, motion(args) or Motion(max_unseen=args.max_unseen))
    print(f"{args.out}: {tracks} track{'' if tracks == 1 else 's'}")
    return 0
