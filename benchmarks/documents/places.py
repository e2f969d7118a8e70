"""Places in a document that hold numbers: rows of tables and phrases of prose, found by the words around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?"


@dataclass(frozen=True)
class Row:
    """The row of the first table after `anchor` whose leading cells are `labels`; a blank cell repeats the one above.

    Attributes:
        values: the cells after the labels; further cells are words of their own. None leaves a cell as it is.
    """

    document: str
    anchor: str
    labels: tuple[str, ...]
    values: tuple[str | None, ...]

    def __str__(self) -> str:
        return f"{self.document}, after {self.anchor!r}, row {' | '.join(self.labels)}"

    def written(self, text: str) -> str:
        """The document with these values in their cells.

        Raises:
            LookupError: no such row.
        """
        lines = text.split("\n")
        n = self._line(lines)
        cells = lines[n].split("|")
        for i, value in enumerate(self.values, start=1 + len(self.labels)):
            if value is not None:
                mark = "**" if "**" in cells[i] else ""
                cells[i] = f" {mark}{value}{mark} "
        lines[n] = "|".join(cells)
        return "\n".join(lines)

    def _line(self, lines: list[str]) -> int:
        start = next((n for n, line in enumerate(lines) if self.anchor in line), len(lines))
        above = [""] * len(self.labels)
        inside = False
        for n in range(start, len(lines)):
            if not lines[n].lstrip().startswith("|"):
                if inside:
                    break
                continue
            inside = True
            cells = [cell.strip().strip("*") for cell in lines[n].split("|")[1:]]
            above = [cell or old for cell, old in zip(cells, above, strict=False)]
            if tuple(above) == self.labels:
                return n
        raise LookupError(f"{self}: not there")


@dataclass(frozen=True)
class Phrase:
    """Words of a document with a number at each `{}`; words may be parted by a line's end.

    Attributes:
        values: one for each `{}`.
    """

    document: str
    words: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}: {self.words!r}"

    def written(self, text: str) -> str:
        """The document with these values in the phrase.

        Raises:
            LookupError: the phrase does not stand there exactly once.
        """
        parts = [r"\s+".join(map(re.escape, part.split(" "))) for part in self.words.split("{}")]
        pattern = re.compile("".join(f"({part})({NUMBER})" for part in parts[:-1]) + f"({parts[-1]})")
        found = list(pattern.finditer(text))
        if len(found) != 1:
            raise LookupError(f"{self}: stands there {len(found)} times")
        around = found[0].groups()[::2]
        new = "".join(a + b for a, b in zip(around[:-1], self.values, strict=True)) + around[-1]
        return text[: found[0].start()] + new + text[found[0].end() :]


Place = Row | Phrase
