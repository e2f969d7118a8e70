"""The server measured against the model's own limit, above it, and among bad clients; one result file.

    PYTHONPATH=src python benchmarks/serving/run.py [--seconds 20] [--soak 180] --out benchmarks/results/serving.json

The limit is the same work without HTTP, in this process: decode, find, pose, records, JSON, a picture after the other.
It is timed before and after every load, for the machine is seldom idle; CPU seconds a picture are compared too, which
other programs disturb less. Clients share the machine's cores with the server. With Playwright and Chromium there, the
page is measured in a browser too.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnxruntime
from batching import compared
from load import closed, open_loop
from page import measured
from server import running
from soak import soak

from deeppose.data.images import read_image
from deeppose.inference import finders
from deeppose.inference.frames import Frame
from deeppose.inference.pipeline import Pipeline
from deeppose.inference.predictor import Predictor
from deeppose.serving.folder import EXAMPLES
from deeppose.stream.records import records_of

CLIENTS = (1, 4, 16)
OVERLOAD = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20, help="of every load")
    parser.add_argument("--soak", type=float, default=180, help="seconds among bad clients")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    body = EXAMPLES[0].read_bytes()
    direct = Direct(args.threads)
    options = ("--model", "lsp-compact", "--threads", str(args.threads))
    with running(*options, "--no-page") as server:
        _, _, answer = server.post(body)
        same = json.loads(answer)["people"] == direct.people(body)
        loads = [loaded(direct, body, lambda n=n: closed(server, body, n, args.seconds)) for n in CLIENTS]
        limit = direct.limit(body, args.seconds / 2)
        overload = open_loop(server, body, OVERLOAD * limit["a_second"], args.seconds)
        result = {
            "machine": machine(),
            "picture": EXAMPLES[0].name,
            "threads": args.threads,
            "equal_to_predict": same,
            "batching": compared(args.threads),
            "loads": loads,
            "overload": {"limit_a_second": limit["a_second"], **overload},
            "schemathesis": schemathesis(server.port),
            "soak": soak(server, body, answer, args.soak),
        }
    if (chromium := shutil.which("chromium")) and find_spec("playwright"):
        with running(*options) as server:
            before = direct.limit(body, 8)
            rows = measured(f"http://127.0.0.1:{server.port}/", chromium)
        python = [round(1000 / limit["a_second"]) for limit in (before, direct.limit(body, 8))]
        result["page"] = {"rows": rows, "python_ms_before_and_after": python}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


class Direct:
    """The server's work without a server."""

    def __init__(self, threads: int) -> None:
        self._pipeline = Pipeline(Predictor("lsp-compact", threads), finders.default(threads))

    def people(self, body: bytes) -> Any:
        """The records, as JSON gives them back."""
        frame = Frame("picture", 0, None, read_image(body))
        model = self._pipeline.predictor.identity
        return json.loads(json.dumps(records_of(frame, self._pipeline.one(frame), model)))

    def limit(self, body: bytes, seconds: float) -> dict[str, float]:
        """Pictures a second, and CPU milliseconds a picture."""
        self.people(body)
        count, began, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            self.people(body)
            count += 1
        spent, used = time.perf_counter() - began, time.process_time() - cpu
        return {"a_second": round(count / spent, 2), "cpu_ms_a_picture": round(1000 * used / count, 1)}


def loaded(direct: Direct, body: bytes, load: Any) -> dict[str, Any]:
    """A load between two timings of the limit, and the share of the limit it reached."""
    before = direct.limit(body, 8)
    found = load()
    after = direct.limit(body, 8)
    limit = (before["a_second"] + after["a_second"]) / 2
    cpu = (before["cpu_ms_a_picture"] + after["cpu_ms_a_picture"]) / 2
    return {
        **found, "limits_a_second": [before["a_second"], after["a_second"]],
        "of_the_limit": round(found["a_second"] / limit, 3),
        "cpu_of_the_limits": round(found["cpu_ms_a_request"] / cpu, 3),
    }  # fmt: skip


def schemathesis(port: int) -> str:
    """Its summary of the whole API, where it is installed beside this Python."""
    tool = Path(sys.executable).with_name("st")
    if not tool.exists():
        return "not installed"
    config = str(Path(__file__).with_name("schemathesis.toml"))
    address = f"http://127.0.0.1:{port}/openapi.json"
    command = [str(tool), "--config-file", config, "run", address, "--checks", "all", "--max-examples", "40"]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    return "; ".join(re.findall(r"\d+ generated, .*|Tested: \d+", said))


def machine() -> str:
    """What it ran on."""
    return f"{platform.machine()}, {platform.system()}, ONNX Runtime {onnxruntime.__version__}"


if __name__ == "__main__":
    main()
