"""One server process: its models, its desk, its counts, and whether it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from fastapi import Request

from deeppose.serving.desk import Desk
from deeppose.serving.metrics import Metrics
from deeppose.serving.models import Models, Question
from deeppose.serving.problems import ProblemError
from deeppose.serving.settings import Settings

T = TypeVar("T")


class Service:
    """What the routes share. `open` before use, in the event loop that serves."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.desk = Desk(settings.queue, self.metrics.phases.labels("wait").observe)
        self.metrics.queue.set_function(lambda: len(self.desk))
        self._models: Models | None = None
        self._under_way = 0

    def open(self) -> None:
        """Load the models, then start to work.

        Raises:
            ModelError: a model is missing or not one of ours.
        """
        self._models = Models(self.settings, self.metrics)
        self.desk.start()

    async def close(self) -> None:
        """Finish what is being done, and take nothing more."""
        await self.desk.close()

    @property
    def ready(self) -> bool:
        """Models are loaded and the server is not stopping."""
        return self._models is not None and not self.desk.closed

    @property
    def models(self) -> Models:
        """The models.

        Raises:
            ProblemError: 503, they are not loaded.
        """
        if self._models is None:
            raise ProblemError(503, "the models are being loaded", headers={"retry-after": "5"})
        return self._models

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A request under way.

        Raises:
            ProblemError: 503, there are too many.
        """
        if self._under_way >= self.settings.connections:
            raise ProblemError(
                503,
                f"{self._under_way} requests are under way",
                headers={"retry-after": self.desk.retry_after()},
            )
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def people(self, content: bytes, name: str, question: Question, deadline: float) -> dict[str, Any]:
        """The answer about one picture, by the desk."""
        return await self.desk.do(lambda: self.models.people(content, name, question), deadline)

    async def do(self, work: Callable[[], T]) -> T:
        """Anything else that computes, by the desk."""
        return await self.desk.do(work, self.deadline())

    def deadline(self) -> float:
        """When a request whose body has just come must be answered, by the event loop's clock."""
        return asyncio.get_running_loop().time() + self.settings.deadline


def of(request: Request) -> Service:
    """The service of the application that a request came to."""
    service: Service = request.app.state.service
    return service
