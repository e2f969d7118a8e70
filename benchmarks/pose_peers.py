"""Other people's pose networks, from a picture and one person's box: PP-TinyPose 256 x 192 and MoveNet Thunder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from deeppose.inference import devices
from deeppose.types import Floats, Pixels

Network = Callable[[Pixels, Floats], Floats]
"""A picture and a box (4,) cx, cy, w, h that ends where a person does to COCO's joints (17, 3) x, y, score."""

GROWN = 1.25
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def network(path: Path) -> Network:
    """The network of a file, on one thread, told apart by its input: TinyPose takes floats, MoveNet whole numbers."""
    session = devices.session(path, 1, devices.PROVIDERS["cpu"])
    return _movenet(session) if "int32" in session.get_inputs()[0].type else _tinypose(session)


def _cut(picture: Pixels, box: Floats, width: int, height: int) -> tuple[Pixels, Floats]:
    """The box, grown and widened to the input's shape, black outside the picture, and the affine map back."""
    scale = GROWN * max(box[2] / width, box[3] / height)
    back = np.array([[scale, 0, box[0] - scale * width / 2], [0, scale, box[1] - scale * height / 2]])
    # OpenCV maps indices of pixels, we their corners: half a pixel apart in both.
    shifted = back.copy()
    shifted[:, 2] += scale / 2 - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, shifted, (width, height), flags=flags), np.uint8), back


def _mapped(points: Floats, scores: Floats, back: Floats) -> Floats:
    return np.concatenate([points @ back[:, :2].T + back[:, 2], scores[:, None]], axis=1)


def _movenet(session: onnxruntime.InferenceSession) -> Network:
    name, side = session.get_inputs()[0].name, session.get_inputs()[0].shape[1]

    def run(picture: Pixels, box: Floats) -> Floats:
        seen, back = _cut(picture, box, side, side)
        (found,) = session.run(None, {name: seen[None].astype(np.int32)})
        y, x, score = found.reshape(17, 3).T.astype(np.float64)
        return _mapped(np.stack([x, y], 1) * side, score, back)

    return run


def _tinypose(session: onnxruntime.InferenceSession) -> Network:
    image = session.get_inputs()[0]
    height, width = image.shape[2:]

    def run(picture: Pixels, box: Floats) -> Floats:
        seen, back = _cut(picture, box, width, height)
        levels = ((seen / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(np.float32)
        (heat,) = session.run(None, {image.name: levels})
        points, scores = dark(heat[0].astype(np.float64))
        return _mapped((points + 0.5) * width / heat.shape[3], scores, back)

    return run


def dark(heat: Floats) -> tuple[Floats, Floats]:
    """Peaks (K, 2) x, y in cells and their heights (K,) of heatmaps (K, H, W), by Zhang et al., CVPR 2020 ("DARK").

    The logarithm of a smoothed map is a parabola about its peak, whose top Newton's step finds.
    """
    points, scores = np.zeros((len(heat), 2)), heat.max((1, 2))
    for k, one in enumerate(heat):
        y, x = np.unravel_index(one.argmax(), one.shape)
        points[k] = x, y
        if 1 < x < one.shape[1] - 2 and 1 < y < one.shape[0] - 2:
            smooth = np.log(np.maximum(cv2.GaussianBlur(one, (3, 3), 0), 1e-10))
            points[k] += _step(smooth[y - 2 : y + 3, x - 2 : x + 3])
    return points, scores


def _step(near: Floats) -> Floats:
    """Newton's step from the middle of (5, 5) values to their extremum; none where they have none."""
    gradient = np.array([near[2, 3] - near[2, 1], near[3, 2] - near[1, 2]]) / 2
    xx = (near[2, 4] - 2 * near[2, 2] + near[2, 0]) / 4
    yy = (near[4, 2] - 2 * near[2, 2] + near[0, 2]) / 4
    xy = (near[3, 3] - near[1, 3] - near[3, 1] + near[1, 1]) / 4
    curve = np.array([[xx, xy], [xy, yy]])
    if abs(np.linalg.det(curve)) < 1e-12:
        return np.zeros(2)
    return np.asarray(-np.linalg.solve(curve, gradient))
