"""How far a run is: a bar on a terminal, a plain line every few seconds elsewhere, on standard error."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

PAUSE = 10.0
"""Seconds between plain lines."""


class Progress:
    """Counts frames.

    Args:
        total: about how many will come, None where nobody knows.
        quiet: say nothing.
    """

    def __init__(self, total: int | None, quiet: bool = False) -> None:
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total, unit=" frames", disable=quiet or not terminal or total == 1, leave=False
        )
        self._plain = not quiet and not terminal
        self._total, self._done = total, 0
        self._began = self._said = time.monotonic()

    def step(self) -> None:
        """One frame more."""
        self._bar.update()
        self._done += 1
        now = time.monotonic()
        if self._plain and now - self._said >= PAUSE:
            self._said = now
            rate = self._done / (now - self._began)
            left = f" of about {self._total}" if self._total else ""
            print(f"deeppose: {self._done}{left} frames, {rate:.1f} a second", file=sys.stderr)

    def tell(self, message: str) -> None:
        """A line between."""
        tqdm.write(message, file=sys.stderr)

    def close(self) -> None:
        """The bar goes."""
        self._bar.close()
