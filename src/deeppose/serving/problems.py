"""Errors in one form: `application/problem+json` (RFC 9457) with the remedy beside what went wrong."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

log = logging.getLogger("deeppose.serving")

MEDIA = "application/problem+json"

WORDS: dict[int, tuple[str, str]] = {
    400: ("Bad request", "read the detail, and the API's description, /openapi.json"),
    401: ("API key missing or wrong", "send it as the header 'Authorization: Bearer KEY'"),
    404: ("Not found", "see /openapi.json for what there is"),
    405: ("Method not allowed", "see /openapi.json for what there is"),
    408: (
        "The request came too slowly",
        "send it faster, or ask who runs the server for a longer --patience",
    ),
    413: ("Too large", "send less, or ask who runs the server for a higher limit"),
    415: ("Not a body this route reads", "send image/* bytes, or multipart/form-data with pictures"),
    422: ("A value is not what it must be", "read the detail, and the API's description, /openapi.json"),
    500: ("The server failed", "try again; if it fails again, tell who runs the server: its log says more"),
    503: ("The server has no place free", "try again after the seconds in Retry-After"),
    504: ("Not answered in time", "try again later, or send a smaller picture"),
}


class ProblemBody(BaseModel):
    """What went wrong, and what to do."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Too large"])
    status: int = Field(examples=[413])
    detail: str = Field(examples=["the body has more than 20000000 bytes"])
    remedy: str = Field(examples=["send less, or ask who runs the server for a higher limit"])


class ProblemError(Exception):
    """An answer that is an error; `detail` says what, `remedy` what to do where the usual words do not fit."""

    def __init__(
        self, status: int, detail: str, remedy: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy, self.headers = status, detail, remedy, headers


def answer(problem: ProblemError) -> JSONResponse:
    """The problem as a response."""
    title, remedy = WORDS.get(problem.status, WORDS[400 if problem.status < 500 else 500])
    body = ProblemBody(
        title=title, status=problem.status, detail=problem.detail, remedy=problem.remedy or remedy
    )
    return JSONResponse(
        body.model_dump(),
        problem.status,
        media_type=MEDIA,
        headers={"cache-control": "no-store"} | (problem.headers or {}),
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's description: these errors, in this form."""
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {status: {"description": WORDS[status][0], "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Turn every error of the application into a problem."""

    @app.exception_handler(ProblemError)
    async def ours(_: Request, error: ProblemError) -> JSONResponse:
        return answer(error)

    @app.exception_handler(HTTPException)
    async def framework(_: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers) if error.headers else None
        return answer(ProblemError(error.status_code, str(error.detail), headers=headers))

    @app.exception_handler(RequestValidationError)
    async def values(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(ProblemError(422, "; ".join(_said(e) for e in error.errors())))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        log.error("unexpected", exc_info=error)
        return answer(ProblemError(500, "an unexpected error; the server's log has it"))


def _said(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"] if part not in ("query", "body"))
    wrong_form = error["type"] == "string_pattern_mismatch"
    said = (
        f"{error['input']!r:.60} is not of the form that the description gives"
        if wrong_form
        else error["msg"]
    )
    return f"{place or 'body'}: {said}"
