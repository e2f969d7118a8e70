"""Write the page that finds poses in a browser into a folder that any static host serves."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder; made where it is missing")
    parser.add_argument(
        "--model", action="append", default=[], metavar="FILE",
        help="an exported .onnx, or the name of weights that ship; repeat it for several (default: all that ship)",
    )  # fmt: skip
    parser.add_argument(
        "--detector", metavar="FILE",
        help="find people with this ONNX file, of the plain layout and RGB bytes (default: the finder that ships)",
    )  # fmt: skip
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--fetch", action="store_true",
        help="fetch the page's runtime from the npm registry into the package, where a wheel brought none",
    )  # fmt: skip
    source.add_argument(
        "--runtime", type=Path, metavar="TGZ", help="take it from the npm tarball, downloaded elsewhere"
    )
    parser.add_argument("--threads", type=int, help="CPU threads (default: one a core)")


def run(args: argparse.Namespace) -> int:
    """Fetch the runtime if asked to, build the folder, say what lies there."""
    from deeppose.errors import ConfigError
    from deeppose.serving import runtime

    if not (args.out or args.fetch or args.runtime):
        raise ConfigError("nothing to do: name a folder with --out DIR, or get the runtime with --fetch")
    if args.fetch:
        runtime.fetch()
    elif args.runtime:
        runtime.from_file(args.runtime)
    if args.fetch or args.runtime:
        print(f"ONNX Runtime Web {runtime.VERSION} is in {runtime.FOLDER}")
    return _build(args) if args.out else 0


def _build(args: argparse.Namespace) -> int:
    from deeppose.serving.folder import build

    site = build(args.out, args.model, threads=args.threads, detector=args.detector)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    models = ", ".join(model["name"] for model in site["models"])
    print(
        f"{args.out}: the page with {models}, {size / 1e6:.0f} MB; try it: python -m http.server -d {args.out}"
    )
    if not all(model["quick"] for model in site["models"]):
        print("the camera will run all stages: stage 1 alone needs onnx, pip install 'deeppose[serve]'")
    return 0
