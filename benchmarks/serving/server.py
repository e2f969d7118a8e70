"""A server of ours in a process of its own, and what it costs: CPU seconds, memory, open files."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """Its process and port."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU used so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Resident megabytes."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        assert found
        return int(found[1]) / 1024

    def files(self) -> int:
        """Open files and sockets."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def post(
        self, body: bytes, path: str = "/v1/poses", kind: str = "image/jpeg", timeout: float = 60
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            return ask(connection, body, path, kind)
        finally:
            connection.close()


def ask(
    connection: http.client.HTTPConnection, body: bytes, path: str = "/v1/poses", kind: str = "image/jpeg"
) -> tuple[int, dict[str, str], bytes]:
    """The same on an open connection."""
    connection.request("POST", path, body, {"content-type": kind})
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """`deeppose serve` with options, in one process, until the block ends; it must then stop in order."""
    command = [sys.executable, "-m", "deeppose", "serve", "--port", "0", *options]
    with tempfile.TemporaryFile("w+") as said:  # not a pipe, which nobody would empty
        process = subprocess.Popen(command, stderr=said)
        try:
            yield Server(process.pid, _port(process, said))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, "the server did not stop in order"


def _port(process: subprocess.Popen[bytes], said: IO[str]) -> int:
    while process.poll() is None:
        time.sleep(0.1)
        said.seek(0)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", said.read()):
            return int(found[1])
    said.seek(0)
    raise SystemExit(f"the server did not start: {said.read()}")
