"""The page as a folder that any static host serves: its own files, the runtime, the models, and `site.json`.

`site.json` tells the page all it knows of a model, so that no joint's name stands in JavaScript: skeleton, canvas,
context, sigma; and, for one picture, what Python answers, which the page asks again on whatever device it runs.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

import deeppose
from deeppose.data.canvas import cut
from deeppose.data.images import read_image
from deeppose.errors import ConfigError, ModelError
from deeppose.evaluation.oks import AREA_OF_BOX
from deeppose.files import make, write
from deeppose.inference import finders
from deeppose.inference.finders.detector_file import OVERLAP, DetectorFile
from deeppose.inference.finders.person import MODEL as FINDER
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.likeness import SAME, sigmas_of
from deeppose.inference.onnx_model import Card, OnnxModel
from deeppose.inference.people import LEAST
from deeppose.inference.placing import OUTSIDE
from deeppose.inference.predictor import Predictor
from deeppose.inference.shipped import SHIPPED, names
from deeppose.serving import runtime
from deeppose.serving.quick import first_stage
from deeppose.show.palette import CASING, LEFT, LOW, MIDDLE, RIGHT, hexadecimal
from deeppose.skeleton import BOX, DIAMETER_FLOOR, Skeleton

PAGE = Path(__file__).parent / "page"
EXAMPLES = tuple(sorted((Path(__file__).parents[1] / "assets").glob("acrobat-*.jpg")))
PEOPLE = 10
"""So many people of a picture, the surest, does the page look at: each takes a browser a good part of a second."""

TOLERANCE = 0.5
"""Canvas pixels by which a device's answers may differ from Python's."""


def build(
    out: Path,
    models: Sequence[str | Path] = (),
    server: str | None = None,
    threads: int | None = None,
    detector: str | Path | None = None,
) -> dict[str, Any]:
    """Write the whole page into a folder, and return what `site.json` says.

    Args:
        out: made where it is missing; files of an earlier page are replaced.
        models: names of weights that ship, or files; every pose model that ships where none is named.
        server: the address of the API relative to the page, where a server of ours sends it.
        threads: CPU threads for the answers that the page checks itself against.
        detector: as of `finders.named`, a file of the plain layout; None for the finder that ships.

    Raises:
        ConfigError: the runtime is not there, or the folder cannot be written.
        ModelError: a model is missing or not one of ours.
    """
    runtime.require()
    opened = [OnnxModel(m, threads) for m in models or shipped()]
    _distinct([model.card.name for model in opened])
    make(out)
    _copy_page(out)
    picture = read_image(EXAMPLES[0])
    box = PersonFinder(threads=threads)(picture)[0]
    site = {
        "version": deeppose.__version__,
        "server": server,
        "low": LOW,
        "outside": OUTSIDE,
        "least": LEAST,
        "alike": {"same": SAME, "areaOfBox": AREA_OF_BOX},
        "palette": {
            "left": hexadecimal(LEFT), "right": hexadecimal(RIGHT), "middle": hexadecimal(MIDDLE),
            "casing": hexadecimal(CASING),
        },
        "runtime": {
            "folder": "runtime/", "wasm": "runtime/ort.wasm.min.mjs", "webgpu": "runtime/ort.jspi.min.mjs",
        },
        "examples": [f"examples/{path.name}" for path in EXAMPLES],
        "finder": _finder(out, threads, detector),
        "models": [_pose_model(model, out, picture, box) for model in opened],
    }  # fmt: skip
    write(out / "site.json", json.dumps(site))
    return site


def shipped() -> list[str]:
    """Of the weights that ship the names of pose models, the default first."""
    found = [name for name in names() if _is_pose_model(name)]
    return sorted(found, key=lambda name: (name != SHIPPED.stem, name))


def _is_pose_model(name: str) -> bool:
    try:
        return OnnxModel(name, threads=1).card.skeleton != BOX
    except ModelError:  # weights of another contract, a detector's
        return False


def _distinct(found: list[str]) -> None:
    """Files on the page are called after their models, whoever named those.

    Raises:
        ConfigError: two of one name, or a name that is none for a file.
    """
    for name in found:
        if found.count(name) > 1:
            raise ConfigError(f"two models are called {name}: a page holds one of each; name one of them")
        if not re.fullmatch(r"[\w-][\w.-]*", name):
            raise ConfigError(f"model {name!r}: a page's model is called by letters, digits, '-' and '_'")


def _copy_page(out: Path) -> None:
    for path in sorted(PAGE.rglob("*")):
        if path.is_file():
            _copy(path, out / path.relative_to(PAGE))
    for path in EXAMPLES:
        _copy(path, out / "examples" / path.name)


def _copy(path: Path, to: Path) -> None:
    make(to.parent)

    def content(file: Any) -> None:
        with path.open("rb") as source:
            shutil.copyfileobj(source, file)

    write(to, content)


def _finder(out: Path, threads: int | None, detector: str | Path | None) -> dict[str, Any]:
    """A detector, or stage 0: a cascade whose joints are a box's edges."""
    found = finders.named(detector, threads)
    if isinstance(found, DetectorFile):
        _copy(found.path, out / "models" / "detector.onnx")
        return _detected(found)
    return {"kind": "regressed", **_about(OnnxModel(FINDER, threads), out)}


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
    (image,) = onnxruntime.InferenceSession(detector.path, providers=["CPUExecutionProvider"]).get_inputs()
    free = not any(isinstance(side, int) for side in image.shape[1:3])
    return detector.layout == "plain" and image.type == "tensor(uint8)" and image.shape[3] == 3 and free


def _pose_model(
    model: OnnxModel, out: Path, picture: np.ndarray[Any, np.dtype[np.uint8]], box: Any
) -> dict[str, Any]:
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
    card: Card = model.card
    _copy(model.path, out / "models" / f"{card.name}.onnx")
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
