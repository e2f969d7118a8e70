"""Find the joints of people in pictures, videos and cameras: a table or JSON lines on standard output, and in a folder
records, drawings and tables. The same command again goes on where an interrupted one ended.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from deeppose.commands.motion_options import (
    LIVE,
    USUAL,
    add_budget,
    add_finding,
    add_motion,
    add_tracking,
    motion,
    without_scipy,
)
from deeppose.commands.options import add_model
from deeppose.commands.predict_end import convert, draw_films, drawn_later, ending, ends, move
from deeppose.commands.predict_people import pipeline_of
from deeppose.commands.stream_options import add_inputs, add_outputs, add_people

if TYPE_CHECKING:
    from deeppose.inference.pipeline import Pipeline
    from deeppose.stream.results import Results
    from deeppose.stream.run import Run, Stop, Summary
    from deeppose.stream.sinks import Printed, Sink
    from deeppose.stream.sources import Source


OPTIONS = (
    "boxes", "full_image", "listed_boxes", "detector", "turns", "start", "end", "every", "fps", "range",
    "stages", "skeleton", "width", "overlay", "det_every", "max_unseen", "min_box",
    "budget_ms",
)  # fmt: skip
"""What must be the same for a run to go on."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_inputs(parser)
    add_people(parser)
    add_outputs(parser)
    add_finding(parser)
    add_tracking(parser)
    add_budget(parser)
    add_motion(parser, live=True)
    parser.add_argument(
        "--skeleton", metavar="NAME", help="the joints to answer with, if the model has them: lsp, coco, mpii, flic, "
        "body (default: the model's own)",
    )  # fmt: skip
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Predict every frame; 1 when something could not be read, 130 or 143 when stopped by a signal, else 0."""
    from deeppose.stream.run import Stop
    from deeppose.stream.sinks import Printed

    motion(args)  # says now, not after the work, what is wrong with its options
    found = _sources(args)
    args.smooth = args.smooth or _usual(args, found)
    printed = Printed(args.json)
    with Stop() as stop, ExitStack() as stack:
        pipeline = pipeline_of(args)
        results = _results(args, pipeline) if args.out else None
        if results:
            stack.callback(results.close)
        summary = _work(args, found, pipeline, results, printed, stop)
        if results:
            results.close(ending(args, summary, found, stop.code is None))
            if move(args, found) and stop.code is None:
                draw_films(args, found, pipeline, results, bool(summary.frames))
            convert(args)
    _tell(args, summary, results, stop)
    return stop.code or (1 if summary.unusable else 0)


def _sources(args: argparse.Namespace) -> list[Source]:
    from deeppose.errors import ConfigError
    from deeppose.stream.sampling import Span, seconds
    from deeppose.stream.sources import listed, sources

    inputs = [*args.inputs, *(listed(args.listed) if args.listed else ())]
    if not inputs:
        raise ConfigError("name pictures, folders, videos or camera:0, or a list of them with --from")
    end = None if args.end is None else seconds(args.end)
    return sources(inputs, Span(seconds(args.start), end, args.every, args.fps), args.range)


def _usual(args: argparse.Namespace, found: list[Source]) -> str:
    """Videos that end are smoothed then; of a camera that runs for days nobody could hold every joint."""
    videos = [source for source in found if not source.still]
    if not (args.out and videos) or without_scipy() is not None:
        return "none"
    if all(ends(args, source) for source in videos):
        return USUAL
    return LIVE if any(source.count() is None for source in videos) else "none"


def _results(args: argparse.Namespace, pipeline: Pipeline) -> Results:
    from deeppose import __version__
    from deeppose.stream.results import Results

    options = {name: getattr(args, name) for name in OPTIONS}
    people = {"people": pipeline.most, "min_person": pipeline.least}
    said = {
        "deeppose": __version__, "model": pipeline.predictor.identity, "finder": type(pipeline.finder).__name__,
        "options": {**options, **people}, "inputs": [*args.inputs, *([f"--from {args.listed}"] if args.listed else [])],
    }  # fmt: skip
    return Results(args.out, said, args.overwrite)


def _work(
    args: argparse.Namespace,
    found: list[Source],
    pipeline: Pipeline,
    results: Results | None,
    printed: Printed,
    stop: Stop,
) -> Summary:
    from deeppose.stream.progress import Progress
    from deeppose.stream.records import shown
    from deeppose.stream.run import Run
    from deeppose.stream.sampling import Budget

    counts = [source.count() for source in found]
    total = None if None in counts else sum(filter(None, counts))
    progress = Progress(total, args.quiet)

    def stepped() -> bool:
        progress.step()
        return stop.signal is not None or (printed.closed and results is None)

    def told(name: str, error: Exception) -> None:
        text = str(error)
        progress.tell(f"deeppose: skipped {shown(text if name in text else f'{name}: {text}')}")

    work = Run(pipeline, [printed], pipeline.predictor.identity, args.stages, told=told, stepped=stepped)
    work.budget = None if args.budget_ms is None else Budget(args.budget_ms / 1000)
    if (missing := without_scipy()) is None:
        _follow(work, args, results)
    elif not all(source.still for source in found):
        progress.tell(f"deeppose: people of a video have no numbers: {missing}")
    if results:
        _keep(work, args, found, results)
    try:
        return work(found)
    finally:
        progress.close()


def _follow(work: Run, args: argparse.Namespace, results: Results | None) -> None:
    """People of videos get numbers, which needs unsure ones as well."""
    from deeppose.stream.tracking import enough, followed

    work.followed = followed(work.pipeline, args.max_unseen, results)
    work.pipeline = replace(work.pipeline, least=enough(work.pipeline.least), most=None)


def _keep(work: Run, args: argparse.Namespace, found: list[Source], results: Results) -> None:
    """Records and drawings go into the run's folder, before they are printed."""
    from deeppose.stream.films import films
    from deeppose.stream.sinks import Kept, output_stems
    from deeppose.stream.tracking import Calmed

    stems = output_stems([source.name for source in found], args.out)
    stills = {source.name: stems[source.name] for source in found if source.still}
    work.done = results.done
    work.calmed = Calmed() if args.smooth == LIVE else None
    work.sinks = [*_drawings(args, stills), Kept(results), *work.sinks]
    if args.overlay:
        drawn = films(results, stems, args.width, work.pipeline.predictor.card.skeleton, args.angles)
        work.before = lambda source: None if drawn_later(args, source) else drawn(source)


def _drawings(args: argparse.Namespace, stems: dict[str, Path]) -> list[Sink]:
    from deeppose.stream.sinks import Drawings

    drawn = args.overlay or args.stages
    return [Drawings(stems, args.width, strips=args.stages, poses=args.overlay)] if drawn else []


def _tell(args: argparse.Namespace, summary: Summary, results: Results | None, stop: Stop) -> None:
    if args.quiet:
        return
    empty = f", {summary.empty} without anybody" if summary.empty else ""
    unusable = f", {len(summary.unusable)} unusable" if summary.unusable else ""
    before = results.frames - summary.frames if results else 0
    earlier = f" ({before} were done before)" if before else ""
    line = f"{summary.frames} frames{earlier}: {summary.people} people{empty}{unusable}"
    if stop.code:
        line = f"stopped after {line}" + ("; the same command goes on from here" if results else "")
    if results or summary.frames != 1 or summary.unusable or summary.empty:
        print(f"deeppose: {line}" + (f"; in {args.out}" if results else ""), file=sys.stderr)
