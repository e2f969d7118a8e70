"""Run the shipped cascade on two photographs and two rendered acrobats: a table, overlays, stage strips and records."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deeppose.commands.options import add_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from deeppose.poses import Poses

    Pictures = dict[str, NDArray[np.uint8]]

ASSETS = Path(__file__).parents[1] / "assets"
ABOUT = {
    "camera": "a photograph (scikit-image), cut off below the knees",
    "astronaut": "a photograph (scikit-image), a portrait",
}
UNSEEN = {"camera": ("ankle",), "astronaut": ("knee", "ankle")}
"""Joints the photographs do not show, by the ends of their names."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="default: demo-out")
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Predict, print, draw and say where."""
    from deeppose.inference import Frame, Pipeline, Predictor, finders

    predictor = Predictor(args.model, args.threads, args.device)
    pipeline = Pipeline(predictor, finders.default(args.threads, args.device), args.turns, most=1)
    pictures = _pictures()
    started = time.perf_counter()
    frames = (Frame(name, 0, None, picture) for name, picture in pictures.items())
    found = {frame.source: poses for frame, poses in pipeline.run(frames)}
    spent = (time.perf_counter() - started) / len(found)
    card = predictor.card
    print(f"{card.name}: {card.stages} stages, skeleton {card.skeleton.name}; the person is found first\n")
    print(table(found))
    print("\n" + "\n".join(remarks(found)))
    print(f"{1000 * spent:.0f} ms a person, first call included")
    _write(pictures, found, args.out)
    print(f"overlays, stage strips and poses.jsonl are in {args.out.resolve()}")
    return 0


def table(found: dict[str, Poses]) -> str:
    """Joints down, pictures across; each cell x, y and score, a low score in brackets."""
    from deeppose.show.palette import LOW

    lines = [f"{'':15}" + "".join(f"{name:^22}" for name in found)]
    lines.append(f"{'joint':15}" + f"{'x':>7}{'y':>7}{'score':>8}" * len(found))
    for k, joint in enumerate(next(iter(found.values())).skeleton.joints):
        line = f"{joint.replace('_', ' '):15}"
        for poses in found.values():
            (x, y), score = poses.joints[0, k], poses.scores[0, k]
            shown = f"({score:.2f})" if score < LOW else f"{score:.2f} "
            line += f"{x:7.1f}{y:7.1f}{shown:>8}"
        lines.append(line.rstrip())
    legend = [f"{name}: {ABOUT.get(name, 'rendered')}" for name in found]
    return "\n".join([*lines, "", *legend, f"x, y in pixels; scores below {LOW} are in brackets"])


def remarks(found: dict[str, Poses]) -> list[str]:
    """One line a picture: what can be checked about it."""
    file = ASSETS / "acrobats.json"
    truths = json.loads(file.read_text()) if file.exists() else {}
    lines = [unseen(name, found[name]) for name in UNSEEN]
    known = {name: truths[f"{name}.jpg"]["joints"] for name in found if f"{name}.jpg" in truths}
    return lines + [against_truth(name, found[name], truth) for name, truth in known.items()]


def unseen(name: str, poses: Poses) -> str:
    """What the model says of the joints that a photograph does not show."""
    from deeppose.show.palette import LOW

    ends = UNSEEN[name]
    joints = [k for k, joint in enumerate(poses.skeleton.joints) if joint.endswith(ends)]
    scores = poses.scores[0, joints]
    verdict = "all low, as they should be" if (scores < LOW).all() else "not all low: overconfident here"
    span = f"{min(scores):.2f} to {max(scores):.2f}"
    return f"{name}: the {'s and '.join(ends)}s are not in the picture; they score {span}: {verdict}"


def against_truth(name: str, poses: Poses, truth: Mapping[str, Sequence[float]]) -> str:
    """How many of the known joints of a rendered person are found, by the paper's PDJ at 0.2 (section 4.1)."""
    import numpy as np

    from deeppose.evaluation.joints import pdj

    joints = np.array([[truth.get(joint, (0, 0)) for joint in poses.skeleton.joints]], np.float64)
    labelled = np.array([[joint in truth for joint in poses.skeleton.joints]])
    found = pdj(joints, labelled, poses.joints, poses.skeleton, np.array([0.2])).pooled()
    return f"{name}: {found.correct[0]} of {found.total[0]} joints within 0.2 torso diagonals of the truth"


def _pictures() -> Pictures:
    from deeppose.data.images import as_rgb, read_image
    from deeppose.errors import ConfigError

    try:
        from skimage import data
    except ImportError as error:
        raise ConfigError("the demo's photographs need scikit-image: pip install 'deeppose[demo]'") from error
    photographs = {"camera": as_rgb(data.camera()), "astronaut": as_rgb(data.astronaut())}
    return photographs | {path.stem: read_image(path) for path in sorted(ASSETS.glob("acrobat-*.jpg"))}


def _write(pictures: Pictures, found: dict[str, Poses], out: Path) -> None:
    from deeppose import files
    from deeppose.inference import Frame
    from deeppose.stream.records import FILE, line, records_of
    from deeppose.stream.sinks import Drawings

    files.make(out, f"--out {out}")
    drawings = Drawings({name: out / name for name in found}, strips=True)
    lines = []
    for name, poses in found.items():
        frame = Frame(name, 0, None, pictures[name])
        drawings.add(frame, poses, [])
        lines += [line(record) for record in records_of(frame, poses, stages=True)]
    files.write(out / FILE, b"".join(lines))
