"""What a finished run's records gain over time: tracks where they have none, smoothed joints, angles, speeds.

Two passes over the records, which are never held together: the first gathers every track's numbers, the second writes
the records anew with what was worked out beside the raw values. Doing it again starts from the raw values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from deeppose import files
from deeppose.errors import ConfigError, DataError
from deeppose.poses import from_records
from deeppose.skeleton import SKELETONS, Skeleton, from_edges
from deeppose.stream.angles import FACING, angle_scores, angles, facing, speeds
from deeppose.stream.records import FILE, Record, frames, line, read
from deeppose.stream.results import held
from deeppose.stream.smoothing import Smoothing, smooth
from deeppose.stream.tracks import Tracker

Floats = NDArray[np.float64]
Frames = Iterator[list[Record]]

ADDED = ("smoothed", "angles", "speeds")
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


@dataclass
class _Worked:
    """What was worked out of a track, from frame `first` of its video on."""

    first: int
    record: Record
    seen: NDArray[np.bool_]
    joints: Floats
    values: dict[str, tuple[tuple[str, ...], Floats]]


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
    times, tracks = _gathered(_raw(folder), how.max_unseen)
    if not times:
        raise DataError(f"{folder}: holds no frames of a video, so nothing moves; run predict on a video")
    try:
        worked = {key: _worked(track, np.array(times[key[0]]), how) for key, track in tracks.items()}
    except ImportError as error:
        raise ConfigError("smoothing needs SciPy: pip install 'deeppose[video]'") from error
    fresh = _tracked(_raw(folder), how.max_unseen)

    def write(file: IO[bytes]) -> None:
        for together in _written(fresh, worked):
            file.writelines(map(line, together))

    files.write(folder / FILE, write)
    return len(tracks)


def skeleton_of(record: Record) -> Skeleton:
    """The skeleton of a record's joints; one without limbs where its name is not known here."""
    name, joints = str(record["skeleton"]), tuple(record["joints"])
    known = SKELETONS.get(name)
    return known if known and known.joints == joints else from_edges(name, joints, [])


def _raw(folder: Path) -> Frames:
    """The frames as predict wrote them: without what this module adds."""
    for together in frames(read(folder)):
        kept = [{k: v for k, v in r.items() if k not in ADDED} for r in together if not r.get("filled")]
        yield _numbered(kept or [_without_anybody(together[0])])


def _without_anybody(record: Record) -> Record:
    kept = ("schema", "model", "file", "frame", "time", "width", "height")
    return {**{k: record[k] for k in kept if k in record}, "people": 0}


def _numbered(together: list[Record]) -> list[Record]:
    """Records of one frame, counted anew."""
    if "joints" not in together[0]:
        return together
    return [{**r, "person": i, "people": len(together)} for i, r in enumerate(together)]


def _tracked(every: Frames, max_unseen: float) -> Frames:
    """Frames of videos with a track for everyone."""
    trackers: dict[str, Tracker] = {}
    for together in every:
        first = together[0]
        people = [r for r in together if "joints" in r]
        if first["time"] is not None and people and any("track" not in r for r in people):
            if first["file"] not in trackers:
                trackers[first["file"]] = Tracker(skeleton_of(people[0]), max_unseen)
            poses, _ = from_records(people, skeleton_of(people[0]))
            tracks = (
                trackers[first["file"]].update(poses, first["time"], (first["width"], first["height"])).tracks
            )
            assert tracks is not None
            together = [{**r, "track": t} for r, t in zip(people, tracks.tolist(), strict=True)]
        yield together


def _gathered(
    every: Frames, max_unseen: float
) -> tuple[dict[str, list[float]], dict[tuple[str, int], _Track]]:
    """The times of each video's frames, and its tracks."""
    times: dict[str, list[float]] = defaultdict(list)
    tracks: dict[tuple[str, int], _Track] = defaultdict(_Track)
    for together in _tracked(every, max_unseen):
        if together[0]["time"] is None:
            continue
        name = together[0]["file"]
        before = times[name][-1] if times[name] else -np.inf
        times[name].append(max(float(together[0]["time"]), before + 1e-3))  # rising, whatever the file says
        for record in filter(_has_number, together):
            track = tracks[name, record["track"]]
            track.record = track.record or record
            track.at.append(len(times[name]) - 1)
            track.joints.append(np.array([[p["x"], p["y"]] for p in record["joints"].values()], np.float64))
            track.scores.append(np.array([p["score"] for p in record["joints"].values()], np.float64))
    return times, tracks


def _worked(track: _Track, times: Floats, how: Motion) -> _Worked:
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
    return _Worked(first, track.record, seen, joints, values)


def _angles(skeleton: Skeleton, joints: Floats, scores: Floats, side: str) -> tuple[tuple[str, ...], Floats]:
    """Names and (T, A) degrees; NaN where unsure. Joints filled in are as sure as those around them."""
    there = ~np.isnan(joints).any((1, 2))
    way = FACING[side] if side in FACING else facing(skeleton, joints[there], scores[there])
    sure = (angle_scores(skeleton, scores) >= SURE) | ((scores.max(1, initial=0) == 0) & there)[:, None]
    found = np.where(sure, angles(skeleton, joints, way), np.nan)
    return tuple(angle.name for angle in skeleton.angles), found


def _written(every: Frames, worked: dict[tuple[str, int], _Worked]) -> Frames:
    """Frames with what was worked out, and those people in them whom a filled gap had hidden."""
    place: dict[str, int] = defaultdict(lambda: -1)
    of: dict[str, list[tuple[int, _Worked]]] = defaultdict(list)
    for (name, number), each in worked.items():
        of[name].append((number, each))
    for together in every:
        if together[0]["time"] is None:
            yield together
            continue
        name = together[0]["file"]
        place[name] += 1
        people = [
            {**r, **_added(worked[name, r["track"]], place[name])} if _has_number(r) else r
            for r in together
            if "joints" in r
        ]
        hidden = (_filled(together[0], number, each, place[name]) for number, each in of[name])
        yield _numbered([*people, *filter(None, hidden)] or together)


def _has_number(record: Record) -> bool:
    return "joints" in record and record["track"] is not None


def _added(track: _Worked, place: int) -> dict[str, Any]:
    row = place - track.first
    return {key: _named(names, values[row]) for key, (names, values) in track.values.items()}


def _named(names: Iterable[str], values: Floats) -> dict[str, Any]:
    """Values by name, those that are known."""
    if values.ndim == 2:
        points = zip(names, values.round(3).tolist(), strict=True)
        return {name: {"x": x, "y": y} for name, (x, y) in points if x == x}
    return {
        name: value for name, value in zip(names, values.round(2).tolist(), strict=True) if value == value
    }


def _filled(head: Record, number: int, track: _Worked, place: int) -> Record | None:
    """Someone not found in this frame whose gap was filled; their joints score 0, and their record says `filled`."""
    row = place - track.first
    if not 0 <= row < len(track.seen) or track.seen[row] or np.isnan(track.joints[row]).any():
        return None
    names = track.record["joints"]
    places = zip(names, track.joints[row].round(3).tolist(), strict=True)
    low, high = track.joints[row].min(0), track.joints[row].max(0)
    box = dict(zip("xywh", np.concatenate([low, high - low]).round(3).tolist(), strict=True))
    return {
        **_without_anybody(head), "person": 0, "people": 1, "track": number, "skeleton": track.record["skeleton"],
        "box": box, "filled": True, "joints": {name: {"x": x, "y": y, "score": 0.0} for name, (x, y) in places},
        **_added(track, place),
    }  # fmt: skip
