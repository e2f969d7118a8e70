"""The desk: work waits here in a bounded line and is done by one thread, one piece after the other.

One piece is one picture. Pictures of several requests are not run together: on a CPU that gains little (see
docs/decisions.md), and changes last bits of scores; alone, a picture gives the bytes that `deeppose predict` gives.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from deeppose.serving.problems import ProblemError

T = TypeVar("T")


class Piece:
    """A function to call, and who waits for what it returns."""

    def __init__(self, work: Callable[[], Any], waiting: asyncio.Future[Any]) -> None:
        self.work, self.waiting, self.came = work, waiting, time.perf_counter()


class Desk:
    """A line of at most `places` pieces before one thread. Belongs to one event loop."""

    def __init__(self, places: int, waited: Callable[[float], object] = lambda _: None) -> None:
        self._places, self._waited = places, waited
        self._line: deque[Piece] = deque()
        self._came = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "deeppose")
        self._typical = 0.1
        self._clerk: asyncio.Task[None] | None = None
        self.closed = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._line)

    def start(self) -> None:
        """Begin to work."""
        self._clerk = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Take nothing more, and stop once what is being done is done."""
        self.closed = True
        if self._clerk:
            self._clerk.cancel()
            with suppress(asyncio.CancelledError):
                await self._clerk
        self._thread.shutdown()

    async def do(self, work: Callable[[], T], deadline: float) -> T:
        """What `work` returns; whoever stops waiting (cancelled, or late) frees the place.

        Args:
            work: called in the thread.
            deadline: when to stop waiting, by the event loop's clock.

        Raises:
            ProblemError: 503 where the line is full, 504 after the deadline; and what `work` raises.
        """
        if self.closed:
            raise ProblemError(503, "the server is stopping", headers={"retry-after": "5"})
        if len(self._line) >= self._places:
            raise ProblemError(
                503,
                f"{self._places} requests are waiting already",
                headers={"retry-after": self.retry_after()},
            )
        loop = asyncio.get_running_loop()
        piece = Piece(work, loop.create_future())
        self._line.append(piece)
        self._came.set()
        try:
            async with asyncio.timeout_at(deadline):
                answer: T = await piece.waiting
                return answer
        except TimeoutError:
            raise ProblemError(504, "the deadline passed before the answer was there") from None
        finally:
            with suppress(ValueError):
                self._line.remove(piece)

    def retry_after(self) -> str:
        """Whole seconds in which the line will have moved."""
        return str(max(1, math.ceil(self._typical * (len(self._line) + 1))))

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not self._line:
                self._came.clear()
                await self._came.wait()
            piece = self._line.popleft()
            began = time.perf_counter()
            self._waited(began - piece.came)
            try:
                result = await loop.run_in_executor(self._thread, piece.work)
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # whose fault it is, who waits will be told
                if not piece.waiting.done():
                    piece.waiting.set_exception(error)
            else:
                if not piece.waiting.done():
                    piece.waiting.set_result(result)
            self._typical += 0.1 * (time.perf_counter() - began - self._typical)
