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
    import numpy as np

    from deeppose import files
    from deeppose.show.player import Shown, Video, page
    from deeppose.stream.records import read
    from deeppose.stream.timeline import timelines

    videos = [
        Video(
            line.file,
            line.times - line.times[0],
            line.size,
            line.skeleton,
            [
                Shown(t.number, t.joints, t.raw, t.filled, t.angles, bool(np.isfinite(t.smoothed).any()))
                for t in line.tracks
            ],
        )
        for line in timelines(read(args.out))
    ]
    print(files.write(args.to or args.out / "player.html", page(videos)))
    return 0
