"""Smoothing: how near to the true motion and how calm, on labelled motion with noise added; a plot of two extremes.

    python benchmarks/smoothing.py --penn DIR --photo FILE.jpg --detector FILE.onnx

DIR is `labels` of github.com/samaonline/Hierarchical-Model-for-Long-term-Video-Prediction: Penn Action's 13 joints by
hand, every hundredth clip of 30 frames or more, taken as 30 a second. A joint's noise is Gaussian, 0.6 to 3 % of the
person's size as its score falls, and every fiftieth sample or so, more where unsure, is an outlier of 15 %.

RMSE of visible joints to the labels and jitter (RMS of the third difference), both in % of the person's size. Labels
themselves jitter (by hand, frame by frame), so that what is nearest to them is not the calmest.

--photo: someone still. 60 copies of the photograph, each with its own noise (10 grey levels), brightness (5 %) and JPEG
damage (quality 40 to 80), go through `deeppose predict` as a video of 30 frames a second, at its default smoothing.
The largest step from frame to frame, and the spread around the mean place, of the joints of score 0.3 or more.

Writes results/smoothing.json and results/smoothing.svg: that person's joint that jumps most, and a wrist that swings
twice a second by 200 px with the same noise added, whose swing must stay as wide.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import scipy.io
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deeppose import cli
from deeppose.poses import Poses
from deeppose.skeleton import from_edges
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.records import read
from deeppose.stream.smoothing import Smoothing, smooth
from deeppose.stream.timeline import timelines

Floats = NDArray[np.float64]
Way = Callable[[Floats, Floats, Floats], Floats]
RATE, EVERY = 30, 100
RESULTS = Path(__file__).parent / "results"


def after(how: Smoothing, weighed: bool = True) -> Way:
    return lambda t, joints, scores: smooth(
        t, joints, scores if weighed else np.ones_like(scores), np.ones(len(t), bool), how
    )


def as_it_comes(times: Floats, joints: Floats, scores: Floats) -> Floats:
    skeleton, calmed = from_edges("penn", [f"joint {k}" for k in range(joints.shape[1])], []), OneEuro()
    poses = [
        Poses(skeleton, j[None], s[None], np.zeros((1, 4)), tracks=np.zeros(1, np.int64))
        for j, s in zip(joints, scores, strict=True)
    ]
    return np.stack([calmed.update(p, float(t))[0] for p, t in zip(poses, times, strict=True)])


WAYS: dict[str, Way] = {
    "raw": lambda _t, joints, _s: joints,
    "outliers out": after(Smoothing("none")),
    "butterworth 6 Hz": after(Smoothing()),
    "butterworth 6 Hz, scores not used": after(Smoothing(), weighed=False),
    "butterworth 6 Hz, outliers in": after(Smoothing(reject_outliers=False)),
    "butterworth 4 Hz": after(Smoothing(cut_off_frequency=4)),
    "savgol 6 Hz": after(Smoothing("savgol")),
    "one_euro (as frames come)": as_it_comes,
}


def main() -> None:
    """Measure, print, write, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--penn", type=Path)
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--detector", type=Path)
    args = parser.parse_args()
    path = RESULTS / "smoothing.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    if args.penn:
        result |= of_penn(args.penn)
    if args.photo:
        with tempfile.TemporaryDirectory() as folder:
            raw, smoothed, scores = standing(args.photo, args.detector, Path(folder))
        result |= {"still": {name: still(j, scores) for name, j in (("raw", raw), ("default", smoothed))}}
        jumps = np.abs(np.diff(raw[..., 0], axis=0)).max(0) * (scores.min(0) >= 0.3)
        worst = raw[:, jumps.argmax(), 0]
        figure, kept = extremes(worst)
        result["still"]["swing kept, %"] = kept
        figure.savefig(RESULTS / "smoothing.svg")
        print(result["still"])
    path.write_text(json.dumps(result, indent=1) + "\n")


def of_penn(folder: Path) -> dict[str, Any]:
    clips = [*filter(None, map(clip_of, sorted(folder.glob("*.mat"))[::EVERY]))]
    result: dict[str, Any] = {"clips": len(clips), "frames": sum(len(joints) for joints, _ in clips)}
    for name, way in WAYS.items():
        result[name] = row = measured(clips, way)
        print(f"{name:36s} RMSE {row['rmse']:.2f} %  jitter {row['jitter']:.2f} %")
    return result


def standing(photo: Path, detector: Path | None, folder: Path) -> tuple[Floats, Floats, Floats]:
    """Raw and smoothed joints (60, K, 2) and scores (60, K) of someone still, by the command line."""
    random, pixels = np.random.default_rng(0), cv2.imread(str(photo))
    for i in range(60):
        noisy = pixels * random.normal(1, 0.05) + random.normal(0, 10, pixels.shape)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 81))]
        cv2.imwrite(str(folder / f"{i:04d}.jpg"), np.clip(noisy, 0, 255).astype(np.uint8), quality)
    finder = ["--detector", str(detector)] if detector else []
    words = ["predict", str(folder / "%04d.jpg"), "--fps", "30", "--people", "1", "--no-overlay", "-q"]
    assert cli.main([*words, *finder, "--out", str(folder / "out")]) == 0
    (line,) = timelines(read(folder / "out"))
    (track,) = line.tracks
    return track.raw[..., :2], track.smoothed, track.raw[..., 2]


def still(joints: Floats, scores: Floats) -> dict[str, float]:
    sure = scores.min(0) >= 0.3
    steps = np.linalg.norm(np.diff(joints[:, sure], axis=0), axis=-1)
    spread = np.sqrt(((joints[:, sure] - joints[:, sure].mean(0)) ** 2).sum(-1).mean())
    numbers = {
        "joints": sure.sum(),
        "largest step, px": steps.max(),
        "mean step, px": steps.mean(),
        "spread, px": spread,
    }
    return {key: round(float(value), 2) for key, value in numbers.items()}


def clip_of(path: Path) -> tuple[Floats, NDArray[np.bool_]] | None:
    clip = scipy.io.loadmat(path)
    joints = np.stack([clip["x"], clip["y"]], axis=-1).astype(float)
    return (joints, clip["visibility"] > 0) if len(joints) >= 30 else None


def measured(clips: list[tuple[Floats, NDArray[np.bool_]]], way: Way) -> dict[str, float]:
    random = np.random.default_rng(0)
    rmse, jitter = [], []
    for joints, visible in clips:
        size = np.ptp(joints, axis=1).max(1).mean()
        noisy, scores = worsened(joints, size, random)
        found = way(np.arange(len(joints)) / RATE, noisy, scores)
        off = np.linalg.norm(found - joints, axis=-1)[visible] / size
        rmse.append(100 * np.sqrt(np.nanmean(off**2)))
        jitter.append(100 * np.sqrt(np.nanmean(np.diff(found, n=3, axis=0) ** 2)) / size)
    return {"rmse": round(float(np.mean(rmse)), 3), "jitter": round(float(np.mean(jitter)), 3)}


def worsened(joints: Floats, size: float, random: np.random.Generator) -> tuple[Floats, Floats]:
    scores = np.clip(random.beta(2, 1.2, joints.shape[:2]), 0.02, 1)
    spread = size * 0.012 * (0.5 + 2 * (1 - scores) ** 1.5)
    noisy = joints + random.normal(0, 1, joints.shape) * spread[..., None]
    far = random.random(scores.shape) < 0.02 * (1.5 - scores)
    noisy[far] += random.normal(0, 0.15 * size, noisy[far].shape)
    return noisy, scores


def extremes(found: Floats) -> tuple[Figure, dict[str, float]]:
    """Someone still, found at x (T,) in T frames, must stand still; a fast wrist must not be cut short."""
    times = np.arange(len(found)) / RATE
    swing, kept = 100 * np.sin(4 * np.pi * times), {}
    figure = Figure(figsize=(8, 5), layout="constrained")
    for axes, x, title in zip(
        figure.subplots(2, 1, sharex=True),
        (found - found.mean(), swing + found - found.mean()),
        ("the joint of someone still that jumps most, px", "a wrist that swings twice a second, px"),
        strict=True,
    ):
        joints, sure = np.stack([x, 0 * x], axis=-1)[:, None], np.ones((len(x), 1))
        axes.plot(times, x, ".", color="#8b929c", label="as found")
        for name in ("butterworth 6 Hz", "savgol 6 Hz"):
            smoothed = WAYS[name](times, joints, sure)[:, 0, 0]
            kept[name] = round(100 * float(smoothed @ swing / (swing @ swing)), 1)
            axes.plot(times, smoothed, label=name)
        axes.set_title(title, fontsize="medium")
    axes.plot(times, swing, "--", color="#8b929c", label="true", linewidth=1)
    axes.set_xlabel("seconds")
    axes.legend(loc="lower left", ncols=4, fontsize="small")
    return figure, kept


if __name__ == "__main__":
    main()
