"""One self-contained page a run: each video's poses as a player, with a time line, tracks, angles, gaps, scores.

The page holds no picture of the video and fetches nothing: what it draws are the joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.show.palette import colour, hexadecimal
from deeppose.show.templates import environment
from deeppose.show.trails import track_colour
from deeppose.skeleton import Skeleton

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shown:
    """One track as the page shows it, over T frames; NaN where the person is not there.

    Attributes:
        number: the person's.
        joints: (T, K, 2), smoothed where that was done.
        raw: (T, K, 3) x, y, score as found.
        filled: (T,) frames in which a gap was filled.
        angles: (T,) degrees by name.
        smoothed: whether `joints` are.
    """

    number: int
    joints: Floats
    raw: Floats
    filled: NDArray[np.bool_]
    angles: dict[str, Floats]
    smoothed: bool


@dataclass(frozen=True, eq=False)
class Video:
    """One video: name, times (T,), picture size (width, height), skeleton and tracks."""

    file: str
    times: Floats
    size: tuple[int, int]
    skeleton: Skeleton
    tracks: Sequence[Shown]


def page(videos: Sequence[Video]) -> str:
    """The whole page as HTML, for one or several videos."""
    template = environment("player").get_template("page.html.j2")
    return template.render(videos=[_video(video) for video in videos])


def _video(video: Video) -> dict[str, object]:
    skeleton = video.skeleton
    return {
        "file": video.file,
        "size": list(video.size),
        "times": [round(float(t), 4) for t in video.times],
        "edges": [[a, b, hexadecimal(colour(skeleton, a, b))] for a, b in skeleton.edges],
        "joints": [[name, hexadecimal(colour(skeleton, k))] for k, name in enumerate(skeleton.joints)],
        "angles": [a.name for a in skeleton.angles if any(a.name in t.angles for t in video.tracks)],
        "tracks": [_track(track, video.times) for track in video.tracks],
    }


def _track(track: Shown, times: Floats) -> dict[str, object]:
    there = ~np.isnan(track.raw[:, 0, 0])
    seen = there & ~track.filled
    first, last = np.flatnonzero(there)[[0, -1]].tolist()
    part = slice(first, last + 1)
    missing = np.concatenate([[False], ~seen[part], [False]]).astype(int)
    return {
        "number": track.number,
        "colour": hexadecimal(track_colour(track.number)),
        "first": first,
        "from": round(float(times[first]), 2),
        "to": round(float(times[last]), 2),
        "seen": int(seen.sum()),
        "gaps": int((np.diff(missing) > 0).sum()),
        "filled": int(track.filled.sum()),
        "score": round(float(np.mean(track.raw[seen, :, 2])), 3) if seen.any() else None,
        "smoothed": track.smoothed,
        "places": [_points(points) for points in track.joints[part]],
        "raw": [_points(points) for points in track.raw[part, :, :2]] if track.smoothed else [],
        "scores": [_percent(row) for row in track.raw[part, :, 2]],
        "gone": [int(g) for g in track.filled[part]],
        "angles": {name: _numbers(values[part]) for name, values in track.angles.items()},
    }


def _points(points: Floats) -> list[float] | None:
    """x, y, x, y, … of a frame; None where the person is not there."""
    return None if np.isnan(points).any() else [round(v, 1) for v in points.ravel().tolist()]


def _percent(scores: Floats) -> list[int] | None:
    return None if np.isnan(scores).any() else (100 * scores).round().astype(int).tolist()


def _numbers(values: Floats) -> list[float | None]:
    return [None if v != v else round(v, 1) for v in values.tolist()]
