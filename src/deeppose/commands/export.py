"""Write a trained cascade as one ONNX file for prediction without torch."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", type=Path, help="a run's folder, or its checkpoint")
    parser.add_argument("--out", type=Path, required=True, help="the .onnx file to write")
    parser.add_argument("--name", help="the model's name; the file's stem by default")
    parser.add_argument(
        "--stages", type=int, metavar="N", help="the first N stages alone, e.g. what `deeppose select` chose"
    )
    parser.add_argument("--full", action="store_true", help="keep 32-bit parameters: twice the size")


def run(args: argparse.Namespace) -> int:
    """Export, and say where and how large."""
    import json

    from deeppose.files import write
    from deeppose.inference.finders.enlargement import beside
    from deeppose.training import checkpoint
    from deeppose.training.export import export
    from deeppose.training.face_boxes import FACE_BOX
    from deeppose.training.run import CHECKPOINT

    path = args.run / CHECKPOINT if args.run.is_dir() else args.run
    state = checkpoint.load(path)
    recipe = json.loads(state["recipe"])
    cascade = checkpoint.cascade_of(state)
    cascade = cascade if args.stages is None else cascade.first(args.stages)
    samples = [stage["samples"] for stage in recipe["stages"][: len(cascade.stages)]]
    name = args.name or args.out.stem
    written = export(
        cascade, args.out, name, not args.full, recipe=recipe["name"], seed=recipe["seed"], samples=samples
    )
    scaler = path.parent / FACE_BOX
    if scaler.exists():
        write(beside(written), scaler.read_bytes())
    print(f"{written}: {len(cascade.stages)} stages, {written.stat().st_size / 1e6:.1f} MB")
    return 0
