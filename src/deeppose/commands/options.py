"""Options that several subcommands share: declared once, so that they mean the same everywhere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from deeppose.commands import values

if TYPE_CHECKING:
    import torch

    from deeppose.data.store import Store
    from deeppose.training.settings import Recipe


def add_model(parser: argparse.ArgumentParser) -> None:
    """Declare which model predicts, how many ways up it looks, and on how many threads."""
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="an .onnx, lsp-compact, flic-compact or lsp-paper-small (default: body-compact)",
    )
    parser.add_argument(
        "--turns", type=int, choices=(1, 2, 4), default=1,
        help="2: look also upside down, for acrobats; 4: also on either side; the surest look is kept (default: 1)",
    )  # fmt: skip
    parser.add_argument("--threads", type=int, help="CPU threads (default: 2)")
    parser.add_argument(
        "--device",
        default="cpu",
        metavar="NAME",
        help="cpu (default), cuda or openvino; the last two are extras",
    )


def add_training(parser: argparse.ArgumentParser, out: str) -> None:
    """Declare what every training needs: recipe, data, starting weights, budget, machine and folder.

    Args:
        out: what the folder is, for the help.
    """
    parser.add_argument(
        "recipe",
        help="lsp-paper, lsp-paper-small, flic-paper, flic-paper-small, lsp-compact, body-compact, flic-compact, "
        "person-box or debug; a recipe's .toml; or own, with --labels",
    )  # fmt: skip
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help="the folder that contains the data sets (lsp/, lspet/, flic/)",
    )
    add_outside(parser)
    add_pixels(parser)
    parser.add_argument(
        "--trunk", type=values.weights, metavar="FILE",
        help="where compact networks start: MobileNetV2 1.0 weights (.tflite), an exported .onnx, or lsp-compact; "
        "own: lsp-compact unless none is named",
    )  # fmt: skip
    parser.add_argument(
        "--face-model", type=Path, metavar="FILE",
        help="YuNet .onnx for recipes that start from face boxes (default: scikit-image's detector)",
    )  # fmt: skip
    parser.add_argument(
        "--samples",
        type=values.counts,
        metavar="N,N,…",
        help="samples a stage, e.g. 100000,200000: another budget",
    )
    parser.add_argument(
        "--limit",
        type=values.people,
        metavar="N",
        help="take only so many people of each data set, to rehearse",
    )
    parser.add_argument("--accelerator", default="auto", help="cpu, cuda or auto (default)")
    parser.add_argument(
        "--precision", help="32-true, or bf16-mixed; by default bf16-mixed on a GPU, else 32-true"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=out)


def training_people(
    args: argparse.Namespace, recipe: Recipe, device: torch.device
) -> tuple[Store, Store, Store | None]:
    """Training people and held-out people on the device, and portraits, as the options of `add_training` say.

    The run's folder is made: it keeps the faces found.
    """
    from deeppose.files import make
    from deeppose.training.portraits import portraits
    from deeppose.training.sources import stores

    make(args.out, f"--out {args.out}")
    cut_off = portraits(recipe, args.root, args.limit)
    train, held_out = stores(recipe, args.root, args.limit, args.out, args.face_model)
    return train.to(device), held_out.to(device), cut_off


def add_labels(parser: argparse.ArgumentParser) -> None:
    """Declare which pictures of one's own are labelled, and what of it is meant."""
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="the pictures' folder, where the labels do not find them"
    )
    parser.add_argument(
        "--category", metavar="NAME", help="which category of a COCO file with several kinds of joints"
    )
    parser.add_argument(
        "--pairs", type=lambda text: tuple(text.split(",")), default=(), metavar="A=B,…",
        help="joints that exchange places in a mirror (default: by their names or the file), or none",
    )  # fmt: skip


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Declare the data set."""
    known = "lsp, lsp-oc, lspet, lspet-repaired, flic, parse, buffy, mpii or coco"
    parser.add_argument("dataset", metavar="DATASET", help=known)


def add_outside(parser: argparse.ArgumentParser) -> None:
    """Declare that files of labels may name pictures outside their folder; `cli.main` sees to it."""
    parser.add_argument(
        "--allow-outside", action="store_true",
        help="let the labels name pictures outside their folder (absolute paths, ../)",
    )  # fmt: skip


def add_part(parser: argparse.ArgumentParser) -> None:
    """Declare how much of a data set is measured, and what becomes of people a file of predictions leaves out."""
    parser.add_argument("--limit", type=values.people, metavar="N", help="the first N people only")
    parser.add_argument(
        "--missing-wrong", action="store_true",
        help="people of pictures the predictions say nothing of are wrong (default: such a file is refused)",
    )  # fmt: skip


def add_pixels(parser: argparse.ArgumentParser) -> None:
    """Declare how large a picture may be; `cli.main` sees to it."""
    parser.add_argument(
        "--max-pixels", type=int, metavar="N",
        help="pictures of more pixels are refused (default: 100 million, which fit in a gigabyte of memory)",
    )  # fmt: skip


def add_truth(parser: argparse.ArgumentParser) -> None:
    """Declare what every measurement needs: the data set, and how to measure and print."""
    add_dataset(parser)
    parser.add_argument(
        "--root", type=Path, required=True, metavar="DIR", help="its folder, in its official layout"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="lsp-oc, coco: the file of labels, where it lies elsewhere",
    )
    parser.add_argument(
        "--category", metavar="NAME", help="coco: which category of a file with several kinds of joints"
    )
    add_outside(parser)
    add_pixels(parser)
    parser.add_argument("--split", metavar="NAME", help="default: the data set's test or validation split")
    parser.add_argument(
        "--diagonal", choices=("first", "other", "mean", "longest", "preferred"),
        help="torso diagonal of PDJ (default: the first, left shoulder to right hip)",
    )  # fmt: skip
    parser.add_argument(
        "--thresholds", type=values.thresholds, metavar="T,T,…", help="of PDJ (default: 0.1,0.2,0.3,0.4,0.5)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON; the tables go to standard error")
