"""What a film costs: processor milliseconds a frame of every step, by the number of people; a run's time and memory.

    python benchmarks/costs.py VIDEO [--detector FILE.onnx] [--mediapipe PYTHON]

Of VIDEO the first 20 frames are decoded, people are found by the detector that ships and by --detector's file if one is
named, but the poses are those of N copies of the best box, so that N is known; then tracks, drawing and encoding. Each
step's median of all frames, encoding's mean, since it works in bursts. Runs are `deeppose predict` of one picture and
of 100 and 1000 frames of 640 x 480 in which a person moves. All on one thread, in the processor's time, not the
clock's. Writes results/costs.json. The kept one was measured while other programs kept both cores busy, where
everything takes about twice its time on a quiet machine: its ratios and shares tell more than its sums.

--mediapipe: a Python of an environment with mediapipe==0.10.21, which does the same frames in between: detection, one
person's pose and tracking by the "full" model, without drawing.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from common import asked, keep
from PIL import Image
from skimage import data

from deeppose.inference import Predictor, finders
from deeppose.inference.finders import Found
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.stream.films import Film, even
from deeppose.stream.sources import sources
from deeppose.stream.tracks import Tracker

FRAMES, PEOPLE, LENGTHS = 20, (1, 4, 10), (100, 1000)
SIZE, RATE = (640, 480), 25
Row = dict[str, float]

MEDIAPIPE = """
import statistics, sys, time, cv2, mediapipe
cv2.setNumThreads(1)
capture, times = cv2.VideoCapture(sys.argv[1]), []
with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
    for _ in range(int(sys.argv[2])):
        _, pixels = capture.read()
        began = time.process_time()
        pose.process(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
        times.append(1000 * (time.process_time() - began))
print(statistics.median(times[1:]))
"""
PREDICT = """
import sys, time
from pathlib import Path
from deeppose.cli import main
code = main(["predict", *sys.argv[1:]])
status = dict(x.split(":", 1) for x in Path("/proc/self/status").read_text().splitlines())
print(time.process_time(), int(status["VmHWM"].split()[0]) // 1024, file=sys.stderr)
raise SystemExit(code)
"""


def main() -> None:
    """Measure, print, write."""
    parser = asked(__doc__, root=False)
    parser.add_argument("video")
    parser.add_argument("--detector", type=Path)
    parser.add_argument("--mediapipe", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    steps, peer = {}, []
    for people in PEOPLE:
        row = of_steps(args.video, args.detector, people)
        every = sum(ms for step, ms in row.items() if "file" not in step)
        steps["1 person" if people == 1 else f"{people} people"] = row | {"all": round(every, 2)}
        if args.mediapipe:
            peer.append(float(said(args.mediapipe, MEDIAPIPE, args.video, FRAMES).stdout))
    if peer:
        steps["MediaPipe, 1 person"] = {"all": round(statistics.median(peer), 2)}
    with tempfile.TemporaryDirectory() as folder:
        keep("costs", {"steps": steps, "runs": of_runs(Path(folder))})


def said(python: Path | str, program: str, *words: object) -> subprocess.CompletedProcess[str]:
    """What a program says to words."""
    command = [python, "-c", program, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def of_steps(video: str, detector: Path | None, people: int) -> Row:
    """Milliseconds a frame of each step."""
    predictor, finder = Predictor(threads=1), finders.default(threads=1)
    other = DetectorFile(detector, threads=1) if detector else None
    tracker, spent = Tracker(predictor.card.skeleton), defaultdict(list)
    last = time.process_time()

    def step(name: str) -> None:
        nonlocal last
        now = time.process_time()
        spent[name].append(1000 * (now - last))
        last = time.process_time()

    (source,) = sources([video])
    with tempfile.TemporaryDirectory() as folder:
        film = Film(Path(folder) / "a.mp4")
        for frame in islice(source.frames(), FRAMES):
            step("decode")
            found = finder(frame.pixels)
            step("find")
            if other:
                other(frame.pixels)
                step("find (detector's file)")
            boxes = np.repeat(found.boxes[:1], people, axis=0) + np.arange(people)[:, None] * [3.0, 0, 0, 0]
            placed = predictor.place(frame.pixels, Found(boxes, np.ones(people)))
            (answer,) = predictor.run([placed])
            poses = predictor.lift(placed, answer)
            step("poses")
            poses = tracker.update(poses, frame.time)
            step("track")
            pixels = even(film._drawn(frame, poses, frame.time or 0.0))
            step("draw")
            film._drawn = lambda *_, pixels=pixels: pixels  # type: ignore[method-assign]
            film.add(frame, poses, [])
            del film._drawn
            step("encode")
        film.close()
        step("encode")
    mean = sum(spent.pop("encode")) / FRAMES
    return {**{name: round(float(np.median(ms)), 2) for name, ms in spent.items()}, "encode": round(mean, 2)}


def of_runs(work: Path) -> dict[str, Row]:
    """Seconds and peak megabytes of one picture, the best of three, and of films to records, without drawings."""
    Image.fromarray(data.astronaut()).save(work / "one.jpg")
    found = {
        "one picture": min((predicted(work / "one.jpg") for _ in range(3)), key=lambda run: run["cpu_s"])
    }
    for frames in LENGTHS:
        row = predicted(
            film(work / f"{frames}.mp4", frames), "--out", work / f"{frames}", "--no-overlay", "--json"
        )
        found[f"{frames} frames"] = row | {"cpu_ms_a_frame": round(1000 * row["cpu_s"] / frames, 1)}
    return found


def predicted(*words: object) -> Row:
    """One `deeppose predict` in a process of its own."""
    used, peak = said(sys.executable, PREDICT, *words, "--threads", 1, "-q").stderr.splitlines()[-1].split()
    return {"cpu_s": round(float(used), 2), "peak_mb": int(peak)}


def film(path: Path, frames: int) -> Path:
    """A person who moves to and fro."""
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


if __name__ == "__main__":
    main()
