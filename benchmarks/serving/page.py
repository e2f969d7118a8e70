"""The page in Chromium: what a first visit loads, and milliseconds a picture with threads and without."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

PICTURES = 6
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


ISOLATION = ("cross-origin-opener-policy", "cross-origin-embedder-policy")


def measured(address: str, chromium: str) -> list[dict[str, Any]]:
    """Of the page at an address, first as a host without the headers for threads would send it, then with them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        return [_one(tool, address, chromium, isolated) for isolated in (False, True)]


def _one(tool: Any, address: str, chromium: str, isolated: bool) -> dict[str, Any]:
    browser = tool.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    page = browser.new_page(reduced_motion="reduce")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", 0))))
    if not isolated:
        page.route(address, _without_isolation)
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


def _without_isolation(route: Any) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={k: v for k, v in answer.headers.items() if k not in ISOLATION})


def _picture(page: Any) -> Any:
    before = page.evaluate("deeppose.items.length")
    page.click("#example")
    _until(page, f"deeppose.items.length > {before}")
    return json.loads(page.evaluate("document.body.dataset.ms"))


def _until(page: Any, condition: str) -> None:
    while not page.evaluate(condition):
        time.sleep(0.02)
