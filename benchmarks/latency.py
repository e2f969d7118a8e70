"""Latency a person of the whole shipped cascade, picture in memory to poses: median of 48, at 1 and 2 threads.

    python benchmarks/latency.py [--model FILE] [--peer FILE.onnx]

Timed in turn, eight calls at a time, so that a busy moment of the machine touches every row alike. The two calls before
them do not count: an ONNX Runtime session's threads spin for a while after a call, and would slow down the next row.

- the whole cascade for one person, and for eight at once (a person's share);
- the same file's first stage, and first two, cut out of its graph: what each refinement costs on top;
- preparing the canvas, without any network;
- with --peer, one pass of another ONNX model on noise of the size it declares.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from common import asked
from skimage import data

import deeppose
from deeppose.data.canvas import cut
from deeppose.inference.shipped import SHIPPED

PARTS = {1: "first stage alone", 2: "first two stages alone"}
ROUNDS, IN_A_ROW, WARM_UP, CROWD = 6, 8, 2, 8
BOX = np.array([256.0, 256, 512, 512])

Call = Callable[[], object]


def main() -> None:
    parser = asked(__doc__, root=False)
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, help="an exported .onnx (default: the one that ships)"
    )
    parser.add_argument(
        "--peer", type=Path, help="another ONNX model, with one float input, to time beside it"
    )
    args = parser.parse_args()
    print(machine())
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        calls = ours(args.model, threads) | (peer(args.peer, threads) if args.peer else {})
        report(threads, calls)


def ours(model: Path, threads: int) -> dict[str, tuple[Call, int]]:
    """What is timed, and for how many people a call is; the first row is what the others are compared with."""
    picture, predictor = data.astronaut(), deeppose.load(model, threads)
    crowd = np.tile(BOX, (CROWD, 1))
    region = BOX * [1, 1, predictor.card.context, predictor.card.context]
    canvas = cut(picture, region, predictor.card.canvas)
    feed = {"canvases": canvas.pixels[None], "boxes": canvas.box_to_canvas(BOX)[None].astype(np.float32)}
    parts = {
        name: session(first_stages(model, n), threads)
        for n, name in PARTS.items()
        if n < predictor.card.stages
    }
    return {
        "whole cascade, one person": (lambda: predictor.predict(picture, full_image=True), 1),
        f"whole cascade, {CROWD} people at once": (lambda: predictor.predict(picture, crowd), CROWD),
        **{name: (partial(part.run, None, feed), 1) for name, part in parts.items()},
        "canvas alone": (lambda: cut(picture, region, predictor.card.canvas), 1),
    }


def peer(path: Path, threads: int) -> dict[str, tuple[Call, int]]:
    other = session(path.read_bytes(), threads)
    (declared,) = other.get_inputs()
    shape = [n if isinstance(n, int) else 1 for n in declared.shape]
    feed = {declared.name: np.random.default_rng(0).random(shape, np.float32)}
    return {f"{path.name}, input {'x'.join(map(str, shape))}": (lambda: other.run(None, feed), 1)}


def first_stages(path: Path, stages: int) -> bytes:
    """The model up to one of the poses that its output `joints` stacks."""
    graph = onnx.load(path).graph
    made_by = {name: node for node in graph.node for name in node.output}
    node = made_by["joints"]
    while node.op_type != "Concat":
        node = made_by[node.input[0]]
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "first.onnx"
        onnx.utils.extract_model(
            os.fspath(path), os.fspath(part), ["canvases", "boxes"], [node.input[stages - 1]]
        )
        return part.read_bytes()


def session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def report(threads: int, calls: dict[str, tuple[Call, int]]) -> None:
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, (call, people) in calls.items():
            spent[name] += [seconds / people for seconds in timed(call)]
    base = statistics.median(next(iter(spent.values())))
    print(f"\n{threads} thread{'s' if threads > 1 else ''}{'':32}ms a person   fastest   of the whole")
    for name, times in spent.items():
        middle = statistics.median(times)
        print(f"{name:42}{1000 * middle:11.1f}{1000 * min(times):10.1f}{middle / base:14.2f}x")


def timed(call: Call) -> list[float]:
    """Seconds of each of some calls in a row, after a warm-up."""
    times = []
    for _ in range(WARM_UP + IN_A_ROW):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return times[WARM_UP:]


def machine() -> str:
    """Processor, cores, and the versions that matter."""
    cpu = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
        if cpu.exists()
        else []
    )
    name = names[0] if names else platform.processor()
    busy = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{busy}; ONNX Runtime {onnxruntime.__version__}, OpenCV {cv2.__version__}"


if __name__ == "__main__":
    main()
