"""Good clients: so many that ask again once they are answered, or requests at a given rate whatever comes back."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from server import Server, ask


def closed(server: Server, body: bytes, clients: int, seconds: float) -> dict[str, Any]:
    """`clients` connections, each asking again as soon as it is answered."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while time.perf_counter() < end:
            began = time.perf_counter()
            status, *_ = ask(connection, body)
            times.append(time.perf_counter() - began)
            statuses[status] += 1
        connection.close()

    began, cpu = time.perf_counter(), server.cpu()
    _together([threading.Thread(target=client) for _ in range(clients)])
    spent, used = time.perf_counter() - began, server.cpu() - cpu
    return {
        "clients": clients, "requests": len(times), "statuses": dict(statuses),
        "a_second": round(len(times) / spent, 2), "cpu_ms_a_request": round(1000 * used / len(times), 1),
        **percentiles(times),
    }  # fmt: skip


def open_loop(server: Server, body: bytes, rate: float, seconds: float) -> dict[str, Any]:
    """`rate` requests a second on connections of their own, answered or not."""
    accepted: list[float] = []
    refused: list[float] = []
    statuses: Counter[str] = Counter()
    hints: set[str] = set()

    def one() -> None:
        began = time.perf_counter()
        try:
            status, headers, _ = server.post(body)
        except OSError as error:
            statuses[type(error).__name__] += 1
            return
        (accepted if status == 200 else refused).append(time.perf_counter() - began)
        statuses[str(status)] += 1
        if status == 503:
            hints.add(headers.get("retry-after", "none"))

    before = server.memory()
    threads = []
    began = time.perf_counter()
    for i in range(round(rate * seconds)):
        time.sleep(max(0.0, began + i / rate - time.perf_counter()))
        threads.append(threading.Thread(target=one))
        threads[-1].start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    return {
        "offered_a_second": round(rate, 2), "seconds": round(spent, 1), "statuses": dict(statuses),
        "answered_a_second": round(len(accepted) / spent, 2), "accepted": percentiles(accepted),
        "refused": percentiles(refused), "retry_after": sorted(hints),
        "memory_mb": [round(before), round(server.memory())],
    }  # fmt: skip


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    ordered = sorted(times)
    return {
        f"p{p}_ms": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 1)
        for p in (50, 95, 99)
        if ordered
    }


def _together(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
