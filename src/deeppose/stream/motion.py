"""What a finished run's records gain over time: tracks where they have none, smoothed joints, angles, speeds.

Two passes over the records, which are never held together: the first gathers every track's numbers, the second writes
the records anew with what was worked out beside the raw values. Doing it again starts from the raw values.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from deeppose import files
from deeppose.errors import ConfigError, DataError
from deeppose.files import Record
from deeppose.skeleton import Skeleton
from deeppose.stream.angles import FACING, angle_scores, angles, facing, speeds
from deeppose.stream.records import FILE, line, skeleton_of
from deeppose.stream.results import held
from deeppose.stream.rewriting import Frames, Worked, has_number, raw, tracked, written
from deeppose.stream.smoothing import Smoothing, smooth
from deeppose.types import Floats

SURE = 0.3
"""An angle whose joints are less sure is not given (Sports2D's keypoint_likelihood_threshold)."""


@dataclass(frozen=True)
class Motion:
    """What to add.

    Attributes:
        smoothing: how to smooth; None leaves the joints as they are.
        angles: angles of joints and segments in degrees.
        speeds: speeds of joints in pixels a second.
        visible_side: the side of the picture people face, "right" or "left"; "auto" reads it off each track.
        max_unseen: seconds, for records that have no tracks.
    """

    smoothing: Smoothing | None = None
    angles: bool = False
    speeds: bool = False
    visible_side: str = "auto"
    max_unseen: float = 1.0


@dataclass
class _Track:
    """One person of one video: where in the video they were seen, and how."""

    at: list[int] = field(default_factory=list)
    joints: list[Floats] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    record: Record = field(default_factory=dict)


def add_motion(folder: Path, how: Motion) -> int:
    """Write a run's records anew with what `how` asks for beside them.

    Returns:
        The number of tracks.

    Raises:
        DataError: there are no records, or none of a video.
        ConfigError: SciPy is missing, or the file cannot be written; the old one is then left as it was.
    """
    if not (folder / FILE).is_file():
        raise DataError(f"{folder}: holds no {FILE}; name a folder that predict wrote")
    with held(folder):
        return _add(folder, how)


def _add(folder: Path, how: Motion) -> int:
    times, tracks = _gathered(raw(folder), how.max_unseen)
    if not times:
        raise DataError(f"{folder}: holds no frames of a video, so nothing moves; run predict on a video")
    try:
        worked = {key: _worked(track, np.array(times[key[0]]), how) for key, track in tracks.items()}
    except ImportError as error:
        raise ConfigError("smoothing needs SciPy: pip install 'deeppose[video]'") from error
    fresh = tracked(raw(folder), how.max_unseen)

    def write(file: IO[bytes]) -> None:
        for together in written(fresh, worked):
            file.writelines(map(line, together))

    files.write(folder / FILE, write)
    return len(tracks)


def _gathered(
    every: Frames, max_unseen: float
) -> tuple[dict[str, list[float]], dict[tuple[str, int], _Track]]:
    """The times of each video's frames, and its tracks."""
    times: dict[str, list[float]] = defaultdict(list)
    tracks: dict[tuple[str, int], _Track] = defaultdict(_Track)
    for together in tracked(every, max_unseen):
        if together[0]["time"] is None:
            continue
        name = together[0]["file"]
        before = times[name][-1] if times[name] else -np.inf
        times[name].append(max(float(together[0]["time"]), before + 1e-3))  # rising, whatever the file says
        for record in filter(has_number, together):
            track = tracks[name, record["track"]]
            track.record = track.record or record
            track.at.append(len(times[name]) - 1)
            track.joints.append(np.array([[p["x"], p["y"]] for p in record["joints"].values()], np.float64))
            track.scores.append(np.array([p["score"] for p in record["joints"].values()], np.float64))
    return times, tracks


def _worked(track: _Track, times: Floats, how: Motion) -> Worked:
    skeleton = skeleton_of(track.record)
    first, last = track.at[0], track.at[-1]
    at = np.array(track.at) - first
    seen = np.zeros(last - first + 1, bool)
    seen[at] = True
    joints, scores = np.full((len(seen), len(skeleton), 2), np.nan), np.zeros((len(seen), len(skeleton)))
    joints[at], scores[at] = track.joints, track.scores
    when = times[first : last + 1]
    values: dict[str, tuple[tuple[str, ...], Floats]] = {}
    if how.smoothing:
        smoothed = smooth(when, joints, scores, seen, how.smoothing)
        values["smoothed"] = (skeleton.joints, smoothed)
        joints = np.where(np.isnan(smoothed), joints, smoothed)
    if how.angles:
        values["angles"] = _angles(skeleton, joints, scores, how.visible_side)
    if how.speeds:
        values["speeds"] = (skeleton.joints, speeds(when, joints))
    return Worked(first, track.record, seen, joints, values)


def _angles(skeleton: Skeleton, joints: Floats, scores: Floats, side: str) -> tuple[tuple[str, ...], Floats]:
    """Names and (T, A) degrees; NaN where unsure. Joints filled in are as sure as those around them."""
    there = ~np.isnan(joints).any((1, 2))
    way = FACING[side] if side in FACING else facing(skeleton, joints[there], scores[there])
    sure = (angle_scores(skeleton, scores) >= SURE) | ((scores.max(1, initial=0) == 0) & there)[:, None]
    found = np.where(sure, angles(skeleton, joints, way), np.nan)
    return tuple(angle.name for angle in skeleton.angles), found
