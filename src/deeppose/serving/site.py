"""What `site.json` tells the page of finder and models, whose files are laid beside it.

No joint's name stands in JavaScript: skeleton, canvas, context and sigma come from here; and, for one picture, what
Python answers, which the page asks again on whatever device it runs.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deeppose.data.canvas import cut
from deeppose.errors import ConfigError, ModelError
from deeppose.files import make, write
from deeppose.inference import finders
from deeppose.inference.finders.detector_file import OVERLAP, DetectorFile
from deeppose.inference.finders.person import MODEL as FINDER
from deeppose.inference.finders.person import UNTOLD
from deeppose.inference.likeness import sigmas_of
from deeppose.inference.onnx_model import OnnxModel
from deeppose.inference.predictor import Predictor
from deeppose.serving.quick import first_stage
from deeppose.skeleton import DIAMETER_FLOOR, Skeleton

PEOPLE = 10
"""So many people of a picture, the surest, does the page look at: each takes a browser a good part of a second."""

TOLERANCE = 0.5
"""Canvas pixels by which a device's answers may differ from Python's."""


def copy(path: Path, to: Path) -> None:
    """A file, laid somewhere else whole or not at all."""
    make(to.parent)

    def content(file: Any) -> None:
        with path.open("rb") as source:
            shutil.copyfileobj(source, file)

    write(to, content)


def finder(out: Path, threads: int | None, detector: str | Path | None) -> dict[str, Any]:
    """A detector, or stage 0: a cascade whose joints are a box's edges."""
    found = finders.named(detector, threads)
    if isinstance(found, DetectorFile):
        copy(found.path, out / "models" / "detector.onnx")
        return _detected(found)
    return {"kind": "regressed", "score": UNTOLD, **_about(OnnxModel(FINDER, threads), out)}


def _detected(detector: DetectorFile) -> dict[str, Any]:
    if not in_page(detector):
        raise ConfigError(
            f"{detector.path}: the page runs detectors that take RGB bytes (1, H, W, 3), not this one"
        )
    manner = detector.manner
    return {
        "kind": "detected", "name": detector.path.stem, "file": "models/detector.onnx", "side": detector.side,
        "person": manner.person, "margin": asdict(manner.margin), "least": detector.least, "overlap": OVERLAP,
        "people": PEOPLE,
    }  # fmt: skip


def in_page(detector: DetectorFile) -> bool:
    """Can the page run it? It must take RGB bytes as they are, at any size, and give boxes, scores and classes."""
    image = detector.image
    free = not any(isinstance(side, int) for side in image.shape[1:3])
    return detector.layout == "plain" and image.type == "tensor(uint8)" and image.shape[3] == 3 and free


def pose_model(
    model: OnnxModel, out: Path, picture: NDArray[np.uint8], box: NDArray[np.float64]
) -> dict[str, Any]:
    """A cascade, its file, and its answers to the person in `box` (4,) of a picture (H, W, 3)."""
    about = _about(model, out)
    canvas = cut(picture, box * [1, 1, model.card.context, model.card.context], model.card.canvas)
    asked = canvas.pixels[None], canvas.box_to_canvas(box)[None].astype(np.float32)
    joints, _ = model.run(*asked)
    check = out / "models" / f"{model.card.name}.check.png"
    write(check, lambda file: Image.fromarray(canvas.pixels).save(file, "PNG"))
    about["check"] = {
        "picture": f"models/{check.name}",
        "box": asked[1][0].tolist(),
        "joints": [round(float(v), 3) for v in joints.ravel()],
        "tolerance": TOLERANCE,
    }
    about["quick"] = _quick(model, out, asked, joints) if model.card.stages > 1 else None
    return about


def _quick(model: OnnxModel, out: Path, asked: Any, joints: Any) -> str | None:
    """Stage 1 alone beside the model, if it can be had and answers as the whole model does."""
    path = out / "models" / f"{model.card.name}.stage1.onnx"
    try:
        write(path, first_stage(model.path, model.card.stages))
        same = np.array_equal(OnnxModel(path, threads=1).run(*asked)[0][:, 0], joints[:, 0])
    except (ConfigError, ModelError):
        same = False
    if not same:
        path.unlink(missing_ok=True)
    return f"models/{path.name}" if same else None


def _about(model: OnnxModel, out: Path) -> dict[str, Any]:
    card = model.card
    copy(model.path, out / "models" / f"{card.name}.onnx")
    return {
        "name": card.name,
        "identity": Predictor(model.path, threads=1).identity,
        "file": f"models/{card.name}.onnx",
        "stages": card.stages,
        "canvas": card.canvas,
        "context": card.context,
        "sigma": card.more.get("sigma", 1.0),
        "whole": card.whole,
        "sought": card.sought,
        "skeleton": _skeleton(card.skeleton),
    }


def _skeleton(skeleton: Skeleton) -> dict[str, Any]:
    return {
        "name": skeleton.name,
        "joints": list(skeleton.joints),
        "sides": [skeleton.side(k) or "middle" for k in range(len(skeleton))],
        "edges": [list(edge) for edge in skeleton.edges],
        "torso": [list(pair) for pair in skeleton.torso],
        "fallback": skeleton.share,
        "floor": DIAMETER_FLOOR,
        "sigmas": sigmas_of(skeleton).tolist(),
    }
