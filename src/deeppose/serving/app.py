"""The application: routes, counts, keys, headers, and the page."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import deeppose
from deeppose.serving import inference_api, poses_api, problems
from deeppose.serving.inference_schema import InferRequest
from deeppose.serving.problems import ProblemBody, ProblemError, responses
from deeppose.serving.schema import State
from deeppose.serving.service import Service, of
from deeppose.serving.settings import KEY_VARIABLE, VARIABLE, Settings

GUARDED, OPEN = ("/v1", "/v2", "/metrics"), ("/v2/health/",)
"""What needs the key, and what of it does not: whoever watches whether the server lives has none."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

watching = APIRouter(tags=["watching"])


@watching.get("/healthz", response_model=State)
async def healthz() -> State:
    """The process answers."""
    return State(status="live")


@watching.get("/readyz", response_model=State, responses=responses(503))
async def readyz(request: Request) -> State:
    """The models are loaded and the server is not stopping."""
    return await inference_api.ready(request)


@watching.get("/metrics", response_class=PlainTextResponse, responses=responses(401))
async def metrics(request: Request) -> PlainTextResponse:
    """For Prometheus: requests, seconds by phase, people, queue, refused."""
    return PlainTextResponse(
        of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


def create(settings: Settings | None = None) -> FastAPI:
    """The application; without settings, those that `serve` left in the environment."""
    settings = settings or Settings.from_json(os.environ[VARIABLE])
    service = Service(settings)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        service.open()
        yield
        await service.close()

    app = FastAPI(
        title="DeepPose",
        version=deeppose.__version__,
        summary="Human pose by a cascade of regressors",
        description="Pictures in, joints out. Errors are application/problem+json and name the remedy.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    problems.install(app)
    for router in (watching, poses_api.router, inference_api.router):
        app.include_router(router)
    _describe(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.origins), allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
        )  # fmt: skip
    app.add_middleware(Watch, service=service, key=os.environ.get(KEY_VARIABLE, ""))
    if settings.page:
        # What no route answers, not a mount, which would answer a wrong method on a route of the API too.
        app.router.default = StaticFiles(directory=settings.page, html=True)
    return app


class Watch:
    """ASGI middleware: checks the key, counts, and adds the headers that a page of ours needs."""

    def __init__(self, app: ASGIApp, service: Service, key: str) -> None:
        self._app, self._service, self._key = app, service, key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._answerer(scope)(scope, receive, sent)
        finally:
            _count(self._service, scope, status, time.perf_counter() - began)
        return None

    def _answerer(self, scope: Scope) -> ASGIApp:
        path = scope["path"]
        if self._key and path.startswith(GUARDED) and not path.startswith(OPEN) and not self._knows(scope):
            headers = {"www-authenticate": "Bearer"}
            return problems.answer(ProblemError(401, "this server wants an API key", headers=headers))
        return self._app

    def _knows(self, scope: Scope) -> bool:
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._key)


def _count(service: Service, scope: Scope, status: int, seconds: float) -> None:
    """Routes by their pattern: a path that someone made up must not become a label."""
    route = getattr(scope.get("route"), "path", None)
    service.metrics.requests.labels(route or "other", scope["method"] if route else "any", status).inc()
    service.metrics.seconds.labels(route or "other").observe(seconds)
    if status in (401, 408, 413, 415, 503, 504):
        service.metrics.refused.labels(status).inc()


def _describe(app: FastAPI) -> None:
    """Put what routes refer to by name into the description, and say how a key is sent."""
    made = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            said = made()
            parts = said.setdefault("components", {}).setdefault("schemas", {})
            parts["ProblemBody"] = ProblemBody.model_json_schema()
            template = "#/components/schemas/{model}"
            asked = InferRequest.model_json_schema(ref_template=template)
            parts.update(asked.pop("$defs"))
            parts["InferRequest"] = asked
            app.openapi_schema = said
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way
