"""A request's body, received within limits: so many bytes, so many seconds, and whether its client is still there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from deeppose.serving.problems import ProblemError

T = TypeVar("T")

RAW = re.compile(r"(image/[\w.+-]+|application/octet-stream)\s*(;|$)", re.IGNORECASE)
FILES = "send each picture as a file with a name, for example in the field 'image', and nothing beside them"
FORM = re.compile(r"multipart/form-data\s*;", re.IGNORECASE)


class GoneError(ProblemError):
    """The client went away: nobody reads this answer."""

    def __init__(self) -> None:
        super().__init__(408, "the client went away")


class Limited:
    """An ASGI `receive` that refuses more than so many bytes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._seen = receive, most, 0

    async def __call__(self) -> Message:
        """The next message.

        Raises:
            ProblemError: 413, more bytes have come than are taken.
        """
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._most:
            raise ProblemError(413, f"the body has more than {self._most} bytes")
        return message


async def body(request: Request, most: int, patience: float) -> bytes:
    """The whole body.

    Raises:
        ProblemError: 413, too many bytes; 408, too slow.
    """
    return await _within(patience, _limited(request, most).body())


async def pictures(request: Request, most: int, count: int, patience: float) -> list[tuple[str, bytes]]:
    """Name and content of the pictures in a body: of `image/*` one, of a form the files of its fields, in order.

    Raises:
        ProblemError: 415, another kind of body; 413, too many bytes or files; 408, too slow; 400 and 422, a form
            without files or one that cannot be read.
    """
    kind = request.headers.get("content-type", "")
    if RAW.match(kind):
        return [("picture", await body(request, most, patience))]
    if not FORM.match(kind):
        raise ProblemError(415, f"a body of content type {kind or 'unsaid'}")
    try:
        form = await _within(patience, _limited(request, most).form(max_files=count, max_fields=0))
    except HTTPException as error:
        if "Too many files" in str(error.detail):
            raise ProblemError(413, f"more than {count} pictures in one request") from error
        if "Too many fields" in str(error.detail):
            raise ProblemError(422, "the form has a field that is no file", FILES) from error
        raise ProblemError(400, f"the form cannot be read: {error.detail}") from error
    files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
    if not files:
        raise ProblemError(422, "the form holds no picture", FILES)
    return [(part.filename or f"picture-{i + 1}", await part.read()) for i, part in enumerate(files)]


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """What `work` gives; it is cancelled as soon as the client goes away.

    Raises:
        GoneError: it went.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_disconnected(request.receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise GoneError
        return await task
    finally:
        for each in (task, gone):
            each.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await each


def _limited(request: Request, most: int) -> Request:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise ProblemError(413, f"the body has {length} bytes; this server takes {most}")
    return Request(request.scope, Limited(request.receive, most))


async def _within(patience: float, work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(patience):
            return await work
    except TimeoutError:
        raise ProblemError(408, f"the body did not come within {patience:g} seconds") from None
    except ClientDisconnect:
        raise GoneError from None


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
