"""Every number that README, docs and cards take from a kept result is that result's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "documents"))

from claims import claims, differing
from places import Phrase, Row

TABLE = """# Scores

On this set:

| set | box | a | b |
|---|---|---|---|
| LSP | full | 0.1 | 1 |
| | found | **0.2** | 2 |
| FLIC | found | 0.3 | 3 |

Later:

| set | box | a |
|---|---|---|
| LSP | found | 0.9 |
"""


def test_documents_say_what_was_measured() -> None:
    lines = [
        f"{document}: {old!r} where the results say {new!r}"
        for document, (text, true) in differing().items()
        for old, new in zip(text.split("\n"), true.split("\n"), strict=True)
        if old != new
    ]
    assert not lines, "\n".join(lines) + "\nPut right by: python benchmarks/documents/run.py --write"


def test_readme_docs_and_cards_are_looked_at() -> None:
    looked_at = {place.document for place in claims()}
    assert {"README.md", "docs/protocols.md", "docs/robustness.md"} < looked_at
    assert {
        f"src/deeppose/weights/{name}.md" for name in ("lsp-compact", "flic-compact", "person-box")
    } < looked_at


def test_a_row_is_found_by_its_labels_with_blank_ones_filled_in() -> None:
    row = Row("x.md", "On this set", ("LSP", "found"), ("0.25", None))
    assert row.written(TABLE) == TABLE.replace("**0.2** | 2", "**0.25** | 2")
    assert Row("x.md", "Later", ("LSP", "found"), ("0.8",)).written(TABLE) == TABLE.replace("0.9", "0.8")


@pytest.mark.parametrize("labels", [("LSP", "face"), ("FLIC", "full"), ("set", "a")])
def test_a_row_that_is_not_in_the_first_table_is_missed(labels: tuple[str, str]) -> None:
    with pytest.raises(LookupError, match=r"x\.md, after 'On this set'"):
        Row("x.md", "On this set", labels, ("1",)).written(TABLE)


def test_a_phrase_keeps_its_words_and_line_ends() -> None:
    text = "It scores 0.5 (0.4 to\n0.6), and 1,000 people saw it."
    new = Phrase("x.md", "scores {} ({} to {}), and {} people", ("0.7", "0.6", "0.8", "2,000")).written(text)
    assert new == "It scores 0.7 (0.6 to\n0.8), and 2,000 people saw it."
    with pytest.raises(LookupError, match="stands there 0 times"):
        Phrase("x.md", "scored {}", ("1",)).written(text)
    with pytest.raises(LookupError, match="stands there 2 times"):
        Phrase("x.md", "scores {}", ("1",)).written(text + " He scores 3.")
