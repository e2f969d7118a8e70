"""A frame: one picture and where it comes from, the same for a photograph, a video and a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a source.

    Attributes:
        source: as the user named it: "dance.mp4", "photos/a.jpg", "camera:0", "-".
        index: position in its source, 0 for a single picture.
        time: presentation time in seconds; None for a still picture.
        pixels: (H, W, 3) uint8 RGB, upright.
    """

    source: str
    index: int
    time: float | None
    pixels: NDArray[np.uint8]

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        when = "" if self.time is None else f", time={self.time:.3f}"
        return f"Frame({self.source!r}, {self.index}{when}, {width} x {height})"
