"""The examples run, from any folder, and print what they promise."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from deeppose.inference.shipped import SHIPPED

FOLDER = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))

pytestmark = pytest.mark.skipif(not SHIPPED.exists(), reason=f"no weights at {SHIPPED}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_runs(name, tmp_path, monkeypatch, capsys) -> None:
    if name == "other_tracker.py":
        pytest.importorskip("trackers", reason="roboflow's trackers is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(FOLDER / name), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_the_list_names_every_example() -> None:
    listed = (FOLDER / "README.md").read_text()
    assert all(f"({name})" in listed for name in SCRIPTS)
