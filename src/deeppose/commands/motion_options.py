"""Options of what moves: who is followed, how trajectories are smoothed, what is read off them. Sports2D's names."""

from __future__ import annotations

import argparse
import importlib.util
from typing import TYPE_CHECKING

from deeppose.commands import values

if TYPE_CHECKING:
    from deeppose.stream.motion import Motion

LIVE = "one_euro"
"""The filter that works while frames come in."""

USUAL = "butterworth"
"""The filter of finished videos."""


def add_tracking(parser: argparse.ArgumentParser) -> None:
    """Declare how people are followed through a video."""
    parser.add_argument(
        "--max-unseen", type=float, default=1.0, metavar="S",
        help="seconds for which someone unseen keeps their number (default: 1)",
    )  # fmt: skip


def add_finding(parser: argparse.ArgumentParser) -> None:
    """Declare how sure a detector must be, and how often people are looked for in a video."""
    parser.add_argument(
        "--min-box", type=values.share, default=0.3, metavar="S",
        help="with --detector: boxes that score less are nobody's, 0 to 1 (default: 0.3)",
    )  # fmt: skip
    parser.add_argument(
        "--det-every", type=int, default=1, metavar="N",
        help="of videos: look for people every N frames or where one is lost, follow them in between (default: 1)",
    )  # fmt: skip


def add_budget(parser: argparse.ArgumentParser) -> None:
    """Declare how long a frame may take."""
    parser.add_argument(
        "--budget-ms", type=float, metavar="MS",
        help="of videos and cameras: time for each frame that comes, on average; frames for which none is left are "
        "left out, so that a camera does not lag (33 for 30 frames a second)",
    )  # fmt: skip


def add_motion(parser: argparse.ArgumentParser, live: bool = False) -> None:
    """Declare smoothing, angles and speeds; `live` where frames may still be coming."""
    kinds = (USUAL, "savgol", *((LIVE,) if live else ()), "none")
    where = f", for cameras {LIVE}; none without --out or SciPy" if live else ""
    parser.add_argument(
        "--smooth", choices=kinds, default=None if live else USUAL, metavar="FILTER",
        help=f"of videos: {', '.join(kinds)} (default: {USUAL}{where}); raw values are kept beside",
    )  # fmt: skip
    parser.add_argument(
        "--cut-off-frequency", type=float, default=6.0, metavar="HZ", help="of the filter (default: 6)"
    )
    parser.add_argument(
        "--order", type=int, default=4, help="of the Butterworth filter, both passes (default: 4)"
    )
    parser.add_argument(
        "--interp-gap-smaller-than", type=int, default=10, metavar="N",
        help="fill gaps of fewer frames when smoothing (default: 10)",
    )  # fmt: skip
    parser.add_argument(
        "--no-reject-outliers", dest="reject_outliers", action="store_false",
        help="smooth without Hampel's test of 7 frames",
    )  # fmt: skip
    parser.add_argument(
        "--angles", action="store_true", help="of videos: angles of joints and segments, in degrees"
    )
    parser.add_argument(
        "--speeds", action="store_true", help="of videos: speeds of joints, in pixels a second"
    )
    parser.add_argument(
        "--visible-side", choices=("auto", "right", "left"), default="auto",
        help="the side of the picture people face, for the angles' signs (default: auto, from how they bend)",
    )  # fmt: skip


def motion(args: argparse.Namespace) -> Motion | None:
    """What to add to a run's records; None for nothing.

    Raises:
        ConfigError: an option is out of range, or needs SciPy where that is not installed.
    """
    from deeppose.errors import ConfigError
    from deeppose.stream.motion import Motion
    from deeppose.stream.smoothing import Smoothing

    how = Smoothing(
        "none" if args.smooth in (LIVE, None) else args.smooth,
        args.cut_off_frequency,
        args.order,
        args.interp_gap_smaller_than,
        args.reject_outliers,
    )
    smoothing = how if args.smooth in (USUAL, "savgol") else None
    asked = smoothing or args.angles or args.speeds
    if (asked or args.smooth == LIVE) and (missing := without_scipy()):
        raise ConfigError(f"smoothing, angles and speeds follow people: {missing}")
    if not asked:
        return None
    return Motion(smoothing, args.angles, args.speeds, args.visible_side, args.max_unseen)


def without_scipy() -> str | None:
    """What to do where SciPy, which following people needs, is missing; None where it is not."""
    try:
        there = importlib.util.find_spec("scipy") is not None
    except ImportError:
        there = False
    return None if there else "that needs SciPy: pip install 'deeppose[video]'"
