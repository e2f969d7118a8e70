"""One self-contained page a run: each video's poses as a player, with a time line, tracks, angles, gaps, scores.

The page holds no picture of the video and fetches nothing: what it draws are the joints.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deeppose.poses.timeline import Timeline, Track
from deeppose.show.palette import colour, hexadecimal
from deeppose.show.templates import environment
from deeppose.show.trails import track_colour
from deeppose.types import Floats


def page(videos: Sequence[Timeline]) -> str:
    """The whole page as HTML, for one or several videos."""
    template = environment("player").get_template("page.html.j2")
    return template.render(videos=[_video(video) for video in videos])


def _video(video: Timeline) -> dict[str, object]:
    skeleton = video.skeleton
    return {
        "file": video.file,
        "size": list(video.size),
        "times": [round(float(t), 4) for t in video.seconds],
        "edges": [[a, b, hexadecimal(colour(skeleton, a, b))] for a, b in skeleton.edges],
        "joints": [[name, hexadecimal(colour(skeleton, k))] for k, name in enumerate(skeleton.joints)],
        "angles": [a.name for a in skeleton.angles if any(a.name in t.angles for t in video.tracks)],
        "tracks": [_track(track, video.seconds) for track in video.tracks],
    }


def _track(track: Track, times: Floats) -> dict[str, object]:
    seen = track.seen
    first, last = np.flatnonzero(seen | track.filled)[[0, -1]].tolist()
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
        "smoothed": track.is_smoothed,
        "places": [_points(points) for points in track.joints[part]],
        "raw": [_points(points) for points in track.raw[part, :, :2]] if track.is_smoothed else [],
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
