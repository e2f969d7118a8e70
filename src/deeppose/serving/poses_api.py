"""`/v1`: poses of one picture, of several, and the models."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from deeppose.serving.models import Question, card
from deeppose.serving.problems import WORDS, ProblemError, responses
from deeppose.serving.receiving import GoneError, pictures, unless_gone
from deeppose.serving.schema import POSES_EXAMPLE, Batch, ModelList, Picture
from deeppose.serving.service import Service, of

NUMBER = r"-?[0-9]{1,9}(\.[0-9]{1,9})?"
BOX = rf"^{NUMBER},{NUMBER},{NUMBER},{NUMBER}$"

BINARY = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["image"],
        "properties": {"image": {"type": "string", "format": "binary"}},
    }
}
FORMS = {
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["images"],
        "properties": {"images": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    }
}
ONE = {"requestBody": {"required": True, "content": {"image/*": BINARY, "multipart/form-data": FORM}}}
SEVERAL = {"requestBody": {"required": True, "content": {"multipart/form-data": FORMS}}}
ERRORS = responses(400, 401, 408, 413, 415, 422, 503, 504)


def question(
    model: Annotated[
        str | None, Query(description="a name from /v1/models; the default is the first")
    ] = None,
    skeleton: Annotated[str | None, Query(description="the model that has this skeleton")] = None,
    boxes: Annotated[
        list[Annotated[str, Query(pattern=BOX)]] | None,
        Query(
            description="a person: left,top,width,height in pixels; repeat it. Without it people are looked for",
            examples=["10,20,200,220"],
        ),
    ] = None,
    people: Annotated[int | None, Query(ge=1, le=1000, description="at most so many, the best")] = None,
    min_person: Annotated[
        float | None,
        Query(
            alias="min-person", ge=0, le=1, description="leave out who scores less; the default is predict's"
        ),
    ] = None,
    stages: Annotated[bool, Query(description="every stage's joints too")] = False,
    turns: Annotated[
        int,
        Query(
            description="1; 2 looks also upside down, 4 also on either side",
            json_schema_extra={"enum": [1, 2, 4]},
        ),
    ] = 1,
) -> Question:
    """The query of a request."""
    if turns not in (1, 2, 4):
        raise ProblemError(422, f"turns must be 1, 2 or 4, not {turns}")
    return Question(model, skeleton, tuple(_box(b) for b in boxes or ()), people, min_person, stages, turns)


def _box(text: str) -> tuple[float, float, float, float]:
    if not re.fullmatch(BOX, text):
        raise ProblemError(422, f"boxes: {text!r} is not left,top,width,height")
    x, y, w, h = map(float, text.split(","))
    if w <= 0 or h <= 0:
        raise ProblemError(422, f"boxes: {text}: width and height must be above zero")
    return x, y, w, h


router = APIRouter(prefix="/v1", tags=["poses"])
Asked = Annotated[Question, Depends(question)]


@router.post(
    "/poses", response_model=Picture, openapi_extra=ONE,
    responses=ERRORS | {200: {"content": {"application/json": {"example": POSES_EXAMPLE}}}},
)  # fmt: skip
async def poses(request: Request, asked: Asked) -> JSONResponse:
    """The people of one picture and their joints, in pixels of the upright picture."""
    service = of(request)
    with service.admitted():
        service.models.chosen(asked)
        ((name, content),) = await _received(request, service, 1)
        answer = service.people(content, name, asked, service.deadline())
        return JSONResponse(await unless_gone(request, answer))


@router.post("/poses/batch", response_model=Batch, openapi_extra=SEVERAL, responses=ERRORS)
async def batch(request: Request, asked: Asked) -> JSONResponse:
    """As `/v1/poses` for several pictures, each answered or refused on its own, in their order."""
    service = of(request)
    with service.admitted():
        service.models.chosen(asked)
        received = await _received(request, service, service.settings.max_batch)
        return JSONResponse({"pictures": await unless_gone(request, _one_by_one(service, received, asked))})


async def _received(request: Request, service: Service, count: int) -> list[tuple[str, bytes]]:
    with service.metrics.phase("receive"):
        most = service.settings.max_bytes
        return await pictures(request, most, count, service.settings.patience)


async def _one_by_one(
    service: Service, received: list[tuple[str, bytes]], asked: Question
) -> list[dict[str, Any]]:
    """One deadline for all; what is wrong with one picture is no other's fault."""
    deadline, answers = service.deadline(), []
    for name, content in received:
        try:
            answers.append(await service.people(content, name, asked, deadline))
        except ProblemError as problem:
            if problem.status >= 500 or isinstance(problem, GoneError):
                raise
            remedy = problem.remedy or WORDS[problem.status][1]
            answers.append(
                {"file": name, "status": problem.status, "detail": problem.detail, "remedy": remedy}
            )
    return answers


@router.get("/models", response_model=ModelList, responses=responses(401, 503))
async def models(request: Request) -> JSONResponse:
    """The models of this server with their cards, the default first."""
    return JSONResponse({"models": [card(p) for p in of(request).models.by_name.values()]})
