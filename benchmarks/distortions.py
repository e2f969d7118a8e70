"""What pictures go through on their way to a user: each distortion of a scene keeps its joints and box true.

A distortion takes a scene and a level. Pixel centres lie at +0.5, as everywhere; what comes from outside a picture is
the canvas's grey.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.data import degradation
from deeppose.data.canvas import FILL
from deeppose.evaluation.joints import box_sizes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scene:
    """One person in one picture.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        joints: (K, 2) true x, y in pixels.
        labelled: (K,).
        box: (4,) cx, cy, w, h of what stage 1 looks at.
        number: of the person in the data set; seeds what is random.
    """

    picture: NDArray[np.uint8]
    joints: Floats
    labelled: Mask
    box: Floats
    number: int


def loosened(scene: Scene, factor: float) -> Scene:
    """Both sides of the box `factor` times as long, about its centre."""
    return replace(scene, box=scene.box * [1, 1, factor, factor])


def turned(scene: Scene, degrees: float) -> Scene:
    """The whole picture turned clockwise, grey beside it; the box is its square of the longer side, turned not.

    For a model that squares its boxes this box is at every angle the one of the upright picture.
    """
    height, width = scene.picture.shape[:2]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    linear = np.array([[cos, -sin], [sin, cos]])
    size = np.ceil(np.abs(linear) @ [width, height] - 1e-6)
    shift = size / 2 - linear @ [width / 2, height / 2]
    matrix = np.column_stack(
        [linear, linear @ [0.5, 0.5] + shift - 0.5]
    )  # OpenCV's centres are whole numbers
    picture = cv2.warpAffine(
        scene.picture, matrix, size.astype(int).tolist(), flags=cv2.INTER_LINEAR, borderValue=(FILL,) * 3
    )
    side = scene.box[2:].max()
    box = np.array([*(linear @ scene.box[:2] + shift), side, side])
    return replace(
        scene, picture=np.asarray(picture, np.uint8), joints=scene.joints @ linear.T + shift, box=box
    )


def reduced(scene: Scene, pixels: float) -> Scene:
    """The picture made smaller until the person's labelled joints span `pixels`; never larger."""
    (span,), _ = box_sizes(scene.joints[None], scene.labelled[None])
    old = np.array(scene.picture.shape[1::-1])
    new = np.maximum(np.rint(old * min(1.0, pixels / span)), 1).astype(int)
    width, height = new.tolist()
    picture = degradation.resized(scene.picture, (width, height))
    zoom = new / old
    return replace(scene, picture=picture, joints=scene.joints * zoom, box=scene.box * np.tile(zoom, 2))


def blurred(scene: Scene, length: float) -> Scene:
    """Motion blur: the mean along a line of `length` pixels, in a direction of the person's own."""
    angle = np.random.default_rng(scene.number).uniform(0, 180)
    return replace(scene, picture=degradation.blurred(scene.picture, length, angle))


def compressed(scene: Scene, quality: float) -> Scene:
    """Once more through JPEG, of quality 1 to 100."""
    return replace(scene, picture=degradation.compressed(scene.picture, quality))


def darkened(scene: Scene, light: float) -> Scene:
    """Pixel values times `light`, rounded to 8 bits."""
    return replace(scene, picture=degradation.darkened(scene.picture, light))


EFFECTS: dict[str, tuple[Callable[[Scene, float], Scene], tuple[float, ...]]] = {
    "loose box": (loosened, (1.4, 1.8)),
    "rotation": (turned, (60, 120, 180)),
    "low resolution": (reduced, (60, 25)),
    "motion blur": (blurred, (5, 15)),
    "JPEG": (compressed, (20, 5)),
    "darkness": (darkened, (0.25, 0.06)),
}
"""By name, at the levels it is measured at."""

Damage = Callable[[Scene], Scene]
DAMAGES: dict[str, Damage] = {"none": lambda scene: scene} | {
    f"{name}, {level:g}": lambda scene, apply=apply, level=level: apply(scene, level)
    for name, (apply, levels) in EFFECTS.items()
    for level in levels
}
