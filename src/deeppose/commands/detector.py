"""Train the person detector that ships, and write it as one ONNX file; run it again to resume.

ROOT holds coco/boxes-train.json and coco/images, lspet, lsp, flic and buffy. A teacher, any detector's file, labels
those whom these data sets leave unlabelled. The network starts with RTMDet-nano's weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "person-detector.onnx"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="the folder of the data sets")
    parser.add_argument(
        "--start", type=Path, required=True, metavar="FILE", help="RTMDet-nano for people, an .onnx file"
    )
    parser.add_argument(
        "--teacher", type=Path, metavar="FILE", help="any detector's .onnx file (default: the start)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    parser.add_argument(
        "--samples", type=int, metavar="N", help="looks to learn from; more of a resumed run's"
    )
    parser.add_argument("--every", type=int, default=250, metavar="N", help="steps between two checkpoints")
    parser.add_argument("--accelerator", default="cpu", help="cpu (default) or cuda")


def run(args: argparse.Namespace) -> int:
    """Gather, train, export, and print the held-out score."""
    from deeppose.files import lock

    with lock(args.out):
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    from deeppose.inference.finders.detector_file import DetectorFile
    from deeppose.training.detector import export, material, validation
    from deeppose.training.detector.run import Settings, Training

    settings = Settings(samples=args.samples) if args.samples else Settings()
    gathered = material.gather(args.root, DetectorFile(args.teacher or args.start))
    training = Training(settings, gathered, args.start, args.out, args.accelerator)
    network = training.run(args.every, lambda _: None).cpu()
    score = validation.measure([s for _, s in gathered.held_out], validation.Untold(network, export.SIDE))
    written = export.export(network, args.out / NAME, samples=settings.samples, seed=settings.seed)
    print(f"{score}\n{written}: {written.stat().st_size / 1e6:.1f} MB")
    return 0
