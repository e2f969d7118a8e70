"""Smoothing: how near to the true motion and how calm, on labelled motion with noise added.

    python benchmarks/smoothing.py LABELS

LABELS is `labels` of github.com/samaonline/Hierarchical-Model-for-Long-term-Video-Prediction: Penn Action's 13 joints
by hand, every hundredth clip of 30 frames or more, taken as 30 a second. A joint's noise is Gaussian, 0.6 to 3 % of the
person's size as its score falls, and every fiftieth sample or so, more where unsure, is an outlier of 15 %.

RMSE of visible joints to the labels and jitter (RMS of the third difference), both in % of the person's size. Labels
themselves jitter (by hand, frame by frame), so that what is nearest to them is not the calmest. Writes
results/smoothing.json.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.io
from common import asked, keep
from numpy.typing import NDArray

from deeppose.poses import Poses
from deeppose.skeleton import from_edges
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.smoothing import Smoothing, smooth

Floats = NDArray[np.float64]
Clip = tuple[Floats, NDArray[np.bool_]]
Way = Callable[[Floats, Floats, Floats], Floats]
RATE, EVERY, LEAST = 30, 100, 30


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
    """Measure, print, write."""
    parser = asked(__doc__, root=False)
    parser.add_argument("labels", type=Path)
    files = sorted(parser.parse_args().labels.glob("*.mat"))[::EVERY]
    clips = [clip for clip in map(clip_of, files) if len(clip[0]) >= LEAST]
    keep("smoothing", {name: measured(clips, way) for name, way in WAYS.items()})


def clip_of(path: Path) -> Clip:
    """Joints (T, 13, 2), and which are visible."""
    clip = scipy.io.loadmat(path)
    return np.stack([clip["x"], clip["y"]], axis=-1).astype(float), clip["visibility"] > 0


def measured(clips: list[Clip], way: Way) -> dict[str, float]:
    """Means over clips; every way meets the same noise."""
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
    """Noisy joints, and scores that tell how noisy."""
    scores = np.clip(random.beta(2, 1.2, joints.shape[:2]), 0.02, 1)
    spread = size * 0.012 * (0.5 + 2 * (1 - scores) ** 1.5)
    noisy = joints + random.normal(0, 1, joints.shape) * spread[..., None]
    far = random.random(scores.shape) < 0.02 * (1.5 - scores)
    noisy[far] += random.normal(0, 0.15 * size, noisy[far].shape)
    return noisy, scores


if __name__ == "__main__":
    main()
