"""The server beside the same work without HTTP, and above its limit.

    python benchmarks/serving.py [--seconds 20] [--threads 1]

The limit is decode, find, pose, records and JSON in this process, a picture after the other. It is timed before and
after every load, for the machine is seldom idle; CPU seconds a picture are compared too, which other programs disturb
less. Clients share the machine's cores with the server. Writes results/serving.json. What schemathesis makes of the
API's description: `schemathesis.toml`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
Json = dict[str, Any]


def main() -> None:
    """Serve, ask, print, write."""
    parser = asked(__doc__, root=False)
    parser.add_argument("--seconds", type=float, default=20, help="of every load")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    body = EXAMPLES[0].read_bytes()
    pipeline = Pipeline(Predictor("lsp-compact", args.threads), finders.default(args.threads), least=LEAST)
    alone = partial(limit, pipeline, body)
    with running("--model", "lsp-compact", "--threads", str(args.threads), "--no-page") as server:
        loads = [loaded(alone, partial(closed, server, body, n, args.seconds)) for n in CLIENTS]
        rate = OVERLOAD * alone(args.seconds / 2)["a_second"]
        overload = open_loop(server, body, rate, args.seconds)
    keep("serving", {"threads": args.threads, "loads": loads, "overload": overload})


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


def asking() -> httpx.Client:
    """Of pictures; as many connections as there are requests at a time, none of them encrypted."""
    limits = httpx.Limits(max_connections=None)
    return httpx.Client(headers={"content-type": "image/jpeg"}, timeout=60, limits=limits, verify=False)


def closed(server: Server, body: bytes, clients: int, seconds: float) -> Json:
    """`clients` connections, each asking again as soon as it is answered."""
    answers: list[httpx.Response] = []
    end = time.perf_counter() + seconds

    def client(_: int) -> None:
        with asking() as connection:
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
    """`rate` requests a second, whether those before are answered or not."""
    before, began, count = server.memory(), time.perf_counter(), round(rate * seconds)

    def one(i: int) -> tuple[int, float]:
        time.sleep(max(0.0, began + i / rate - time.perf_counter()))
        answer = connections.post(server.url, content=body)
        return answer.status_code, answer.elapsed.total_seconds()

    with asking() as connections, ThreadPoolExecutor(count) as pool:
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


if __name__ == "__main__":
    main()
