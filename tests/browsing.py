"""A page in Chromium: how tests open it, wait for it, and hand it files."""

from __future__ import annotations

import http.server
import shutil
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]  # fmt: skip
PATIENCE = 90.0
"""Seconds; one thread of WebAssembly on a busy machine."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


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
