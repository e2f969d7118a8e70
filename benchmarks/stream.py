"""What a stream of frames costs: frames a second, memory, where the time goes, the start, and being killed.

    python benchmarks/stream.py --out benchmarks/results/stream-costs.json

One film of 640 x 480 (a person moving) at several lengths. Times are the processor's, as the machine
may be shared; wall times stand beside. Memory is each program's own peak (VmHWM).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from deeppose import files
from deeppose.data.images import read_image
from deeppose.inference import Pipeline, Predictor, finders
from deeppose.stream import video
from deeppose.stream.films import Film
from deeppose.stream.records import line, records_of

SIZE, RATE, THREADS = (640, 480), 25, 1

PROGRAM = """
import sys, time
from pathlib import Path
from deeppose.cli import main
code = main(sys.argv[1:])
status = dict(x.split(":", 1) for x in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024, time.process_time(), file=sys.stderr)
raise SystemExit(code)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", default="100,1000")
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        films = {n: film(work / f"{n}.mp4", n) for n in map(int, args.lengths.split(","))}
        result: dict[str, Any] = {
            "threads": THREADS, "size": SIZE, "cores": os.cpu_count(),
            "start": start(work), "reading": reading(films[max(films)]), "phases": phases(films[min(films)], work),
            "killed": killed(work, args.pictures),
            "frames": {n: run(path, work / f"out-{n}", n) for n, path in films.items()},
        }  # fmt: skip
    print(json.dumps(result, indent=1))
    if args.out:
        files.write(args.out, json.dumps(result, indent=1) + "\n")


def film(path: Path, frames: int) -> Path:
    """A person who moves to and fro."""
    import av
    from skimage import data

    person = cv2.resize(data.astronaut(), (480, 480))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for i in range(frames):
            canvas = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
            x = round(80 + 79 * np.sin(i / 20))
            canvas[:, x : x + 480] = person
            out.mux(stream.encode(av.VideoFrame.from_ndarray(canvas, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def command(*words: object) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and peak MB of one `deeppose predict`."""
    began = time.perf_counter()
    call = [sys.executable, "-c", PROGRAM, "predict", *map(str, words), "--threads", str(THREADS), "-q"]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    peak, used = done.stderr.splitlines()[-1].split()
    return time.perf_counter() - began, float(used), int(peak)


def run(path: Path, out: Path, frames: int) -> dict[str, float]:
    """One film to records, without drawings."""
    wall, used, peak = command(path, "--out", out, "--no-overlay", "--json")
    return {
        "wall_s": round(wall, 1), "cpu_s": round(used, 1), "peak_mb": peak,
        "cpu_ms_a_frame": round(1000 * used / frames, 1),
    }  # fmt: skip


def start(work: Path) -> dict[str, float]:
    """`deeppose predict one.jpg`, the best of three."""
    from skimage import data

    Image.fromarray(data.astronaut()).save(work / "one.jpg")
    best = min((command(work / "one.jpg") for _ in range(3)), key=lambda each: each[1])
    return {"cpu_s": round(best[1], 2), "wall_s": round(best[0], 2), "peak_mb": best[2]}


def reading(path: Path) -> dict[str, float]:
    """Processor milliseconds a frame to read a film as RGB, by each library."""
    costs = {}
    for name, library in (("pyav", video.library), ("opencv", lambda: None)):
        kept, video.library = video.library, library
        began = time.process_time()
        frames = sum(1 for _ in video.Video(path).frames())
        costs[name] = round(1000 * (time.process_time() - began) / frames, 2)
        video.library = kept
    return costs


class Clock:
    """Processor time by phase."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count what is spent inside."""
        began = time.process_time()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + time.process_time() - began

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted."""

        def wrapped(*args: Any) -> Any:
            with self.of(name):
                return call(*args)

        return wrapped


def phases(path: Path, work: Path) -> dict[str, float]:
    """Processor milliseconds a frame: decode, find, pose, draw, write."""
    clock, predictor = Clock(), Predictor(threads=THREADS)
    pipeline = Pipeline(predictor, clock.timed("find", finders.default(THREADS)))
    drawn, frames = Film(work / "drawn.mp4", path), 0
    source = video.Video(path).frames()
    with (work / "lines.jsonl").open("wb", buffering=0) as kept:
        while True:
            with clock.of("decode"):
                frame = next(source, None)
            if frame is None:
                break
            with clock.of("find and pose"):
                poses = pipeline.one(frame)
            with clock.of("draw"):
                drawn.add(frame, poses, [])
            with clock.of("write"):
                kept.write(b"".join(map(line, records_of(frame, poses))))
            frames += 1
    drawn.close()
    clock.spent["pose"] = clock.spent.pop("find and pose") - clock.spent["find"]
    return {name: round(1000 * spent / frames, 2) for name, spent in clock.spent.items()}


def killed(work: Path, pictures: int) -> dict[str, Any]:
    """Many pictures, killed five times at random and resumed: are the bytes those of a run without an end?"""
    folder, draw = work / "in", random.Random(0)
    folder.mkdir()
    person = read_image(work / "one.jpg")
    for i in range(pictures):
        x, y = draw.randrange(300), draw.randrange(300)
        Image.fromarray(person[y : y + 200, x : x + 200]).save(folder / f"{i:04d}.png")
    words = [folder, "--full-image", "--threads", THREADS, "-q", "--json"]
    call = [sys.executable, "-m", "deeppose", "predict", *map(str, words), "--out"]
    subprocess.run([*call, str(work / "whole")], check=True, stdout=subprocess.DEVNULL)
    done = []
    for k in range(1, 6):
        running = subprocess.Popen([*call, str(work / "part")], stdout=subprocess.DEVNULL)
        goal = (k - 0.5 + draw.uniform(-0.3, 0.3)) * pictures / 5.5
        while running.poll() is None and count(work / "part") < goal:
            time.sleep(draw.uniform(0, 0.02))
        running.kill()
        running.wait()
        done.append(count(work / "part"))
    subprocess.run([*call, str(work / "part")], check=True, stdout=subprocess.DEVNULL)
    names = sorted(path.name for path in (work / "whole").iterdir())
    same = names == sorted(path.name for path in (work / "part").iterdir()) and all(
        (work / "whole" / name).read_bytes() == (work / "part" / name).read_bytes() for name in names
    )
    return {"pictures": pictures, "killed_at": done, "files": len(names), "same_bytes": same}


def count(out: Path) -> int:
    """Lines of a run's records."""
    path = out / "poses.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


if __name__ == "__main__":
    main()
