"""Plot a joint, an angle or a speed of a video's people over time, from the folder that predict wrote."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deeppose.poses.timeline import Timeline
    from deeppose.show.motion_plot import Curve


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder that predict wrote")
    parser.add_argument(
        "--joint", action="append", default=[], metavar="NAME",
        help="x and y of a joint, and its angle and speed where the records have them; repeat it for several",
    )  # fmt: skip
    parser.add_argument(
        "--angle", action="append", default=[], metavar="NAME", help="an angle, such as trunk"
    )
    parser.add_argument("--file", metavar="VIDEO", help="which of several videos")
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help=".svg, .png or .pdf (default: OUT/plot-NAME.svg)"
    )


def run(args: argparse.Namespace) -> int:
    """Draw one figure, a panel for each quantity."""
    from deeppose import files
    from deeppose.errors import ConfigError
    from deeppose.show.motion_plot import over_time
    from deeppose.stream.records import read
    from deeppose.stream.timeline import chosen, timelines

    if not args.joint and not args.angle:
        raise ConfigError("name what to plot: --joint left_knee, or --angle trunk")
    video = chosen(timelines(read(args.out)), args.file)
    panels: dict[str, list[Curve]] = {}
    for joint in args.joint:
        panels |= _joint(video, joint)
    for angle in args.angle:
        panels |= _angle(video, angle)
    path = args.to or args.out / f"plot-{'-'.join([*args.joint, *args.angle])}.svg"
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("svg", "png", "pdf"):
        raise ConfigError(f"--to {path}: name a file that ends in .svg, .png or .pdf")
    figure = over_time(video.seconds, panels)
    print(files.write(path, lambda file: figure.savefig(file, format=kind, dpi=150)))
    return 0


def _joint(video: Timeline, joint: str) -> dict[str, list[Curve]]:
    from deeppose.show.motion_plot import Curve

    k, name = video.skeleton.index(joint), joint.replace("_", " ")
    panels = {
        f"{name} {axis}, px": [Curve(t.number, t.joints[:, k, i], t.raw[:, k, i]) for t in video.tracks]
        for i, axis in enumerate("xy")
    }
    if any(joint in track.speeds for track in video.tracks):
        panels[f"{name}, px/s"] = [
            Curve(t.number, t.speeds[joint]) for t in video.tracks if joint in t.speeds
        ]
    if any(joint in track.angles for track in video.tracks):
        panels |= _angle(video, joint)
    return panels


def _angle(video: Timeline, angle: str) -> dict[str, list[Curve]]:
    from deeppose.errors import ConfigError, unknown
    from deeppose.show.motion_plot import Curve

    names = [each.name for each in video.skeleton.angles]
    if angle not in names:
        raise unknown(f"angle of skeleton {video.skeleton.name}", angle, names)
    curves = [Curve(t.number, t.angles[angle]) for t in video.tracks if angle in t.angles]
    if not curves:
        raise ConfigError(f"the records hold no {angle} angle: run deeppose smooth OUT --angles first")
    return {f"{angle.replace('_', ' ')}, degrees": curves}
