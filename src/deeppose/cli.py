"""`deeppose COMMAND`: thin, and the one place where an error becomes a line on standard error."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from deeppose import __version__
from deeppose.errors import DeepPoseError
from deeppose.files import allowing_outside
from deeppose.terminal import screens

COMMANDS = {
    "demo": "run the shipped cascade on real photographs and show what it finds",
    "predict": "find the joints of people in pictures, videos and cameras",
    "convert": "write a run's results in the formats of other tools",
    "smooth": "add tracks, smoothed joints, angles and speeds to the records of a video",
    "plot": "plot joints and angles of a video's people over time",
    "player": "write a page that plays a run's poses, with a time line, tracks and angles",
    "evaluate": "measure a model on a data set, with the protocol named",
    "score": "score predictions made elsewhere",
    "doctor": "report what is wrong with a data set, as one HTML page",
    "check": "show what labels of your own say, before training on them",
    "train": "train a cascade, stage after stage, on data sets or on labels of your own",
    "suggest": "rank unlabelled frames by what to label next",
    "detector": "train the person detector",
    "faces": "fit the face-based body detector on training people",
    "select": "choose sigma and the number of stages on held-out people",
    "completion": "print the completion of this command line for a shell",
    "export": "write a trained cascade as one ONNX file",
    "serve": "serve poses over HTTP, and the page that finds them in a browser",
    "page": "write the page that finds poses in a browser, for any static host",
}

EXTRAS = {
    "torch": "train",
    "lightning_fabric": "train",
    "tensorboard": "train",
    "onnx": "train",
    "onnx_ir": "train",
    "tflite": "train",
    "scipy": "data",
    "matplotlib": "plot",
    "jinja2": "plot",
    "faster_coco_eval": "coco",
    "pandas": "formats",
    "pyarrow": "formats",
    "h5py": "formats",
    "shtab": "completion",
    "skimage": "demo",
    "yaml": "labels",
    "sleap_io": "sleap",
}
"""Packages that an extra brings, and its name: a command that lacks one says what to install."""


def parser() -> argparse.ArgumentParser:
    """The whole command line; each subcommand declares its own options."""
    top = argparse.ArgumentParser(
        prog="deeppose", description="DeepPose: human pose by a cascade of regressors."
    )
    top.add_argument("--version", action="version", version=f"deeppose {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"deeppose.commands.{name}")
        sub = commands.add_parser(name, help=summary, description=module.__doc__, allow_abbrev=False)
        module.add(sub)
        _add_voice(sub)
        sub.set_defaults(handler=module.run, whole=top)
    return top


def _add_voice(parser: argparse.ArgumentParser) -> None:
    voice = parser.add_mutually_exclusive_group()
    voice.add_argument("-v", "--verbose", action="count", default=0, help="say more; -vv: everything")
    voice.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


class _Voice(logging.StreamHandler[TextIO]):
    """The log's way to standard error; a kind of its own, so that a second call in one process replaces it."""


def _speak(args: argparse.Namespace) -> None:
    """What the log "deeppose" says goes to standard error, as much as was asked for."""
    level = (
        logging.ERROR if args.quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(args.verbose, 2)]
    )
    log = logging.getLogger("deeppose")
    for ours in [each for each in log.handlers if isinstance(each, _Voice)]:
        log.removeHandler(ours)
    handler = _Voice()
    handler.setFormatter(logging.Formatter("deeppose: %(message)s"))
    log.addHandler(handler)
    log.setLevel(level)


def _attached(argv: Sequence[str]) -> list[str]:
    """Arguments with a negative box joined to its option: argparse takes `-5,0,200,300` for an option of its own."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--box" and re.match(r"-[\d.]", word):
            joined[-1] = f"--box={word}"
        else:
            joined.append(word)
    return joined


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a user's mistake prints one line and exits 2, never a stack trace."""
    args = parser().parse_args(_attached(sys.argv[1:] if argv is None else argv))
    with screens():
        _speak(args)
        return _run(args)


def _limited(args: argparse.Namespace) -> AbstractContextManager[None]:
    if not getattr(args, "max_pixels", None):
        return nullcontext()
    from deeppose.data.limits import limited

    return limited(args.max_pixels)


def _run(args: argparse.Namespace) -> int:
    try:
        with allowing_outside(getattr(args, "allow_outside", False)), _limited(args):
            return int(args.handler(args))
    except DeepPoseError as error:
        print(f"deeppose: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read standard output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        command = f"pip install 'deeppose[{extra}]'"
        print(f"deeppose: {args.command} needs {error.name}: {command}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("deeppose: interrupted", file=sys.stderr)
        return 130
