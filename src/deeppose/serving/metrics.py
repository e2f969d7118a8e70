"""What a server counts, for Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """Of one server process; several share a folder named by PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self.registry = own
        self.requests = Counter(
            "deeppose_requests", "Requests answered.", ["route", "method", "status"], registry=own
        )
        self.seconds = Histogram(
            "deeppose_request_seconds",
            "From a request's head to its answer.",
            ["route"],
            buckets=SECONDS,
            registry=own,
        )
        self.phases = Histogram(
            "deeppose_phase_seconds", "By phase: receive, wait, decode, find, pose.", ["phase"],
            buckets=SECONDS, registry=own,
        )  # fmt: skip
        self.people = Counter("deeppose_people", "People whose pose was answered.", registry=own)
        self.refused = Counter("deeppose_refused", "Requests refused, by status.", ["status"], registry=own)
        self.queue = Gauge("deeppose_queue", "Requests waiting.", registry=own, multiprocess_mode="livesum")

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.phases.labels(name).observe(time.perf_counter() - began)

    def text(self) -> bytes:
        """In Prometheus' text format, of all processes together."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            whole = CollectorRegistry()
            multiprocess.MultiProcessCollector(whole)  # type: ignore[no-untyped-call]  # theirs has no types
            return generate_latest(whole)
        return generate_latest(self.registry)
