"""Where the time of a video goes: CPU milliseconds a frame of every step, one thread, for 1, 4 and 10 people.

    python benchmarks/video.py VIDEO [--detector FILE.onnx] [--mediapipe PYTHON]

The first 20 frames are decoded, people are found by the detector that ships and by --detector's file if one is named,
but the poses are those of N copies of the best box, so that N is known; then tracks, drawing and encoding. The
process's CPU time, not the clock; each step's median of all frames, encoding's mean, since it works in bursts. Writes
results/video.json. The kept one was measured while other programs kept both cores busy, where everything takes about
twice its time on a quiet machine: its ratios and shares tell more than its sums.

--mediapipe: a Python of an environment with mediapipe==0.10.21, which does the same frames in between
(`video_mediapipe.py`): detection, one person's pose and tracking by the "full" model, without drawing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from deeppose.inference import Predictor, finders
from deeppose.inference.finders import Found
from deeppose.inference.finders.detector_file import DetectorFile
from deeppose.stream.films import Film, even
from deeppose.stream.sources import sources
from deeppose.stream.tracks import Tracker

FRAMES, PEOPLE = 20, (1, 4, 10)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video")
    parser.add_argument("--detector", type=Path)
    parser.add_argument("--mediapipe", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    result, peer = {}, []
    for people in PEOPLE:
        row = measured(args.video, args.detector, people)
        every = sum(ms for step, ms in row.items() if "file" not in step)
        result["1 person" if people == 1 else f"{people} people"] = row | {"all": round(every, 2)}
        if args.mediapipe:
            peer.append(beside(args.mediapipe, args.video))
    if peer:
        result["MediaPipe, 1 person"] = {"all": round(statistics.median(peer), 2)}
    (Path(__file__).parent / "results" / "video.json").write_text(json.dumps(result, indent=1) + "\n")
    for name, row in result.items():
        print(name, row)


def beside(python: Path, video: str) -> float:
    """MediaPipe's CPU milliseconds a frame."""
    script = Path(__file__).with_name("video_mediapipe.py")
    done = subprocess.run([python, script, video, str(FRAMES)], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def measured(video: str, detector: Path | None, people: int) -> dict[str, float]:
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
            film.add(frame, replace(poses), [])
            del film._drawn
            step("encode")
        film.close()
        step("encode")
    mean = sum(spent.pop("encode")) / FRAMES
    return {**{name: round(float(np.median(ms)), 2) for name, ms in spent.items()}, "encode": round(mean, 2)}


if __name__ == "__main__":
    main()
