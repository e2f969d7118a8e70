"""What is known of the labels themselves."""

from __future__ import annotations

from collections.abc import Iterator

from kept import DATASETS, result, three
from places import Place, Row


def twins() -> Iterator[Place]:
    """docs/datasets.md: two labels of one photograph."""
    for name, told in result("twins").items():
        row = (str(len(told["pairs"])), str(told["joints"]),
               *three(told["median"], told["within 0.1"], told["within 0.2"]))  # fmt: skip
        label = {"lsp": "LSP", "lspet": "LSPet"}[name.split()[0]]
        yield Row(DATASETS, "## One photograph twice", (label,), row)
