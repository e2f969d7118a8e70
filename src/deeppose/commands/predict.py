"""Find the joints of people in pictures: a table, or JSON, on standard output; overlays and JSON in a folder."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deeppose.commands.options import add_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from deeppose.inference.finders.person import PersonFinder
    from deeppose.inference.predictor import Predictor
    from deeppose.poses import Poses

Record = dict[str, Any]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "inputs", nargs="+", metavar="IMAGE|FOLDER", help="pictures; folders are searched to any depth"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--box", action="append", type=_box, metavar="x,y,w,h", dest="boxes",
        help="a person: top left corner, width and height in pixels; repeat it for several (default: the most "
        "prominent person, found first)",
    )  # fmt: skip
    where.add_argument(
        "--full-image", action="store_true", help="the whole picture is one person: look for nobody first"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write overlays and poses.json into this folder"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, one record a person")
    parser.add_argument(
        "--all-stages", action="store_true", help="also every stage's joints, and strips with --out"
    )
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Predict every picture; 1 when some could not be read, else 0."""
    from tqdm import tqdm

    from deeppose.data.images import find_images
    from deeppose.errors import ConfigError, ImageError
    from deeppose.inference.finders.person import PersonFinder
    from deeppose.inference.predictor import Predictor

    paths = find_images(args.inputs)
    predictor = Predictor(args.model, args.threads)
    finder = None if args.boxes or args.full_image else PersonFinder(threads=args.threads)
    outputs = output_stems(paths, make_folder(args.out)) if args.out else {}
    records: list[Record] = []
    failed = 0
    for path in tqdm(paths, unit="picture", disable=None if len(paths) > 1 else True):
        try:
            records += _one(predictor, finder, path, args, outputs.get(path))
        except (ImageError, ConfigError) as error:
            failed += 1
            named = str(error) if str(path) in str(error) else f"{path}: {error}"
            tqdm.write(f"deeppose: skipped {named}", file=sys.stderr)
    _show(records, args)
    if failed:
        print(f"deeppose: {failed} of {len(paths)} pictures were skipped", file=sys.stderr)
    return 1 if failed else 0


def output_stems(paths: list[Path], folder: Path) -> dict[Path, Path]:
    """For each input the start of its outputs' names in `folder`: no two alike, and no output an input.

    >>> stems = output_stems([Path("a/im.jpg"), Path("b/im.png"), Path("im-2.jpg")], Path("out"))
    >>> [str(stem) for stem in stems.values()]
    ['out/im', 'out/im-2', 'out/im-2-2']
    """
    inputs = {path.name for path in paths if path.resolve().parent == folder.resolve()}
    stems: dict[Path, Path] = {}
    taken: set[str] = set()
    for path in paths:
        name, number = path.stem, 1
        while name.lower() in taken or any(i.startswith((f"{name}-pose.", f"{name}-stages")) for i in inputs):
            number += 1
            name = f"{path.stem}-{number}"
        taken.add(name.lower())  # some file systems do not tell a from A
        stems[path] = folder / name
    return stems


def make_folder(out: Path) -> Path:
    """The folder, made where it is missing.

    Raises:
        ConfigError: it cannot be made.
    """
    from deeppose.errors import ConfigError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--out {out}: cannot be made a folder: {error.strerror}; choose another"
        ) from error
    return out


def draw_all(picture: NDArray[np.uint8], poses: Poses, stem: Path, stages: bool) -> None:
    """Write `stem`-pose.jpg and, on request, each person's strip of stages."""
    from deeppose.show.overlay import draw, save
    from deeppose.show.strip import strip

    save(stem.with_name(f"{stem.name}-pose.jpg"), draw(picture, poses))
    for i in range(len(poses) if stages else 0):
        person = f"-{i + 1}" if len(poses) > 1 else ""
        save(stem.with_name(f"{stem.name}-stages{person}.jpg"), strip(picture, poses, i))


def as_json(records: list[Record]) -> str:
    """A JSON array, one record a line."""
    return "[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]"


def _box(text: str) -> tuple[float, float, float, float]:
    """cx, cy, w, h of "x,y,w,h"."""
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not four numbers x,y,w,h") from error
    if not all(map(math.isfinite, (x, y, w, h))) or w <= 0 or h <= 0:
        raise argparse.ArgumentTypeError(f"{text!r}: needs finite numbers and a width and height above zero")
    return x + w / 2, y + h / 2, w, h


def _one(
    predictor: Predictor,
    finder: PersonFinder | None,
    path: Path,
    args: argparse.Namespace,
    stem: Path | None,
) -> list[Record]:
    """The records of one picture, its drawings written beside."""
    from deeppose.data.images import read_image

    picture = read_image(path)
    boxes = finder(picture) if finder else args.boxes
    poses = predictor.predict(picture, boxes, args.turns)
    if stem is not None:
        draw_all(picture, poses, stem, args.all_stages)
    return poses.to_records(str(path), args.all_stages)


def _show(records: list[Record], args: argparse.Namespace) -> None:
    from deeppose.show.listing import listing

    if args.json:
        print(as_json(records))
    elif records:
        print("\n\n".join(listing(record) for record in records))
    if args.out:
        _write(records, args.out / "poses.json")


def _write(records: list[Record], path: Path) -> None:
    again = ", in place of an earlier run's" if path.exists() else ""
    path.write_text(as_json(records) + "\n")
    print(f"deeppose: wrote poses.json and overlays into {path.parent}{again}", file=sys.stderr)
