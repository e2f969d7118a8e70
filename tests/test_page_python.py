"""The page in Chromium answers as Python does: canvases, joints, and whom a detector finds."""

from __future__ import annotations

import base64
import functools
import http.server
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from onnx import TensorProto
from PIL import Image

import deeppose
from browsing import Quiet, give, opened
from deeppose.data.canvas import cut
from deeppose.data.images import read_image
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.finders.letterbox import letterbox
from deeppose.serving import folder
from test_finders_file import write


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph's size, a person who fills a part of it, lying on its side as its EXIF says."""
    person = read_image(folder.EXAMPLES[1])
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(60, 200, (1300, 1700, 3), np.uint8), (0, 0), 12)
    figure = cv2.resize(person, None, fx=1.83, fy=1.83, interpolation=cv2.INTER_CUBIC)
    picture[211 : 211 + figure.shape[0], 318 : 318 + figure.shape[1]] = figure
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned a quarter clockwise
    Image.fromarray(np.rot90(picture)).save(path, quality=95, exif=exif)
    return path


@pytest.mark.parametrize("which", ["small", "large"])
def test_joints_equal_pythons(page: Any, which: str, large: Path) -> None:
    path = {"small": folder.EXAMPLES[0], "large": large}[which]
    picture = read_image(path)
    poses = deeppose.load(threads=1).predict(picture, deeppose.PersonFinder(threads=1)(picture))
    (pose,) = give(page, path)["frames"][0]["poses"]
    np.testing.assert_allclose(pose["box"], poses.boxes[0], atol=0.5)
    np.testing.assert_allclose(pose["stages"], poses.stages[0], atol=0.5)
    np.testing.assert_allclose(pose["scores"], poses.stage_scores[0], atol=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_the_canvas_is_pythons(page: Any, seed: int) -> None:
    """Native, reduced, beside the picture, half outside: hardly a value differs, and none by more than one."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(150, 700, 2)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 1.5)
    region = rng.uniform(0, 1, 4) * [width, height, 1.6 * width, 1.6 * height] + [0, 0, 40, 40]
    expected = cut(picture, region)
    found = page.evaluate(
        """async ({ text, width, height, region }) => {
            const { cut } = await import("./canvas.js");
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            const rows = (x, y, w, h) => Uint8ClampedArray.from({ length: w * h * 4 }, (_, i) => {
                const pixel = i >> 2;
                return bytes[((y + Math.floor(pixel / w)) * width + x + (pixel % w)) * 3 + (i & 3)];
            });
            const { pixels, origin, scale } = cut({ width, height, rows }, region, 256);
            return { origin, scale, pixels: [...pixels] };
        }""",
        {
            "text": base64.b64encode(picture.tobytes()).decode(), "width": int(width), "height": int(height),
            "region": region.tolist(),
        },
    )  # fmt: skip
    assert (found["origin"], found["scale"]) == (expected.origin.tolist(), expected.scale)
    off = np.abs(np.array(found["pixels"]) - expected.pixels.ravel())
    assert off.max() <= 1
    assert (off > 0).sum() <= 20


@pytest.mark.parametrize("side", [96, 500])
def test_a_detector_sees_what_python_shows_it(page: Any, side: int) -> None:
    """Reduced exactly but for a value or two; enlarged to within OpenCV's fixed-point rounding."""
    rng = np.random.default_rng(side)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (230, 310, 3), np.uint8), (0, 0), 1.5)
    expected = letterbox(picture, side)
    found = page.evaluate(
        """async ({ text, zoom }) => {
            const { resized } = await import("./canvas.js");
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            const rows = (x, y, w, h) => Uint8ClampedArray.from({ length: w * h * 4 }, (_, i) => {
                const pixel = i >> 2;
                return bytes[((y + Math.floor(pixel / w)) * 310 + x + (pixel % w)) * 3 + (i & 3)];
            });
            const { width, height, rgb } = resized({ width: 310, height: 230, rows }, zoom);
            return { width, height, rgb: [...rgb] };
        }""",
        {"text": base64.b64encode(picture.tobytes()).decode(), "zoom": side / 310},
    )
    small = np.array(found["rgb"]).reshape(found["height"], found["width"], 3)
    off = np.abs(small - expected.pixels[: found["height"], : found["width"]])
    assert off.max() <= 1
    assert (off > 0).mean() <= (1e-3 if side < 310 else 0.2)


def test_a_detectors_people_are_pythons(browser: Any, tmp_path: Path) -> None:
    corners = [
        [9, 30, 90, 150],
        [12, 31, 92, 149],
        [70, 5, 150, 158],
        [-20, 60, 40, 170],
        [0, 0, 9, 9],
        [50, 50, 20, 90],
    ]
    parts = {
        "boxes": np.array(corners, np.float32), "scores": np.array([0.9, 0.7, 0.95, 0.4, 0.02, 0.9], np.float32),
        "classes": np.array([1, 1, 1, 1, 1, 1], np.int64),
    }  # fmt: skip
    said = {"side": 160, "person": 1, "margin": [0.1, 0.05, 0.07]}
    path = write(tmp_path / "d.onnx", (TensorProto.UINT8, [1, "height", "width", 3]), parts, said)
    expected = DetectorFile(path, threads=1)(read_image(folder.EXAMPLES[0]))
    assert len(expected) == 3
    folder.build(tmp_path / "page", ["lsp-compact"], threads=1, detector=path)
    handler = functools.partial(Quiet, directory=str(tmp_path / "page"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = opened(browser, f"http://127.0.0.1:{server.server_port}/")
        poses = give(page, folder.EXAMPLES[0])["frames"][0]["poses"]
        page.close()
        server.shutdown()
    np.testing.assert_allclose([pose["box"] for pose in poses], expected.boxes, atol=1e-3)
    np.testing.assert_allclose([pose["boxScore"] for pose in poses], expected.scores, atol=1e-6)
