"""How detectors' files differ: what goes in, what comes out. Recognised by their inputs and outputs.

| layout | input | outputs |
|---|---|---|
| YOLOX | (1, 3, H, W) float, BGR 0..255 | one, (1, A, 5 + classes): centre and log size in cells, objectness, classes |
| RTMDet, NMS inside | (1, 3, any, any) float, BGR normalised | boxes with scores (1, N, 5) and labels (1, N) |
| plain | uint8 (…, 3) RGB, or float RGB 0..1 | `boxes` (N, 4) x1, y1, x2, y2, `scores` (N,), `classes` (N,) |

Boxes come out as corners in pixels of the input; a plain file may say more of itself in its metadata (`deeppose`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deeppose.types import Floats, Pixels

Arrays = list[NDArray[Any]]

STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class Port:
    """An input or output of a file: name, shape (numbers, names or None) and type, as ONNX Runtime tells them."""

    name: str
    shape: tuple[Any, ...]
    type: str


class Layout(Protocol):
    """One kind of detector file."""

    name: str

    def feed(self, pixels: Pixels) -> NDArray[Any]:
        """The network's input of (H, W, 3) RGB."""
        ...

    def read(self, outputs: Arrays, size: tuple[int, int], person: int) -> tuple[Floats, Floats]:
        """Of the outputs for an input of `size` (H, W) the boxes (N, 4) x1, y1, x2, y2 and scores (N,) of people."""
        ...


class Yolox:
    """YOLOX (Ge et al., 2021), its grids decoded by us or in the file."""

    name = "yolox"

    def feed(self, pixels: Pixels) -> NDArray[Any]:
        """BGR, 0..255, not normalised."""
        return np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1)[None], np.float32)

    def read(self, outputs: Arrays, size: tuple[int, int], person: int) -> tuple[Floats, Floats]:
        """See `Layout`."""
        raw = np.asarray(outputs[0][0], np.float64)
        cells, strides = grid(size)
        centre, sides = raw[:, :2], raw[:, 2:4]
        # A decoded centre lies near its cell's place in the picture; an undecoded one is a few cells at most.
        if np.abs(centre).mean() < np.abs(centre - cells * strides).mean():
            centre, sides = (centre + cells) * strides, np.exp(np.minimum(sides, 20)) * strides
        return np.concatenate([centre - sides / 2, centre + sides / 2], 1), raw[:, 4] * raw[:, 5 + person]


class Rtmdet:
    """RTMDet (Lyu et al., 2022) as MMDeploy exports it, with non-maximum suppression in the file."""

    name = "rtmdet"
    mean = np.array([103.53, 116.28, 123.675], np.float32)
    std = np.array([57.375, 57.12, 58.395], np.float32)

    def feed(self, pixels: Pixels) -> NDArray[Any]:
        """BGR, normalised."""
        normal = (pixels[..., ::-1].astype(np.float32) - self.mean) / self.std
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])

    def read(self, outputs: Arrays, size: tuple[int, int], person: int) -> tuple[Floats, Floats]:
        """See `Layout`."""
        del size
        dets, labels = sorted(outputs, key=lambda a: -a.ndim)
        kept = np.asarray(dets[0], np.float64)[np.asarray(labels[0]) == person]
        return kept[:, :4], kept[:, 4]


class Plain:
    """Boxes, scores and classes by these names: our own person-detector, and many another."""

    name = "plain"

    def __init__(self, image: Port, outputs: list[Port]) -> None:
        self._bytes = "uint8" in image.type
        self._planes = image.shape[1:2] == (3,)
        names = [o.name for o in outputs]
        self._order = [
            names.index(n) for n in ("boxes", "scores", "classes" if "classes" in names else "labels")
        ]

    def feed(self, pixels: Pixels) -> NDArray[Any]:
        """RGB as it is, or in 0..1 where the input is float; planes first where the input says so."""
        array = pixels.transpose(2, 0, 1) if self._planes else pixels
        return np.ascontiguousarray(array[None] if self._bytes else array[None].astype(np.float32) / 255)

    def read(self, outputs: Arrays, size: tuple[int, int], person: int) -> tuple[Floats, Floats]:
        """See `Layout`."""
        del size
        boxes, scores, classes = (outputs[i] for i in self._order)
        kept = classes.reshape(-1) == person
        corners = np.asarray(boxes, np.float64).reshape(-1, 4)[kept]
        return corners, np.asarray(scores, np.float64).reshape(-1)[kept]


def grid(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Cells (A, 2) x, y counted from 0 and their strides (A, 1), finest level first, of an input of `size` (H, W)."""
    parts = [np.indices((size[0] // s, size[1] // s)).reshape(2, -1)[::-1].T for s in STRIDES]
    strides = np.concatenate([np.full((len(p), 1), s) for p, s in zip(parts, STRIDES, strict=True)])
    return np.concatenate(parts).astype(np.float64), strides.astype(np.float64)


def recognise(inputs: list[Port], outputs: list[Port]) -> Layout | None:
    """The layout of a file with these inputs and outputs; None for none of ours."""
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        return None
    names = {o.name for o in outputs}
    if {"boxes", "scores"} <= names and names & {"classes", "labels"}:
        return Plain(inputs[0], outputs)
    ranks = sorted(len(o.shape) for o in outputs)
    if ranks == [3] and _is_number(outputs[0].shape[2]) and outputs[0].shape[2] > 5:
        return Yolox() if _cells_fit(inputs[0], outputs[0]) else None
    integer = [o for o in outputs if "int" in o.type]
    return Rtmdet() if ranks == [2, 3] and len(integer) == 1 and len(integer[0].shape) == 2 else None


def _cells_fit(image: Port, output: Port) -> bool:
    """Has the output as many rows as YOLOX has cells? Sides that are free cannot tell, and pass."""
    height, width, rows = image.shape[2], image.shape[3], output.shape[1]
    if not all(map(_is_number, (height, width, rows))):
        return True
    return bool(rows == sum((height // s) * (width // s) for s in STRIDES))


def _is_number(value: Any) -> bool:
    return isinstance(value, int)
