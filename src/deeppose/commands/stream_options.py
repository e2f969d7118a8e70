"""Options of commands that work on streams of frames: what comes in, who is sought, what goes out."""

from __future__ import annotations

import argparse
from pathlib import Path

from deeppose.commands import values
from deeppose.commands.options import add_pixels


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Declare what is read, and how densely."""
    parser.add_argument(
        "inputs", nargs="*", metavar="INPUT",
        help="pictures, videos, folders (searched to any depth), globs, shot-%%04d.png, camera:0, - for standard input",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="listed", metavar="LIST", help="a file that lists more inputs, one a line"
    )
    parser.add_argument(
        "--start", default="0", metavar="TIME", help="of videos: from there on, in seconds or h:mm:ss"
    )
    parser.add_argument("--end", metavar="TIME", help="of videos: up to there")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="of videos: every Nth frame (default: 1)"
    )
    parser.add_argument("--fps", type=float, metavar="F", help="of videos: at most F frames a second")
    add_pixels(parser)
    parser.add_argument(
        "--range", type=values.grey_range, metavar="LOW,HIGH|auto",
        help="grey values of 16-bit, integer and float pictures that become black and white (default: by the format)",
    )  # fmt: skip


def add_people(parser: argparse.ArgumentParser) -> None:
    """Declare who is looked for."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--box", action="append", type=values.box, metavar="x,y,w,h", dest="boxes",
        help="a person: top left corner, width and height in pixels; repeat it for several",
    )  # fmt: skip
    where.add_argument(
        "--full-image", action="store_true", help="the whole picture is one person: look for nobody"
    )
    where.add_argument(
        "--boxes", metavar="FILE", dest="listed_boxes",
        help="people's boxes by picture, a CSV, JSON or COCO file (docs/finding-people.md)",
    )  # fmt: skip
    where.add_argument(
        "--detector", metavar="FILE",
        help="find people with this ONNX file (YOLOX, RTMDet, or one that gives boxes, scores and classes), or with "
        "person-box: one person, whichever way up (default: person-detector, everyone)",
    )  # fmt: skip
    parser.add_argument(
        "--people",
        type=values.people_or_all,
        metavar="N|all",
        help="at most N people a frame, the best (default: all found)",
    )
    parser.add_argument(
        "--min-person", type=values.share, metavar="S",
        help="who scores less is nobody, 0 to 1 (default: 0.28, docs/finding-people.md; 0 with --box and --full-image)",
    )  # fmt: skip


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Declare what is written and printed."""
    from deeppose.stream.formats import FORMATS

    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write poses.jsonl, run.json and drawings into this folder"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="begin anew in a folder that holds another run's results"
    )
    parser.add_argument(
        "--format", action="append", dest="formats", choices=tuple(FORMATS), metavar="NAME",
        help=f"with --out also: {', '.join(FORMATS)}; repeat it for several",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true", help="print JSON lines, one a person, as frames are done"
    )
    parser.add_argument(
        "--stages",
        "--all-stages",
        action="store_true",
        help="also every stage's joints, and strips with --out",
    )
    parser.add_argument(
        "--no-overlay", dest="overlay", action="store_false", help="with --out: records without drawings"
    )
    parser.add_argument(
        "--width", type=values.width, metavar="PIXELS", help="of drawings (default: the picture's own)"
    )
