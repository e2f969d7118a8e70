"""The page in real Chromium: its answers against Python's, what it asks the network for, and what it says.

Skips, saying so, without Chromium, Playwright (`pip install 'deeppose[browser]'`) or the page's runtime.
"""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import deeppose
from browsing import give, opened, until
from deeppose.data.images import read_image
from deeppose.inference.frames import Frame
from deeppose.serving import folder
from deeppose.stream.records import records_of


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
