"""Fixtures shared by all tests."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of data sets named by DEEPPOSE_DATA: lsp/, lspet/, parse/, buffy/ in their official layouts."""
    root = os.environ.get("DEEPPOSE_DATA")
    if not root:
        pytest.skip("DEEPPOSE_DATA is unset: the real data sets are not at hand")
    if not Path(root).is_dir():
        pytest.skip(f"DEEPPOSE_DATA={root} is not a folder: the real data sets are not at hand")
    return Path(root)


@pytest.fixture(scope="session")
def golden_root(data_root: Path) -> Path:
    """The folder of published annotations and predictions, beside the data sets."""
    folder = data_root.parent / "golden"
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist: the golden values are not at hand")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page, sent by a plain static host."""
    from browsing import CHROMIUM, Quiet
    from deeppose.serving import folder, runtime

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


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Any]:
    """Chromium; `site` skips where it is missing."""
    from playwright.sync_api import sync_playwright

    from browsing import ARGUMENTS, CHROMIUM

    assert site
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(site: str, browser: Any) -> Iterator[Any]:
    """The page opened in Chromium; nothing may have gone wrong in it at the end."""
    from browsing import opened

    page = opened(browser, site)
    yield page
    assert page.errors == []
