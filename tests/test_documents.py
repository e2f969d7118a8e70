"""Every table of numbers in README, docs and cards is made from a kept result."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
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


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_files_that_documents_name_are_there(path: Path) -> None:
    named = re.findall(
        r"\b(?:benchmarks|tools|examples|src/deeppose|tests|docs)/[\w./-]*\w", path.read_text()
    )
    assert not [name for name in named if not (tables.ROOT / name).exists()]


def scripts() -> list[Path]:
    return sorted(
        path
        for folder in ("benchmarks", "tools", "examples")
        for path in (tables.ROOT / folder).rglob("*.py")
    )


def named_in(source: str) -> Iterator[str]:
    """What a module's own lines name: functions, classes, constants, imports."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        yield from (
            name.id
            for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        )


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.stem)
def test_scripts_import_what_the_package_has(path: Path) -> None:
    """No test runs them: whoever moves a function is told here."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("deeppose."):
            place = tables.ROOT / "src" / (node.module or "").replace(".", "/")
            file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            has = {*named_in(file.read_text()), *(inner.stem for inner in place.glob("*"))}
            assert {alias.name for alias in node.names} <= has, node.module
