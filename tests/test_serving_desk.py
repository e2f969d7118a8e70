"""What holds a server up: the bounded line, clients who go or dawdle, and stopping without losing an answer."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from toymodel import CARD, write_model

pytest.importorskip("fastapi", reason="the extra 'serve' is not installed")

import uvicorn

from deeppose.cli import main
from deeppose.errors import ConfigError
from deeppose.serving import runtime
from deeppose.serving.app import create
from deeppose.serving.desk import Desk
from deeppose.serving.launch import PatientProtocol
from deeppose.serving.problems import ProblemError
from deeppose.serving.settings import Settings


def with_desk(test: Callable[[Desk, threading.Event], Awaitable[None]], places: int = 2) -> None:
    """Run a test beside a desk whose thread is busy until the event is set."""

    async def inside() -> None:
        desk, free = Desk(places), threading.Event()
        desk.start()
        busy = asyncio.create_task(desk.do(free.wait, later()))
        await asyncio.sleep(0.02)
        try:
            await test(desk, free)
        finally:
            free.set()
            await busy
            await desk.close()

    asyncio.run(inside())


def later(seconds: float = 30.0) -> float:
    return asyncio.get_running_loop().time() + seconds


def test_work_is_done_in_order_and_its_errors_come_back() -> None:
    async def test(desk: Desk, free: threading.Event) -> None:
        done: list[int] = []
        waiting = [asyncio.create_task(desk.do(lambda i=i: done.append(i) or i, later())) for i in range(2)]
        await asyncio.sleep(0)
        free.set()
        assert await asyncio.gather(*waiting) == [0, 1]
        assert done == [0, 1]
        with pytest.raises(ZeroDivisionError):
            await desk.do(lambda: 1 // 0, later())

    with_desk(test)


def test_a_full_line_refuses_with_when_to_come_again() -> None:
    async def test(desk: Desk, _: threading.Event) -> None:
        waiting = [asyncio.create_task(desk.do(int, later())) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ProblemError, match="2 requests are waiting") as refused:
            await desk.do(int, later())
        assert refused.value.status == 503
        assert refused.value.headers is not None
        assert int(refused.value.headers["retry-after"]) >= 1
        for task in waiting:
            task.cancel()
        await asyncio.sleep(0.01)
        assert len(desk) == 0

    with_desk(test)


def test_who_is_late_or_gone_frees_the_place() -> None:
    async def test(desk: Desk, free: threading.Event) -> None:
        ran: list[int] = []
        with pytest.raises(ProblemError) as late:
            await desk.do(lambda: ran.append(1), later(0.02))
        assert late.value.status == 504
        gone = asyncio.create_task(desk.do(lambda: ran.append(2), later()))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        assert len(desk) == 0
        free.set()
        assert await desk.do(int, later()) == 0
        assert ran == []

    with_desk(test)


def test_a_closed_desk_takes_nothing() -> None:
    async def inside() -> None:
        desk = Desk(2)
        desk.start()
        await desk.close()
        with pytest.raises(ProblemError, match="stopping"):
            await desk.do(int, later())

    asyncio.run(inside())


@pytest.mark.parametrize("limit", ["queue", "deadline", "max_bytes"])
def test_limits_are_above_zero(limit: str) -> None:
    with pytest.raises(ConfigError, match=limit.replace("_", "-")):
        Settings(**{limit: 0})


def test_settings_reach_worker_processes() -> None:
    settings = Settings(("a.onnx", "b"), origins=("https://example.org",), queue=3)
    assert Settings.from_json(settings.to_json()) == settings


@pytest.fixture
def server(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[uvicorn.Server, Any, int]]:
    """A real server on a free port, with little patience, whose answers take a third of a second."""
    toy = str(write_model(tmp_path / "toy.onnx", CARD))
    app = create(Settings((toy,), threads=1, patience=0.3, queue=4))
    monkeypatch.setattr(PatientProtocol, "patience", 0.3)
    running = uvicorn.Server(uvicorn.Config(app, port=0, http=PatientProtocol, ws="none", log_level="error"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)

    def slow(*_: Any) -> dict[str, Any]:
        time.sleep(0.3)
        return {"people": []}

    monkeypatch.setattr(app.state.service.models, "people", slow)
    yield running, app.state.service, running.servers[0].sockets[0].getsockname()[1]
    running.should_exit = True
    thread.join()


def connect(port: int, text: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(text)
    return connection


HEAD = (
    b"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 4\r\n"
    b"Connection: close\r\n\r\n"
)


def test_slow_clients_are_hung_up_on(server: tuple[uvicorn.Server, Any, int]) -> None:
    *_, port = server
    with connect(port, b"POST /v1/poses HTT") as half_a_head, connect(port, HEAD + b"ab") as half_a_body:
        assert half_a_head.recv(100) == b""
        answer = half_a_body.recv(1000)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in answer


def test_who_hangs_up_frees_the_place(server: tuple[uvicorn.Server, Any, int]) -> None:
    _, service, port = server
    with connect(port, HEAD + b"abcd"):
        for _ in range(3):
            connect(port, HEAD + b"abcd").close()
        time.sleep(0.15)
        assert len(service.desk) == 0


def test_stopping_answers_what_was_asked(server: tuple[uvicorn.Server, Any, int]) -> None:
    running, service, port = server
    with connect(port, HEAD + b"abcd") as asked:
        time.sleep(0.1)
        running.should_exit = True
        assert asked.recv(1000).startswith(b"HTTP/1.1 200")
    end = time.monotonic() + 5
    while service.ready and time.monotonic() < end:
        time.sleep(0.02)
    assert not service.ready


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command_serves_and_stops_in_order(tmp_path: Path, workers: int) -> None:
    """SIGTERM ends it with status 0, and nothing of it is left behind."""
    toy = write_model(tmp_path / "toy.onnx", CARD)
    (tmp_path / "scratch").mkdir()
    port = free_port()
    command = [sys.executable, "-m", "deeppose", "serve", "--no-page", "--model", str(toy), "--threads", "1"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--workers", str(workers)],
        env=os.environ | {"TMPDIR": str(tmp_path / "scratch")}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert answered(port) == b"HTTP/1.1 200"
    finally:
        process.terminate()
        assert process.wait(30) == 0
    assert list((tmp_path / "scratch").glob("deeppose-*")) == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answered(port: int) -> bytes:
    """The first line of /metrics, as soon as there is one."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with connect(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as asked:
                return asked.recv(12)
        except OSError:
            time.sleep(0.05)
    return b""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--no-page", "--model", "gone.onnx"], "gone.onnx: no such model file"),
        (["--no-page", "--detector", "gone.onnx"], "gone.onnx"),
        (["--queue", "0"], "queue must be above zero"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--threads", "1", *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_without_the_runtime_the_api_can_be_served_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runtime, "missing", lambda: runtime.FILES)
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert "deeppose page --fetch" in said
    assert "--no-page" in said
