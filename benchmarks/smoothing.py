"""Smoothing: how near to the true motion and how calm, on labelled motion with noise added; a plot of two extremes.

    python benchmarks/smoothing.py --penn DIR

DIR is `labels` of github.com/samaonline/Hierarchical-Model-for-Long-term-Video-Prediction: Penn Action's 13 joints by
hand, every hundredth clip of 30 frames or more, taken as 30 a second. A joint's noise is Gaussian, 0.6 to 3 % of the
person's size as its score falls, and every fiftieth sample or so, more where unsure, is an outlier of 15 %.

RMSE of visible joints to the labels and jitter (RMS of the third difference), both in % of the person's size. Labels
themselves jitter (by hand, frame by frame), so that what is nearest to them is not the calmest.

Writes results/smoothing.json and results/smoothing.svg: someone still with an ankle that is now and then taken for
another, and a wrist that swings twice a second.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.io
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deeppose.poses import Poses
from deeppose.skeleton import from_edges
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.smoothing import Smoothing, smooth

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
    parser.add_argument("--penn", type=Path, required=True)
    args = parser.parse_args()
    clips = [*filter(None, map(read, sorted(args.penn.glob("*.mat"))[::EVERY]))]
    result: dict[str, object] = {"clips": len(clips), "frames": sum(len(joints) for joints, _ in clips)}
    for name, way in WAYS.items():
        result[name] = row = measured(clips, way)
        print(f"{name:36s} RMSE {row['rmse']:.2f} %  jitter {row['jitter']:.2f} %")
    (RESULTS / "smoothing.json").write_text(json.dumps(result, indent=1) + "\n")
    extremes().savefig(RESULTS / "smoothing.svg")


def read(path: Path) -> tuple[Floats, NDArray[np.bool_]] | None:
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


def extremes() -> Figure:
    """Someone still must stand still, a fast wrist must not be cut short."""
    random = np.random.default_rng(3)
    times = np.arange(90) / RATE
    still = 200 + random.normal(0, 2, 90)
    still[[9, 30, 31, 60]] += 139
    swing = 100 * np.sin(4 * np.pi * times)
    figure = Figure(figsize=(8, 5), layout="constrained")
    for axes, x, title in zip(
        figure.subplots(2, 1, sharex=True),
        (still, swing + random.normal(0, 2, 90)),
        ("an ankle of someone still, px", "a wrist that swings twice a second, px"),
        strict=True,
    ):
        joints, sure = np.stack([x, 0 * x], axis=-1)[:, None], np.ones((90, 1))
        axes.plot(times, x, ".", color="#8b929c", label="as found")
        for name in ("butterworth 6 Hz", "savgol 6 Hz"):
            axes.plot(times, WAYS[name](times, joints, sure)[:, 0, 0], label=name)
        axes.set_title(title, fontsize="medium")
    axes.plot(times, swing, "--", color="#8b929c", label="true", linewidth=1)
    axes.set_xlabel("seconds")
    axes.legend(loc="lower left", ncols=4, fontsize="small")
    return figure


if __name__ == "__main__":
    main()
