"""The page in Chromium: what a first visit loads, and milliseconds a picture by backend and threads."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

PICTURES = 6
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def measured(address: str, chromium: str, threads: tuple[int, ...]) -> dict[str, Any]:
    """Of the page at an address, each number of threads in a fresh browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        rows = [_one(tool, address, chromium, n) for n in threads]
    return {"wasm": rows}


def _one(tool: Any, address: str, chromium: str, threads: int) -> dict[str, Any]:
    browser = tool.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    page = browser.new_page(reduced_motion="reduce")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", 0))))
    page.add_init_script(
        f"Object.defineProperty(navigator, 'hardwareConcurrency', {{ get: () => {threads} }})"
    )
    began = time.perf_counter()
    page.goto(address)
    _until(page, "!!document.body.dataset.provider")
    first = time.perf_counter() - began
    spent = [_picture(page) for _ in range(PICTURES)][1:]
    said = page.evaluate("document.getElementById('machine').textContent")
    browser.close()
    return {
        "said": said, "first_load_s": round(first, 2), "first_load_mb": round(sum(sizes) / 1e6, 1),
        "find_ms": round(statistics.median(s["find"] for s in spent)),
        "pose_ms": round(statistics.median(s["pose"] for s in spent)),
    }  # fmt: skip


def _picture(page: Any) -> Any:
    before = page.evaluate("deeppose.items.length")
    page.click("#example")
    _until(page, f"deeppose.items.length > {before}")
    return json.loads(page.evaluate("document.body.dataset.ms"))


def _until(page: Any, condition: str) -> None:
    while not page.evaluate(condition):
        time.sleep(0.02)
