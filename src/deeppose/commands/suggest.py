"""Rank unlabelled frames by what to label next, and export them with the predictions as a start (COCO, for CVAT)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deeppose.inference.frames import Frame
    from deeppose.skeleton import Skeleton
    from deeppose.training.own.suggest import Suggestion


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a finished run of deeppose train own")
    parser.add_argument("inputs", nargs="+", metavar="FRAMES", help="pictures, folders or videos")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="frames to suggest (default: 20)")
    parser.add_argument(
        "--every", type=int, default=5, metavar="N", help="of a video every so many frames (default: 5)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("suggested"), metavar="DIR", help="default: suggested"
    )


def run(args: argparse.Namespace) -> int:
    """Look at every frame, rank, export."""
    from dataclasses import replace

    from deeppose.errors import ConfigError
    from deeppose.files import make
    from deeppose.training import checkpoint
    from deeppose.training.own.suggest import known_features, look_at, ranked
    from deeppose.training.run import CHECKPOINT

    if args.count < 1:
        raise ConfigError(f"--count {args.count}: suggest at least one frame")
    cascade = checkpoint.cascade_of(checkpoint.load(args.run / CHECKPOINT)).eval()
    known = known_features(args.run)
    rows = []
    for frame in _frames(args):
        values, joints, scores = look_at(cascade, frame, known)
        rows.append(
            (replace(frame, pixels=frame.pixels[:0]), values, joints, scores)
        )  # a film does not fit in memory
    if not rows:
        raise ConfigError(f"no frame in {', '.join(map(str, args.inputs))}")
    chosen = _with_pixels(args, ranked(rows, args.count))
    file = _export(make(args.out, f"--out {args.out}"), chosen, cascade.skeleton)
    for one in chosen:
        signs = ", ".join(f"{name} {value:.2f}" for name, value in one.signs.items())
        print(f"{one.expected:.2f}  {one.frame.source} frame {one.frame.index}: {signs}")
    print(f"{len(chosen)} of {len(rows)} frames: {file}, with their pictures in {file.parent / 'images'}")
    return 0


def _frames(args: argparse.Namespace) -> Iterator[Frame]:
    from deeppose.stream.sampling import Span
    from deeppose.stream.sources import sources

    for source in sources(args.inputs, Span(every=args.every)):
        yield from source.frames()


def _with_pixels(args: argparse.Namespace, chosen: Sequence[Suggestion]) -> list[Suggestion]:
    """The suggestions with their pictures, which are read once more."""
    from dataclasses import replace

    wanted = {(one.frame.source, one.frame.index): i for i, one in enumerate(chosen)}
    whole = list(chosen)
    for frame in _frames(args):
        place = wanted.get((frame.source, frame.index))
        if place is not None:
            whole[place] = replace(whole[place], frame=frame)
    return whole


def _export(out: Path, chosen: Sequence[Suggestion], skeleton: Skeleton) -> Path:
    """COCO keypoints with the predictions as a start, and the frames as PNG."""
    import cv2

    from deeppose.files import make, write

    make(out / "images")
    names = [
        f"{i:03d}-{Path(one.frame.source).stem}-{one.frame.index:06d}.png" for i, one in enumerate(chosen)
    ]
    for name, one in zip(names, chosen, strict=True):
        code = cv2.imencode(".png", cv2.cvtColor(one.frame.pixels, cv2.COLOR_RGB2BGR))[1]
        write(out / "images" / name, code.tobytes())
    return write(out / "labels.json", json.dumps(coco_of(names, chosen, skeleton), indent=1))


def coco_of(names: Sequence[str], chosen: Sequence[Suggestion], skeleton: Skeleton) -> dict[str, Any]:
    """The labels to start from."""
    from deeppose.poses import COCO_SHIFT, coco

    images, annotations = [], []
    for i, (name, one) in enumerate(zip(names, chosen, strict=True), 1):
        height, width = one.frame.pixels.shape[:2]
        low, high = one.joints.min(0), one.joints.max(0)
        points = [(round(x - COCO_SHIFT, 2), round(y - COCO_SHIFT, 2), 2) for x, y in one.joints.tolist()]
        box = [round(float(v), 2) for v in (*low, *(high - low))]
        images.append({"id": i, "file_name": name, "width": width, "height": height})
        annotations.append({"id": i, "image_id": i, "category_id": 1, **coco.annotation(points, box)})
    category = coco.category(skeleton.name, skeleton.joints, skeleton.edges)
    return {"images": images, "annotations": annotations, "categories": [category]}
