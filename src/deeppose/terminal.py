"""What a command prints: foreign text (file names, joint names, what files say) never steers the terminal."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from typing import IO, Any, cast

from deeppose.files import printable

OURS = re.compile(r"[\n\r\t]|\x1b\[[ABKm0-9]*[ABKm]")
"""Control characters that we and the progress bars print: line ends, and moving the cursor a line up or down."""


class Screen:
    """A text stream that spells out control characters; everything else is the stream's own."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text, made printable."""
        self._stream.write(_spelt(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def screens() -> Iterator[None]:
    """Standard error, and standard output where it is a terminal, as screens: what is piped is data and stays as it is.

    Where there is no standard error at all, as under a window system, nothing is printed instead of failing.
    """
    with contextlib.ExitStack() as stack:
        if sys.stderr is None:
            stack.enter_context(contextlib.redirect_stderr(stack.enter_context(open(os.devnull, "w"))))
        # A screen is no `IO[str]` by its class: what it has not of its own it takes from the stream.
        stack.enter_context(contextlib.redirect_stderr(cast(IO[str], Screen(sys.stderr))))
        if sys.stdout is not None and sys.stdout.isatty():
            stack.enter_context(contextlib.redirect_stdout(cast(IO[str], Screen(sys.stdout))))
        yield


def _spelt(text: str) -> str:
    if text.isprintable():
        return text
    kept = OURS.findall(text)
    parts = OURS.split(text)
    return "".join(printable(part) + mark for part, mark in zip(parts, [*kept, ""], strict=True))
