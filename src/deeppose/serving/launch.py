"""Start the server: the page's folder, the environment of its workers, and a protocol with patience."""

from __future__ import annotations

import os
import signal
import tempfile
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from deeppose.errors import ConfigError
from deeppose.inference import finders
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.inference.onnx_model import OnnxModel
from deeppose.serving import runtime
from deeppose.serving.folder import build
from deeppose.serving.settings import KEY_VARIABLE, VARIABLE, Settings
from deeppose.serving.site import in_page


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP, which waits forever for a request's headers: here a slow client is hung up on."""

    patience = 10.0
    """Seconds, where no settings are in the environment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hang_up: Any = None
        if text := os.environ.get(VARIABLE):  # a worker process has only this
            self.patience = Settings.from_json(text).patience

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on where headers are not whole; a whole request is nobody's fault."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._hang_up is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._hang_up = self.loop.call_later(self.patience, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._hang_up is not None:
            self._hang_up.cancel()
            self._hang_up = None


def serve(settings: Settings, host: str, port: int, workers: int, page: bool) -> None:
    """Run until told to stop (SIGINT, SIGTERM); requests under way are finished first.

    Args:
        settings: of every worker.
        host: the address to listen on.
        port: 0 for any free one.
        workers: processes; above 1 each has its own models and queue.
        page: send the page at `/` too.

    Raises:
        ConfigError: the page's runtime is not there.
        ModelError: a model is missing or not one of ours.
    """
    if page and runtime.missing():
        raise ConfigError(
            f"the page's runtime is not there: {runtime.REMEDY}; or serve the API alone: --no-page"
        )
    _check(settings)
    with tempfile.TemporaryDirectory(prefix="deeppose-") as scratch:
        if page:
            build(Path(scratch) / "page", settings.models, "v1", settings.threads, _page_detector(settings))
            settings = replace(settings, page=str(Path(scratch) / "page"))
        with _environment(settings, workers, scratch), _stopped_by_signals():
            uvicorn.run(
                "deeppose.serving.app:create",
                factory=True,
                host=host,
                port=port,
                workers=workers if workers > 1 else None,
                http=PatientProtocol,
                ws="none",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=round(settings.drain),
                log_level="info",
            )


def _check(settings: Settings) -> None:
    """Find now what is wrong with a model: a worker could only fail to start.

    Raises:
        ModelError: a model or the detector is missing or not one of ours.
    """
    for model in settings.models:
        OnnxModel(model, settings.threads)
    if settings.detector:
        finders.named(settings.detector, settings.threads)


def _page_detector(settings: Settings) -> str | None:
    """The server's own, where the page can run it."""
    found = finders.named(settings.detector, settings.threads)
    return None if isinstance(found, DetectorFile) and not in_page(found) else settings.detector


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Being told to stop is no failure. uvicorn drains, then raises the signal again; what follows must still run."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _environment(settings: Settings, workers: int, scratch: str) -> Iterator[None]:
    """What worker processes read when they start."""
    before = dict(os.environ)
    os.environ[VARIABLE] = settings.to_json()
    if workers > 1:
        counts = Path(scratch) / "metrics"
        counts.mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def guarded() -> bool:
    """Whether a key is asked for."""
    return bool(os.environ.get(KEY_VARIABLE))
