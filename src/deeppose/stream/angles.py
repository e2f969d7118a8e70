"""Angles of joints and segments in degrees, and speeds of joints: what people read off poses over time.

The definitions are the skeleton's (`Skeleton.angles`) and are Sports2D's. Of someone who stands and faces right, a
straight knee, elbow, hip and hanging arm have 0; bending them as walking does is positive. A segment's angle is counted
from the picture's right counter-clockwise: an upright trunk has 90. Who faces left is mirrored first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from deeppose.files import write
from deeppose.skeleton import Angle, Skeleton
from deeppose.types import Floats

FACING = {"right": 1, "left": -1}
"""The side of the picture someone faces, and what x is multiplied by."""


def angles(skeleton: Skeleton, joints: Floats, facing: int = 1) -> Floats:
    """(..., A) degrees of the A angles of `skeleton.angles`; NaN where a segment has no length.

    Args:
        skeleton: of the joints.
        joints: (..., K, 2) pixels, y down.
        facing: 1 or -1, a value of `FACING`.

    >>> from deeppose.skeleton import LSP
    >>> upright = np.zeros((14, 2)); upright[12:] = [[0, -50], [0, -80]]
    >>> names = [angle.name for angle in LSP.angles]
    >>> angles(LSP, upright)[[names.index("trunk"), names.index("head")]]
    array([90., 90.])
    """
    seen = joints * np.array([facing, 1])
    every = [_angle(angle, seen) for angle in skeleton.angles]
    return np.stack(every, axis=-1) if every else np.zeros((*joints.shape[:-2], 0))


def _angle(angle: Angle, joints: Floats) -> Floats:
    u, v = _segments([joints[..., list(point), :].mean(-2) for point in angle.points])
    cross, dot = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0], (u * v).sum(-1)
    there = (np.abs(u).sum(-1) > 0) & (np.abs(v).sum(-1) > 0)
    measured = np.where(there, -np.degrees(np.arctan2(cross, dot)), np.nan)
    half = 90 if angle.line else 180
    return np.asarray((angle.sign * (measured + angle.offset) + half) % (2 * half) - half)


def _segments(points: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The two directions between which the angle lies; of a segment alone, itself and the horizontal."""
    if len(points) == 2:
        return points[0] - points[1], np.broadcast_to([1.0, 0.0], points[0].shape)
    if len(points) == 3:
        return points[0] - points[1], points[2] - points[1]
    return points[1] - points[0], points[3] - points[2]


def angle_scores(skeleton: Skeleton, scores: Floats) -> Floats:
    """(..., A): an angle is as sure as the least sure of its joints, of `scores` (..., K)."""
    taken = [sorted({j for point in angle.points for j in point}) for angle in skeleton.angles]
    every = [scores[..., joints].min(-1) for joints in taken]
    return np.stack(every, axis=-1) if every else np.zeros((*scores.shape[:-1], 0))


def facing(skeleton: Skeleton, joints: Floats, scores: Floats) -> int:
    """Which way someone faces over T frames: the way in which knees and elbows bend as they can.

    Args:
        skeleton: of the joints.
        joints: (T, K, 2) pixels.
        scores: (T, K); surer joints count for more.

    Returns:
        A value of `FACING`; right where nothing bends.
    """
    hinges = [i for i, angle in enumerate(skeleton.angles) if angle.hinge]
    bent = np.nan_to_num(angles(skeleton, joints)[..., hinges])
    return -1 if (bent * angle_scores(skeleton, scores)[..., hinges]).sum() < 0 else 1


def speeds(times: Floats, joints: Floats) -> Floats:
    """(T, K) pixels a second at real times (T,), by central differences; zeros of fewer than two frames."""
    if len(times) < 2:
        return np.zeros(joints.shape[:2])
    return np.asarray(np.linalg.norm(np.gradient(joints, times, axis=0), axis=-1))


def write_mot(path: Path, times: Floats, columns: Mapping[str, Floats]) -> Path:
    """A motion file as OpenSim reads it and Sports2D writes it: one row a frame, degrees, NaN where unknown.

    Raises:
        ConfigError: it cannot be written.
    """
    names = [name.replace("_", " ") for name in columns]
    heading = [
        "Coordinates",
        "version=1",
        f"nRows={len(times)}",
        f"nColumns={len(names) + 1}",
        "inDegrees=yes",
        "",
    ]
    heading += ["Units are S.I. units (second, meters, Newtons, ...)"]
    heading += ["Angles are in degrees.", "", "endheader", "\t".join(["time", *names])]
    rows = np.column_stack([times, *columns.values()]) if len(times) else np.zeros((0, 1))
    lines = ["\t".join(f"{value:.6f}".replace("nan", "NaN") for value in row) for row in rows]
    return write(path, "\n".join([*heading, *lines]) + "\n")
