"""What predict does when its frames are done: motion, films of smoothed videos, other formats, the manifest's end."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from deeppose.commands.motion_options import USUAL, motion

if TYPE_CHECKING:
    from deeppose.inference.pipeline import Pipeline
    from deeppose.stream.results import Results
    from deeppose.stream.run import Summary
    from deeppose.stream.sources import Source


def ending(args: argparse.Namespace, summary: Summary, found: list[Source], finished: bool) -> dict[str, Any]:
    """What the manifest says at the end."""
    from deeppose.stream.sinks import beside, output_stems

    stems = output_stems([source.name for source in found], args.out)
    drawn = {source: beside(stems[source.name], "-pose.mp4") for source in found if not source.still}
    unusable = [{"file": name, "why": why} for name, why in summary.unusable]
    soon = finished and args.overlay
    videos = [
        path.name for source, path in drawn.items() if path.exists() or (soon and drawn_later(args, source))
    ]
    return {"finished": finished, "unusable": unusable, "videos": videos}


def ends(args: argparse.Namespace, source: Source) -> bool:
    """A video that can be read twice: a file, or numbered pictures with times."""
    return source.file is not None or (args.fps is not None and source.count() is not None)


def drawn_later(args: argparse.Namespace, source: Source) -> bool:
    """Smoothed joints are known at the end only; what can be read twice is drawn then."""
    return args.smooth in (USUAL, "savgol") and ends(args, source)


def move(args: argparse.Namespace, found: list[Source]) -> bool:
    """What shows over time, added to the records of videos; whether there was any."""
    from deeppose.stream.motion import add_motion

    how = motion(args)
    moving = how is not None and not all(source.still for source in found)
    if how and moving:
        add_motion(args.out, how)
    return moving


def draw_films(
    args: argparse.Namespace, found: list[Source], pipeline: Pipeline, results: Results, anew: bool
) -> None:
    """The films of smoothed videos, those that are missing or all `anew`."""
    from deeppose.stream.films import drawn_after
    from deeppose.stream.sinks import beside, output_stems

    if not args.overlay:
        return
    stems = output_stems([source.name for source in found], args.out)
    draw = drawn_after(results, stems, args.width, pipeline.predictor.card.skeleton, args.angles)
    for source in found:
        missing = anew or not beside(stems[source.name], "-pose.mp4").exists()
        if missing and not source.still and drawn_later(args, source):
            draw(source)


def convert(args: argparse.Namespace) -> None:
    """The records in the formats asked for."""
    from deeppose.stream import formats, records

    if args.formats:
        formats.convert(lambda: records.read(args.out), args.formats, args.out)
