"""The page in real Chromium: its answers against Python's, what it asks the network for, and what it says.

Skips, saying so, without Chromium, Playwright (`pip install 'deeppose[browser]'`) or the page's runtime.
"""

from __future__ import annotations

import base64
import csv
import functools
import http.server
import io
import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from onnx import TensorProto
from PIL import Image

import deeppose
from deeppose.data.canvas import cut
from deeppose.data.images import read_image
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.finders.letterbox import letterbox
from deeppose.inference.frames import Frame
from deeppose.serving import folder, runtime
from deeppose.stream.records import records_of
from test_finders_file import write

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]  # fmt: skip
PATIENCE = 90.0
"""Seconds; one thread of WebAssembly on a busy machine."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page, sent by a plain static host."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    pytest.importorskip("playwright", reason="playwright is not installed: pip install 'deeppose[browser]'")
    if runtime.missing():
        pytest.skip("the page's runtime is not there: deeppose page --fetch")
    out = tmp_path_factory.mktemp("page")
    folder.build(out, ["lsp-compact"], threads=1)
    handler = functools.partial(Quiet, directory=str(out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Any]:  # `site` says what is missing
    from playwright.sync_api import sync_playwright

    assert site
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(site: str, browser: Any) -> Iterator[Any]:
    page = opened(browser, site)
    yield page
    assert page.errors == []


def opened(browser: Any, address: str) -> Any:
    page = browser.new_page(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    page.asked, page.errors = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    until(page, "!!document.body.dataset.provider")
    return page


def until(page: Any, condition: str) -> None:
    """The page's policy forbids `eval`, which Playwright's own waiting needs."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"{condition}: {page.inner_text('#status')}"
        time.sleep(0.05)


def give(page: Any, *files: Path) -> Any:
    """Hand over files; the last item that came of them, as the page keeps it."""
    before = page.evaluate("deeppose.items.length")
    page.set_input_files("#files", [str(f) for f in files])
    until(
        page, f"deeppose.items.length >= {before + len(files)} || !document.getElementById('failure').hidden"
    )
    return page.evaluate(
        "(() => { const { name, frames } = deeppose.items.at(-1);"
        "return { name, frames: frames.map(({ index, time, poses }) => ({ index, time, poses })) }; })()"
    )


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


def test_a_picture_dropped_on_the_page_is_taken(page: Any) -> None:
    before = page.evaluate("deeppose.items.length")
    page.evaluate(
        """async () => {
            const blob = await (await fetch(deeppose.site.examples[0])).blob();
            const data = new DataTransfer();
            data.items.add(new File([blob], "dropped.jpg", { type: "image/jpeg" }));
            document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }"""
    )
    until(page, f"deeppose.items.length > {before}")
    assert page.evaluate("deeppose.items.at(-1).name") == "dropped.jpg"


def test_a_picture_pasted_is_taken(page: Any) -> None:
    before = page.evaluate("deeppose.items.length")
    page.evaluate(
        """async () => {
            const blob = await (await fetch(deeppose.site.examples[0])).blob();
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([blob], "pasted.jpg", { type: "image/jpeg" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }"""
    )
    until(page, f"deeppose.items.length > {before}")
    assert page.evaluate("deeppose.items.at(-1).name") == "pasted.jpg"


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


def test_what_is_saved(page: Any) -> None:
    give(page, folder.EXAMPLES[0])
    with page.expect_download() as saved:
        page.click("#save-json")
    (record,) = json.loads(Path(saved.value.path()).read_text())
    assert (record["schema"], record["file"], record["people"]) == (1, folder.EXAMPLES[0].name, 1)
    picture = read_image(folder.EXAMPLES[0])
    poses = deeppose.load(threads=1).predict(picture, deeppose.PersonFinder(threads=1)(picture))
    frame = Frame(folder.EXAMPLES[0].name, 0, None, picture)
    (expected,) = records_of(frame, poses, deeppose.load(threads=1).identity, stages=True)
    assert expected.keys() == record.keys()
    assert record["model"] == expected["model"]
    assert record["score"] == pytest.approx(expected["score"], abs=0.01)
    assert len(record["stages"]) == 3
    with page.expect_download() as saved:
        page.click("#save-csv")
    (row,) = csv.DictReader(io.StringIO(Path(saved.value.path()).read_text()))
    for joint, place in record["joints"].items():
        assert float(row[f"{joint}_x"]) == place["x"]
    with page.expect_download() as saved:
        page.click("#save-png")
    with Image.open(saved.value.path()) as drawing:
        assert drawing.format == "PNG"
    assert saved.value.suggested_filename == f"{folder.EXAMPLES[0].stem}-pose.png"


def test_what_is_no_picture_is_named_and_the_page_goes_on(page: Any, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear Sir")
    give(page, tmp_path / "letter.jpg")
    assert "letter.jpg: not a picture this browser can read" in page.inner_text("#failure")
    give(page, folder.EXAMPLES[0])
    assert page.evaluate("document.getElementById('failure').hidden")


def test_another_person_by_a_box_in_numbers(page: Any) -> None:
    give(page, folder.EXAMPLES[0])
    page.evaluate("document.getElementById('box-form').closest('details').open = true")
    for name, value in {"x": 10, "y": 20, "w": 200, "h": 220}.items():
        page.fill(f"#box-form [name={name}]", str(value))
    page.click("#box-form button")
    until(page, "deeppose.items.at(-1).frames[0].poses.length === 2")
    expected = deeppose.load(threads=1).predict(read_image(folder.EXAMPLES[0]), [110, 130, 200, 220])
    found = page.evaluate("deeppose.items.at(-1).frames[0].poses[1].stages[2]")
    np.testing.assert_allclose(found, expected.joints[0], atol=0.5)


def test_stages_can_be_looked_at_one_by_one_with_the_keyboard(page: Any) -> None:
    give(page, folder.EXAMPLES[0])
    steps = page.locator("#steps button")
    assert steps.all_inner_texts() == [
        "Box", "Stage 1", "Joint boxes", "Arrows", "Stage 2", "Joint boxes", "Arrows", "Stage 3", "Final pose",
    ]  # fmt: skip
    steps.nth(3).focus()
    page.keyboard.press("Enter")
    assert steps.nth(3).get_attribute("aria-current") == "step"
    assert page.locator("#glimpses figure").count() == 14


def test_a_video_frame_by_frame(page: Any, tmp_path: Path) -> None:
    picture = cv2.resize(read_image(folder.EXAMPLES[1]), (320, 320))
    path = tmp_path / "clip.webm"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), 10, (320, 320))
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no VP8")
    for _ in range(3):
        writer.write(picture[..., ::-1])
    writer.release()
    item = give(page, path)
    assert [frame["index"] for frame in item["frames"]] == [0, 1, 2]
    np.testing.assert_allclose([frame["time"] for frame in item["frames"]], [0, 0.1, 0.2], atol=0.02)


def test_the_camera_runs_stage_1_alone(page: Any) -> None:
    page.click("#camera")
    until(page, "document.getElementById('rate').textContent !== ''")
    assert any(url.endswith("stage1.onnx") for url in page.asked)
    assert "stage 1 alone" in page.inner_text("#status")
    page.click("#camera")
    until(page, "document.getElementById('live').hidden")


def test_a_phones_width_is_enough_and_everything_has_a_name(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter("
        "(e) => !(e.textContent.trim() || e.labels?.length || e.ariaLabel)).map((e) => e.outerHTML)"
    )
    assert nameless == []
    page.set_viewport_size({"width": 1200, "height": 900})


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page from a server of ours, with its API beside it."""
    uvicorn = pytest.importorskip("uvicorn", reason="the extra 'serve' is not installed")
    from deeppose.serving.app import create
    from deeppose.serving.settings import Settings

    out = tmp_path_factory.mktemp("ours")
    folder.build(out, ["lsp-compact"], server="v1", threads=1)
    app = create(Settings(("lsp-compact",), threads=1, page=str(out)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


def test_our_server_gives_the_page_threads_and_answers_where_the_browser_cannot(
    browser: Any, ours: str
) -> None:
    page = opened(browser, ours)
    assert page.evaluate("crossOriginIsolated")
    cores = page.evaluate("navigator.hardwareConcurrency")
    said = page.evaluate("document.getElementById('machine').textContent")
    assert ("threads" in said) == (cores > 1)
    here = give(page, folder.EXAMPLES[0])["frames"][0]["poses"][0]
    page.evaluate(
        "delete document.body.dataset.provider; document.querySelector('.settings details').open = true"
    )
    page.select_option("#backend", "server")
    until(page, "document.body.dataset.provider === 'server'")
    there = give(page, folder.EXAMPLES[0])["frames"][0]["poses"][0]
    assert any(url.startswith(f"{ours}v1/poses?") for url in page.asked)
    np.testing.assert_allclose(there["stages"], here["stages"], atol=0.5)
    np.testing.assert_allclose(there["box"], here["box"], atol=0.5)
    assert page.errors == []


def test_nothing_leaves_the_machine(page: Any, site: str) -> None:
    """Last of all: every request so far went to the page's own host, and the policy refuses any other."""
    assert len(page.asked) > 10
    assert [url for url in page.asked if not url.startswith((site, "blob:", "data:"))] == []
    assert page.evaluate("fetch('http://127.0.0.2:9/').then(() => 'sent', (e) => 'refused')") == "refused"
