"""The server beside the same work without HTTP, above its limit, and among bad clients.

    python benchmarks/serving.py [--seconds 20] [--soak 180] [--threads 1]

The limit is decode, find, pose, records and JSON in this process, a picture after the other. It is timed before and
after every load, for the machine is seldom idle; CPU seconds a picture are compared too, which other programs disturb
less. Clients share the machine's cores with the server. Writes results/serving.json. What schemathesis makes of the
API's description: `schemathesis.toml`.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from common import asked, keep

from deeppose.data.images import read_image
from deeppose.inference import Frame, Pipeline, Predictor, finders
from deeppose.inference.people import LEAST
from deeppose.serving.folder import EXAMPLES
from deeppose.stream.records import records_of

CLIENTS, OVERLOAD = (1, 4, 16), 3
KIND = {"content-type": "image/jpeg"}
Json = dict[str, Any]


def main() -> None:
    """Serve, ask, print, write."""
    parser = asked(__doc__, root=False)
    parser.add_argument("--seconds", type=float, default=20, help="of every load")
    parser.add_argument("--soak", type=float, default=180, help="seconds among bad clients")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    body = EXAMPLES[0].read_bytes()
    pipeline = Pipeline(Predictor("lsp-compact", args.threads), finders.default(args.threads), least=LEAST)
    alone = partial(limit, pipeline, body)
    with running("--model", "lsp-compact", "--threads", str(args.threads), "--no-page") as server:
        loads = [loaded(alone, partial(closed, server, body, n, args.seconds)) for n in CLIENTS]
        rate = OVERLOAD * alone(args.seconds / 2)["a_second"]
        overload = open_loop(server, body, rate, args.seconds)
        soaked = soak(server, body, args.soak)
    keep("serving", {"threads": args.threads, "loads": loads, "overload": overload, "soak": soaked})


def limit(pipeline: Pipeline, body: bytes, seconds: float) -> dict[str, float]:
    """Pictures a second, and CPU milliseconds a picture, of the server's work without a server."""
    count, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        frame = Frame("picture", 0, None, read_image(body))
        json.dumps(records_of(frame, pipeline.one(frame), pipeline.predictor.identity))
        count += 1
    spent, used = time.perf_counter() - began, time.process_time() - cpu
    return {"a_second": round(count / spent, 2), "cpu_ms_a_picture": round(1000 * used / count, 1)}


def loaded(alone: Callable[[float], dict[str, float]], load: Callable[[], Json]) -> Json:
    """A load between two timings of the limit, and its CPU time in theirs."""
    before, found, after = alone(8), load(), alone(8)
    cpu = (before["cpu_ms_a_picture"] + after["cpu_ms_a_picture"]) / 2
    limits = [before["a_second"], after["a_second"]]
    return {
        **found,
        "limits_a_second": limits,
        "cpu_of_the_limits": round(found["cpu_ms_a_request"] / cpu, 3),
    }


@dataclass(frozen=True)
class Server:
    """A server of ours in a process of its own."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where pictures are posted."""
        return f"http://127.0.0.1:{self.port}/v1/poses"

    def cpu(self) -> float:
        """Seconds of CPU used so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident megabytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """`deeppose serve` with options until the block ends; it must then stop in order."""
    command = [sys.executable, "-m", "deeppose", "serve", "--port", "0", *options]
    with tempfile.TemporaryFile("w+") as said:  # not a pipe, which nobody would empty
        process = subprocess.Popen(command, stderr=said)
        try:
            while not (found := re.search(r"running on http://127\.0\.0\.1:(\d+)", said.read())):
                assert process.poll() is None, "the server did not start"
                time.sleep(0.1)
                said.seek(0)
            yield Server(process.pid, int(found[1]))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, "the server did not stop in order"


def closed(server: Server, body: bytes, clients: int, seconds: float) -> Json:
    """`clients` connections, each asking again as soon as it is answered."""
    answers: list[httpx.Response] = []
    end = time.perf_counter() + seconds

    def client(_: int) -> None:
        with httpx.Client(timeout=60, headers=KIND) as connection:
            while time.perf_counter() < end:
                answers.append(connection.post(server.url, content=body))

    began, cpu = time.perf_counter(), server.cpu()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    spent, used = time.perf_counter() - began, server.cpu() - cpu
    return {
        "clients": clients, "statuses": Counter(answer.status_code for answer in answers),
        "a_second": round(len(answers) / spent, 2), "cpu_ms_a_request": round(1000 * used / len(answers), 1),
        **percentiles([answer.elapsed.total_seconds() for answer in answers]),
    }  # fmt: skip


def open_loop(server: Server, body: bytes, rate: float, seconds: float) -> Json:
    """`rate` requests a second on connections of their own, answered or not."""
    before, began, count = server.memory(), time.perf_counter(), round(rate * seconds)

    def one(i: int) -> tuple[int, float]:
        time.sleep(max(0.0, began + i / rate - time.perf_counter()))
        answer = httpx.post(server.url, content=body, headers=KIND, timeout=60)
        return answer.status_code, answer.elapsed.total_seconds()

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(one, range(count)))
    of = {kind: [spent for status, spent in answers if (status == 200) == good]
          for kind, good in (("accepted", True), ("refused", False))}  # fmt: skip
    return {
        "offered_a_second": round(rate, 2), "statuses": Counter(status for status, _ in answers),
        **{kind: percentiles(times) for kind, times in of.items()}, "memory_mb": [before, server.memory()],
    }  # fmt: skip


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    ordered = sorted(times)
    at = {p: min(len(ordered) - 1, len(ordered) * p // 100) for p in (50, 95, 99)}
    return {f"p{p}_ms": round(1000 * ordered[i], 1) for p, i in at.items() if ordered}


def soak(server: Server, body: bytes, seconds: float) -> Json:
    """Counts of what bad clients did and got, a good one's wrong answers (0), and memory as time went on."""
    end = time.monotonic() + seconds
    ask = partial(httpx.post, server.url, content=body, headers=KIND, timeout=60)
    expected, counts, wrong, memory = ask().json(), Counter[str](), 0, [server.memory()]

    def bad(kind: Callable[[bytes], Iterator[bytes]]) -> None:
        while time.monotonic() < end:
            counts[f"{kind.__name__}: {answered(server, kind(body))}"] += 1
            time.sleep(0.05)

    with ThreadPoolExecutor(len(BAD)) as pool:
        working = [pool.submit(bad, kind) for kind in BAD]
        while time.monotonic() < end:
            answer = ask()
            counts[f"good: {answer.status_code}"] += 1
            wrong += answer.status_code == 200 and answer.json() != expected
            memory.append(server.memory())
        for each in working:
            each.result()
    return {"seconds": seconds, "counts": dict(sorted(counts.items())), "wrong_answers": wrong,
            "memory_mb": [min(memory), max(memory)]}  # fmt: skip


def answered(server: Server, pieces: Iterator[bytes]) -> str:
    """The status of what a bad client sends; it hangs up after an empty piece."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as peer, suppress(OSError):
        for piece in pieces:
            if not piece:
                return "sent"
            with suppress(OSError):  # hung up on: what was said before is still to be read
                peer.sendall(piece)
        return peer.recv(100)[9:12].decode() or "closed"
    return "closed"


def head(length: int) -> bytes:
    said = (
        f"POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
    )
    return said.encode()


def half(body: bytes) -> Iterator[bytes]:
    """Half an upload, then gone."""
    yield from (head(len(body)), body[: len(body) // 2], b"")


def hang_up(body: bytes) -> Iterator[bytes]:
    """A whole upload, then gone before the answer."""
    yield from (head(len(body)), body)
    time.sleep(0.3)
    yield b""


def garbage(_: bytes) -> Iterator[bytes]:
    """Noise as a picture."""
    yield from (head(20_000), random.randbytes(20_000))


def huge(_: bytes) -> Iterator[bytes]:
    """More bytes than are taken, in chunks that do not say how many will come."""
    yield head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    yield from [b"%x\r\n" % 2**20 + bytes(2**20) + b"\r\n"] * 40


def bomb(_: bytes) -> Iterator[bytes]:
    """A PNG whose header claims 3.6 gigapixels."""
    parts = (
        b"IHDR" + (60_000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0]),
        b"IDAT" + zlib.compress(bytes(999)),
        b"IEND",
    )
    chunks = [(len(p) - 4).to_bytes(4) + p + zlib.crc32(p).to_bytes(4) for p in parts]
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    yield from (head(len(picture)), picture)


def slow(body: bytes) -> Iterator[bytes]:
    """A byte a second."""
    yield head(len(body))
    for i in range(14):
        time.sleep(1)
        yield body[i : i + 1]


def vandal(_: bytes) -> Iterator[bytes]:
    """No HTTP at all."""
    yield random.randbytes(300) + b"\r\n\r\n"


BAD = (half, hang_up, garbage, huge, bomb, slow, vandal)

if __name__ == "__main__":
    main()
