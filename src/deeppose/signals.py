"""Ctrl-C and SIGTERM, heard for a while instead of ending the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

Handler = Callable[[int, FrameType | None], Any] | int | None
"""What `signal.signal` takes and gives back."""


class Listener:
    """While it is entered `told` hears of both signals; in the main thread alone, which is where signals come.

    Args:
        told: called with the signal's number.
    """

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, lambda came, _frame: self._told(came))
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Signals do again what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
