"""Bad clients, all at once, while one good client's answers are compared with `predict`'s.

Half uploads, garbage, bodies beyond the limit, headers that claim gigapixels, and a byte now and then.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from server import Server

HEAD = "POST /v1/poses HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n"


def soak(server: Server, body: bytes, expected: bytes, seconds: float) -> dict[str, Any]:
    """Counts of what was done, the good client's wrong answers (0), and memory and files at five moments."""
    end = time.monotonic() + seconds
    counts: Counter[str] = Counter()
    kinds: list[Callable[[Server, bytes], str]] = [half, garbage, huge, bomb, slow, hang_up, vandal]

    def bad(kind: Callable[[Server, bytes], str]) -> None:
        while time.monotonic() < end:
            with suppress(OSError):
                counts[f"{kind.__name__}: {kind(server, body)}"] += 1
            time.sleep(0.05)

    threads = [threading.Thread(target=bad, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    wrong, moments = 0, []
    while time.monotonic() < end:
        status, _, answer = server.post(body)
        counts[f"good: {status}"] += 1
        wrong += status == 200 and json.loads(answer) != json.loads(expected)
        if len(moments) < 5 * (1 - (end - time.monotonic()) / seconds):
            moments.append({"memory_mb": round(server.memory()), "files": server.files()})
    for thread in threads:
        thread.join()
    time.sleep(12)  # the last slow clients are hung up on after 10
    moments.append({"memory_mb": round(server.memory()), "files": server.files()})
    return {
        "seconds": seconds, "counts": dict(sorted(counts.items())), "wrong_answers": wrong, "moments": moments,
    }  # fmt: skip


def half(server: Server, body: bytes) -> str:
    """Half an upload, then gone."""
    with connected(server) as peer:
        peer.sendall(HEAD.format(len(body)).encode() + body[: len(body) // 2])
    return "sent"


def hang_up(server: Server, body: bytes) -> str:
    """A whole upload, then gone before the answer."""
    with connected(server) as peer:
        peer.sendall(HEAD.format(len(body)).encode() + body)
    time.sleep(0.3)
    return "sent"


def garbage(server: Server, _: bytes) -> str:
    """Noise as a picture."""
    return str(server.post(random.randbytes(20_000))[0])


def huge(server: Server, _: bytes) -> str:
    """More bytes than are taken, in chunks that do not say how many will come."""
    with connected(server) as peer:
        peer.sendall(HEAD.replace("Content-Length: {}", "Transfer-Encoding: chunked").encode())
        chunk = b"%x\r\n" % 2**20 + bytes(2**20) + b"\r\n"
        with suppress(OSError):
            for _ in range(40):
                peer.sendall(chunk)
        return peer.recv(100).split(b"\r\n")[0].decode()[9:12] or "closed"


def bomb(server: Server, _: bytes) -> str:
    """A PNG whose header claims 3.6 gigapixels."""
    parts = (
        b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0]),
        b"IDAT" + zlib.compress(bytes(999)),
    )
    chunks = [
        (len(p) - 4).to_bytes(4, "big") + p + zlib.crc32(p).to_bytes(4, "big") for p in (*parts, b"IEND")
    ]
    return str(server.post(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))[0])


def slow(server: Server, body: bytes) -> str:
    """A byte a second."""
    with connected(server) as peer:
        peer.sendall(HEAD.format(len(body)).encode())
        for i in range(14):
            peer.sendall(body[i : i + 1])
            peer.settimeout(1)
            with suppress(TimeoutError):
                return peer.recv(100).split(b"\r\n")[0].decode()[9:12] or "closed"
    return "borne"


def vandal(server: Server, _: bytes) -> str:
    """No HTTP at all."""
    with connected(server) as peer:
        peer.sendall(random.randbytes(300) + b"\r\n\r\n")
        return "closed" if not peer.recv(100) else "refused"


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)
