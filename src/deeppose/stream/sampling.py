"""Which frames of a video are looked at: a part of them, or those there is time for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from deeppose.errors import ConfigError

T = TypeVar("T")

_EARLY = 1e-6


@dataclass(frozen=True)
class Span:
    """A part of a video, and how densely it is read.

    Attributes:
        start, end: seconds; None for the video's own end.
        every: every so many frames.
        fps: at most so many frames a second: the first frame at or after each tick. None for all.

    Raises:
        ConfigError: a value that means nothing.
    """

    start: float = 0.0
    end: float | None = None
    every: int = 1
    fps: float | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ConfigError(f"--every {self.every}: give 1 or more")
        if self.fps is not None and not 0 < self.fps < float("inf"):
            raise ConfigError(f"--fps {self.fps:g}: give frames a second, above 0")
        if self.end is not None and self.end < self.start:
            raise ConfigError(f"--end {self.end:g} lies before --start {self.start:g}")

    def chosen(self, frames: Iterable[tuple[int, float, T]]) -> Iterator[tuple[int, float, T]]:
        """Of frames (number, seconds, anything), in order of time, those that are looked at."""
        first: int | None = None
        tick = self.start
        for number, at, frame in frames:
            if self.end is not None and at > self.end + _EARLY:
                return
            if at < self.start - _EARLY:
                continue
            first = number if first is None else first
            if (number - first) % self.every or (self.fps and at < tick - _EARLY):
                continue
            while self.fps and tick <= at + _EARLY:
                tick += 1 / self.fps
            yield number, at, frame


@dataclass(frozen=True)
class Budget:
    """Time to spend on each frame that comes, on average: after one that took longer, others are left out.

    Attributes:
        seconds: a frame; 1/30 keeps up with a camera of 30 frames a second.
        clock: gives seconds.

    Raises:
        ConfigError: seconds that are no time.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise ConfigError(f"--budget-ms {1000 * self.seconds:g}: give milliseconds, above 0")

    def chosen(self, frames: Iterable[T]) -> Iterator[T]:
        """Of frames those there is time for; how long one takes is how long the next is not asked for."""
        owed = 0.0
        for frame in frames:
            if owed < self.seconds:
                began = self.clock()
                yield frame
                owed += self.clock() - began
            owed = max(0.0, owed - self.seconds)


def seconds(text: str) -> float:
    """Seconds of "12.5", "1:05" or "1:02:03.5".

    Raises:
        ConfigError: it is none of these.

    >>> seconds("1:02:03.5")
    3723.5
    """
    parts = text.split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if not 1 <= len(values) <= 3 or any(not 0 <= value < float("inf") for value in values):
        raise ConfigError(f"time {text!r}: give seconds, m:ss or h:mm:ss")
    total = 0.0
    for value in values:
        total = 60 * total + value
    return total
