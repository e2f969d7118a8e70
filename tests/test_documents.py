"""Every table of numbers in README, docs and cards is made from a kept result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import tables


def documents() -> list[Path]:
    return sorted(path for pattern in tables.DOCUMENTS for path in tables.ROOT.glob(pattern))


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_documents_say_what_was_measured(path: Path) -> None:
    text = path.read_text()
    assert tables.rendered(text) == text, "put right by: python benchmarks/tables.py --write"
    assert text.count("<!-- table ") == len(tables.MARKED.findall(text)), "a table without its end"


def test_every_table_stands_somewhere() -> None:
    found = {name for path in documents() for _, name, _ in tables.MARKED.findall(path.read_text())}
    assert found == set(tables.TABLES)


def test_a_changed_number_is_seen_and_put_right() -> None:
    path = tables.ROOT / "docs" / "datasets.md"
    text = path.read_text()
    wrong = text.replace("| LSP | 7 |", "| LSP | 8 |")
    assert wrong != text
    assert tables.rendered(wrong) == text


def test_the_source_distribution_holds_what_its_tests_read() -> None:
    told = (tables.ROOT / "MANIFEST.in").read_text().splitlines()
    for folder in ("tests", "docs", "benchmarks", "tools", "examples"):
        assert (tables.ROOT / folder).is_dir()
        assert f"graft {folder}" in told
