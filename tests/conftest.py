"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

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
