"""People by any detector's ONNX file: `predict --detector FILE`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from deeppose.errors import ModelError
from deeppose.inference import devices, sealing
from deeppose.inference.finders.layouts import Layout, Port, recognise
from deeppose.inference.finders.letterbox import letterbox
from deeppose.inference.finders.margins import COCO, FITTED, Margin
from deeppose.inference.found import LEAST, Found, ranked
from deeppose.types import Floats

SIDE = 416
"""The longer side at which a file that leaves it free sees a picture, and says nothing of it."""

OVERLAP = 0.6
"""Of two boxes that overlap by more (IoU) only the surer is kept."""

LAYOUTS = (
    "YOLOX's (1, A, 5 + classes), RTMDet's with NMS inside (boxes with scores and labels), "
    "or the three boxes, scores, classes"
)
"""What `recognise` knows, for the error."""


@dataclass(frozen=True)
class Manner:
    """What a file may say of itself, in its metadata property "deeppose" (JSON): how it is to be used.

    Attributes:
        side: the longer side of the picture it sees.
        person: the class that is a person.
        margin: from its boxes to the cascade's convention; that of its layout where it says nothing.
    """

    side: int = SIDE
    person: int = 0
    margin: Margin = COCO


class DetectorFile:
    """A `Finder` by an ONNX file, whose kind is recognised by its inputs and outputs (`layouts`).

    Args:
        path: the file.
        threads: CPU threads; None for one a physical core.
        side: the longer side in pixels at which pictures are seen, where the file leaves it free; None for its own
            or `SIDE`.
        least: boxes that score less are left out.

    Raises:
        ModelError: the file is missing, is no ONNX model, or no detector of a layout known here.
        ConfigError: threads that are no number of 1 or more.
    """

    def __init__(
        self, path: str | Path, threads: int | None = None, side: int | None = None, least: float = LEAST
    ) -> None:
        self.path, self.least = _located(Path(path)), least
        self._session = devices.session(self.path, devices.checked_threads(threads), devices.PROVIDERS["cpu"])
        inputs = _ports(self._session.get_inputs())
        self._layout = _layout(self.path, inputs, _ports(self._session.get_outputs()))
        self.image = inputs[0]
        self._fixed = _fixed(self.image)
        self._manner = _manner(self.path, self._session, self._layout.name)
        self.side = side or self._manner.side

    @property
    def layout(self) -> str:
        """The kind recognised: "yolox", "rtmdet" or "plain"."""
        return self._layout.name

    @property
    def manner(self) -> Manner:
        """How the file is used."""
        return self._manner

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """People's boxes in the cascade's convention, best first."""
        found = self.raw(picture)
        size = np.array([picture.shape[1], picture.shape[0]], np.float64)
        return ranked(self._manner.margin(found.boxes, size), found.scores)

    def raw(self, picture: NDArray[np.uint8]) -> Found:
        """People's boxes in the detector's own convention, cut at the picture's edges, best first."""
        box = letterbox(picture, self.side, self._fixed)
        outputs = self._session.run(None, {self.image.name: self._layout.feed(box.pixels)})
        corners, scores = self._layout.read(outputs, box.pixels.shape[:2], self._manner.person)
        corners, scores = _sound(corners, scores, self.least)
        kept = suppress(corners, scores)
        boxes = box.to_picture(corners[kept])
        inside = (boxes[:, 2:] >= 1).all(1)
        return ranked(boxes[inside], np.clip(scores[kept][inside], 0, 1))


def suppress(corners: Floats, scores: Floats, overlap: float = OVERLAP) -> NDArray[np.intp]:
    """Non-maximum suppression: which of (N, 4) x1, y1, x2, y2 stay, the surest first."""
    if not len(corners):
        return np.zeros(0, np.intp)
    rectangles = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1)
    kept = cv2.dnn.NMSBoxes(rectangles.tolist(), scores.tolist(), 0.0, overlap)
    return np.asarray(kept, np.intp).reshape(-1)


def _sound(corners: Floats, scores: Floats, least: float) -> tuple[Floats, Floats]:
    """Those that are boxes, finite and sure enough."""
    good = (scores >= least) & np.isfinite(corners).all(1) & (corners[:, 2:] > corners[:, :2]).all(1)
    return corners[good], scores[good]


def _layout(path: Path, inputs: list[Port], outputs: list[Port]) -> Layout:
    layout = recognise(inputs, outputs)
    if layout is None:
        had = "; ".join(f"{p.name} {list(p.shape)}" for p in [*inputs, *outputs])
        raise ModelError(
            f"{path}: no person detector known here: its outputs are none of {LAYOUTS}; it has {had}"
        )
    return layout


def _ports(nodes: list[Any]) -> list[Port]:
    return [Port(n.name, tuple(n.shape), n.type) for n in nodes]


def _fixed(image: Port) -> tuple[int, int] | None:
    """(H, W) where the file fixes both, else None."""
    height, width = image.shape[2:] if image.shape[1] == 3 else image.shape[1:3]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _located(path: Path) -> Path:
    if not path.is_file():
        raise ModelError(
            f"{path}: no such detector file; name an .onnx file, or leave it out for the one that ships"
        )
    return path


def _manner(path: Path, session: onnxruntime.InferenceSession, layout: str) -> Manner:
    text = session.get_modelmeta().custom_metadata_map.get("deeppose")
    if text is None:
        return Manner(margin=FITTED.get(layout, COCO))
    try:
        said = json.loads(text)
        sealing.check(path, said)
        return Manner(int(said["side"]), int(said.get("person", 0)), Margin(*map(float, said["margin"])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path}: its metadata is not a person detector's: {error}; export it again"
        ) from error
