"""Train the person detector that ships, and write it as one ONNX file; run it again to resume.

ROOT holds coco/boxes-train.json and coco/images, lspet, lsp, flic and buffy. A teacher, any detector's file, labels
those whom these data sets leave unlabelled.
"""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "person-detector.onnx"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="the folder of the data sets")
    parser.add_argument(
        "--teacher", type=Path, required=True, metavar="FILE", help="a detector, e.g. RTMDet's .onnx"
    )
    parser.add_argument(
        "--trunk", default="lsp-compact", metavar="FILE", help="where the trunk starts (default: lsp-compact)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    parser.add_argument(
        "--samples", type=int, metavar="N", help="looks to learn from; more of a resumed run's"
    )
    parser.add_argument("--frozen", type=int, choices=(7, 14), help="trunk blocks that keep their weights")
    parser.add_argument("--every", type=int, default=250, metavar="N", help="steps between two checkpoints")
    parser.add_argument("--accelerator", default="cpu", help="cpu (default) or cuda")


def run(args: argparse.Namespace) -> int:
    """Gather, train, export, and print the held-out score."""
    from deeppose.files import lock

    with lock(args.out):
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from deeppose.inference.finders.detector_file import DetectorFile
    from deeppose.inference.shipped import locate
    from deeppose.training.detector import export, material, validation
    from deeppose.training.detector.run import Settings, Training

    chosen = {k: v for k in ("samples", "frozen") if (v := getattr(args, k)) is not None}
    settings = replace(Settings(), **chosen)
    gathered = material.gather(args.root, DetectorFile(args.teacher))
    training = Training(settings, gathered, locate(args.trunk), args.out, args.accelerator)
    network = training.run(args.every, lambda _: None).cpu()
    score = validation.measure([s for _, s in gathered.held_out], validation.Untold(network, export.SIDE))
    written = export.export(network, args.out / NAME, samples=settings.samples, seed=settings.seed)
    print(f"{score}\n{written}: {written.stat().st_size / 1e6:.1f} MB")
    return 0
