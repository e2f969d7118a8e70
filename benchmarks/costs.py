"""What a film costs: processor milliseconds a frame of every step, by the number of people.

    python benchmarks/costs.py VIDEO [--detector FILE.onnx] [--mediapipe PYTHON]

The first 20 frames are decoded, people are found by the detector that ships and by --detector's file if one is named,
but the poses are those of N copies of the best box, so that N is known; then tracks, drawing and encoding. One thread,
the processor's time, not the clock's; each step's median of all frames, encoding's mean, since it works in bursts.
Writes results/costs.json. The kept one was measured while other programs kept both cores busy, where everything takes
about twice its time on a quiet machine: its ratios and shares tell more than its sums.

--mediapipe: a Python of an environment with mediapipe==0.10.21, which does the same frames in between: detection, one
person's pose and tracking by the "full" model, without drawing.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from common import asked, keep

from deeppose.inference import Predictor, finders
from deeppose.inference.finders import Found
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.stream.films import Film, even
from deeppose.stream.sources import sources
from deeppose.stream.tracks import Tracker

FRAMES, PEOPLE = 20, (1, 4, 10)
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
            peer.append(beside(args.mediapipe, args.video))
    if peer:
        steps["MediaPipe, 1 person"] = {"all": round(statistics.median(peer), 2)}
    keep("costs", steps)


def beside(python: Path, video: str) -> float:
    """MediaPipe's milliseconds a frame."""
    command = [python, "-c", MEDIAPIPE, video, str(FRAMES)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


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


if __name__ == "__main__":
    main()
