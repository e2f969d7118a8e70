"""`deeppose COMMAND`: thin, and the one place where an error becomes a line on standard error."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from deeppose.errors import DeepPoseError

COMMANDS = {
    "demo": "run the shipped cascade on real photographs and show what it finds",
    "predict": "find the joints of people in pictures",
    "evaluate": "measure a model on a data set, with the protocol named",
    "score": "score predictions made elsewhere",
    "doctor": "report what is wrong with a data set, as one HTML page",
    "train": "train a cascade, stage after stage",
    "faces": "fit the face-based body detector on training people",
    "select": "choose sigma and the number of stages on held-out people",
    "export": "write a trained cascade as one ONNX file",
    "serve": "serve poses over HTTP, and the page that finds them in a browser",
    "page": "write the page that finds poses in a browser, for any static host",
}

EXTRAS = {
    "torch": "train",
    "lightning_fabric": "train",
    "tensorboard": "train",
    "onnx": "train",
    "onnxscript": "train",
    "tflite": "train",
    "scipy": "data",
    "matplotlib": "plot",
    "jinja2": "plot",
    "faster_coco_eval": "coco",
    "skimage": "demo",
}
"""Packages that an extra brings, and its name: a command that lacks one says what to install."""


def parser() -> argparse.ArgumentParser:
    """The whole command line; each subcommand declares its own options."""
    top = argparse.ArgumentParser(
        prog="deeppose", description="DeepPose: human pose by a cascade of regressors."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"deeppose.commands.{name}")
        sub = commands.add_parser(name, help=summary, description=module.__doc__)
        module.add(sub)
        sub.set_defaults(handler=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a user's mistake prints one line and exits 2, never a stack trace."""
    args = parser().parse_args(argv)
    try:
        return int(args.handler(args))
    except DeepPoseError as error:
        print(f"deeppose: {error}", file=sys.stderr)
        return 2
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
