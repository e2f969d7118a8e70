"""Synthetic people: articulated, clothed, lit, on busy backgrounds, with exact joints.

For tests, for a first training run without any download, and for nothing else: no number about real people should
be drawn from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose import files
from deeppose.data.synthetic.body import Body, pose_body, sample_pose, sample_proportions
from deeppose.data.synthetic.figure import Camera, draw, parts_of, sample_wardrobe
from deeppose.data.synthetic.paint import background, clouds, light_from
from deeppose.errors import ConfigError, DataError
from deeppose.skeleton import LSP
from deeppose.types import Floats, Mask

Image = NDArray[np.uint8]

__all__ = ["SyntheticPeople", "people", "person", "write"]


@dataclass(frozen=True, eq=False)
class SyntheticPeople:
    """N pictures of one person each.

    Attributes:
        images: (N, size, size, 3) uint8 RGB.
        joints: (N, 14, 2) x, y in pixels, pixel centres at +0.5, `skeleton.LSP` order, person-centric.
        labelled: (N, 14) all true.
        visible: (N, 14) no other part of the body hides the joint.
    """

    images: Image
    joints: Floats
    labelled: Mask
    visible: Mask

    def __len__(self) -> int:
        return len(self.images)


def people(count: int, seed: int = 0, size: int = 128) -> SyntheticPeople:
    """The first `count` people of a seed; person i is the same whatever the count.

    Raises:
        ConfigError: count is not positive or size below 16.
    """
    if count < 1 or size < 16:
        raise ConfigError(f"count {count}, size {size}: ask for at least 1 person of at least 16 pixels")
    images, joints, visible = zip(*(person(seed, i, size) for i in range(count)), strict=True)
    labelled = np.ones((count, len(LSP)), dtype=bool)
    return SyntheticPeople(np.stack(images), np.stack(joints), labelled, np.stack(visible))


def person(seed: int, index: int, size: int = 128) -> tuple[Image, Floats, Mask]:
    """Person `index` of a seed: picture (size, size, 3), joints (14, 2), visible (14,)."""
    rng = np.random.default_rng((seed, index))
    body = pose_body(sample_pose(rng), sample_proportions(rng))
    camera = _frame(rng, body, size)
    canvas = background(rng, size)
    parts = parts_of(body)
    owner = draw(canvas, parts, camera, sample_wardrobe(rng, camera.scale), light_from(rng))
    joints = camera.project(body.joints())
    cells = np.floor(joints).astype(int)
    shown = [parts[k].joints if k >= 0 else () for k in owner[cells[:, 1], cells[:, 0]]]
    visible = np.array([name in names for name, names in zip(LSP.joints, shown, strict=True)])
    return _expose(rng, canvas), joints, visible


def _frame(rng: np.random.Generator, body: Body, size: int) -> Camera:
    """The person's longer side takes 65 to 95 % of the picture, anywhere that leaves them whole."""
    points = np.stack([*body.points.values()])[:, :2] * [1, -1]
    low, high = points.min(0) - 0.03, points.max(0) + 0.03
    scale = size * rng.uniform(0.65, 0.95) / (high - low).max()
    slack = size - scale * (high - low)
    return Camera(scale, slack * rng.uniform(0.1, 0.9, 2) - scale * low)


def _expose(rng: np.random.Generator, canvas: NDArray[np.float32]) -> Image:
    """Uneven light, contrast, a little blur at times, and sensor noise."""
    size = len(canvas)
    canvas *= 1 + 0.06 * clouds(rng, size, 12) + 0.04 * clouds(rng, size, size // 2)
    if rng.random() < 0.3:
        canvas[:] = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 0.9) * size / 128)
    contrast, brightness, noise = rng.uniform(0.7, 1.1), rng.normal(0, 12), rng.uniform(1, 6)
    grain = rng.standard_normal(canvas.shape, dtype=np.float32) * np.float32(noise)
    canvas = (canvas - 128) * np.float32(contrast) + np.float32(128 + brightness) + grain
    return np.clip(canvas, 0, 255).astype(np.uint8)


def write(folder: Path, count: int, seed: int = 0, size: int = 128) -> None:
    """Writes people in the layout of Leeds Sports Pose: `joints.mat` (3, 14, N) and `images/im0001.jpg` on.

    As there, the third row is 1 where a joint is hidden, and coordinates count the first pixel's centre as 1.

    Raises:
        DataError: scipy is not installed.
    """
    try:
        from scipy.io import savemat
    except ImportError as error:
        raise DataError("writing joints.mat needs scipy: pip install 'deeppose[data]'") from error
    crowd = people(count, seed, size)
    files.make(folder / "images")
    for number, image in enumerate(crowd.images, start=1):
        path = folder / "images" / f"im{number:04d}.jpg"
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        files.write(path, cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
    rows = np.concatenate([crowd.joints + 0.5, ~crowd.visible[..., None]], axis=2)
    content = {"joints": rows.transpose(2, 1, 0).astype(np.float64)}
    files.write(folder / "joints.mat", lambda file: savemat(file, content))
