"""Face detectors: a picture in, face boxes out.

LBP (Viola-Jones cascade on local binary patterns) comes inside scikit-image, so it works offline with nothing to
fetch; OpenCV 5's wheels carry no cascades any more. YuNet (Wu et al., 2023) is far better and needs its model file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from deeppose.data import guarded
from deeppose.errors import ConfigError, ModelError
from deeppose.rectangles import from_corner_and_size
from deeppose.show.overlay import resized
from deeppose.types import Floats, Pixels

SIDE = 480
"""The longer side in pixels at which faces are searched: LSP's, 15 px wide in pictures of 150, are then 40 px."""

SMALLEST, LARGEST = 24, 240
"""Widths in pixels, at `SIDE`, of the faces searched by LBP, whose window is 24."""

SURE = 0.6
"""The least score of a YuNet face."""


class Faces(Protocol):
    """A face detector: its name, under which a fitted scaler is kept, and what it finds."""

    name: str

    def __call__(self, picture: Pixels) -> Floats:
        """(F, 4) cx, cy, w, h in pixels of an (H, W, 3) uint8 RGB picture; F may be 0."""
        ...


class LbpFaces:
    """scikit-image's frontal-face cascade on local binary patterns.

    Raises:
        ModelError: scikit-image is not installed.
    """

    name = "lbp"

    def __init__(self) -> None:
        try:
            from skimage.data import lbp_frontal_face_cascade_filename
            from skimage.feature import Cascade
        except ImportError as error:
            raise ModelError(
                "finding faces without a model file needs scikit-image: pip install 'deeppose[demo]', "
                "or name a YuNet .onnx file"
            ) from error
        self._cascade = Cascade(lbp_frontal_face_cascade_filename())

    def __call__(self, picture: Pixels) -> Floats:
        """(F, 4) cx, cy, w, h in pixels; squares, in no order."""
        small, zoom = resized(picture, SIDE)
        found: list[dict[str, Any]] = self._cascade.detect_multi_scale(
            img=small,
            scale_factor=1.2,
            step_ratio=1.3,
            min_size=(SMALLEST, SMALLEST),
            max_size=(LARGEST, LARGEST),
        )
        corners = [[f["c"], f["r"], f["width"], f["height"]] for f in found]
        return from_corner_and_size(np.array(corners, np.float64).reshape(-1, 4) / zoom)


class YunetFaces:
    """YuNet by OpenCV's FaceDetectorYN.

    Args:
        path: the model, e.g. face_detection_yunet_2023mar.onnx of the OpenCV zoo.

    Raises:
        ModelError: there is no such file, or OpenCV cannot load it.
    """

    name = "yunet"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ModelError(f"{path}: no such face model; leave it out to use scikit-image's detector")
        try:
            guarded.call(_tried, path, seconds=60.0)  # a damaged file may kill OpenCV
            self._net = _yunet(path)
        except (guarded.FailedError, cv2.error) as error:
            raise ModelError(f"{path}: not a YuNet model OpenCV can load: {error}") from error

    def __call__(self, picture: Pixels) -> Floats:
        """(F, 4) cx, cy, w, h in pixels, the surest first."""
        small, zoom = resized(picture, SIDE)
        self._net.setInputSize((small.shape[1], small.shape[0]))
        _, found = self._net.detect(np.ascontiguousarray(small[..., ::-1]))
        if found is None:
            return np.zeros((0, 4))
        found = found[np.isfinite(found).all(axis=1)]
        ranked = found[np.argsort(-found[:, 14])]
        return from_corner_and_size(ranked[:, :4].astype(np.float64) / zoom)


def _yunet(path: Path) -> Any:
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(
        cv2.utils.logging.LOG_LEVEL_ERROR
    )  # a warning of OpenCV 5 about its own engine
    try:
        return cv2.FaceDetectorYN.create(str(path), "", (SIDE, SIDE), SURE)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _tried(path: Path) -> None:
    """Load the model and look at a picture of noise, which takes the road that any picture takes."""
    cv2.setNumThreads(0)  # of the threads that the parent had, a fork has none
    noise = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    _, found = _yunet(path).detect(noise)
    if found is not None and (found.ndim != 2 or found.shape[1] != 15 or not np.isfinite(found).all()):
        raise ValueError("its answers are not YuNet's")


def face_detector(model: str | Path | None = None) -> Faces:
    """LBP, or YuNet where its model file is named.

    Raises:
        ModelError: what is missing.
        ConfigError: the file is not an .onnx file.
    """
    if model is None:
        return LbpFaces()
    if Path(model).suffix != ".onnx":
        raise ConfigError(f"{model}: a face model is a YuNet .onnx file")
    return YunetFaces(Path(model))
