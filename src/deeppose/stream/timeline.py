"""A video's records as a timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from deeppose.errors import ConfigError, DataError, unknown
from deeppose.files import Record
from deeppose.poses.timeline import Timeline, Track
from deeppose.skeleton import Skeleton
from deeppose.stream.records import skeleton_of
from deeppose.types import Floats


@dataclass
class _Gathered:
    times: list[float] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    skeleton: Skeleton | None = None
    rows: dict[int, list[tuple[int, Record]]] = field(default_factory=dict)
    frame: int = -1


def timelines(records: Iterable[Record]) -> list[Timeline]:
    """Of every video of a run's records in which somebody was found.

    Raises:
        DataError: they are of no video with anybody in it.
    """
    videos: dict[str, _Gathered] = {}
    for record in records:
        if record["time"] is not None:
            _add(videos.setdefault(record["file"], _Gathered()), record)
    found = [_timeline(name, each, each.skeleton) for name, each in videos.items() if each.skeleton]
    if not found:
        raise DataError("no video with anybody in it in these records; run predict on a video first")
    return found


def chosen(videos: list[Timeline], file: str | None) -> Timeline:
    """The video of that name, or the only one.

    Raises:
        ConfigError: there are several and none was named, or none of that name.
    """
    names = [video.file for video in videos]
    if file is None and len(videos) > 1:
        raise ConfigError(f"name one of the videos with --file: {', '.join(names)}")
    if file is not None and file not in names:
        raise unknown("video", file, names)
    return videos[0 if file is None else names.index(file)]


def _add(video: _Gathered, record: Record) -> None:
    if record["frame"] != video.frame:
        video.frame = record["frame"]
        video.times.append(record["time"])
    if "joints" in record:
        video.skeleton, video.size = (
            video.skeleton or skeleton_of(record),
            (record["width"], record["height"]),
        )
        number = record.get("track", record["person"])
        if number is not None:
            video.rows.setdefault(int(number), []).append((len(video.times) - 1, record))


def _timeline(name: str, video: _Gathered, skeleton: Skeleton) -> Timeline:
    tracks = tuple(_track(n, video.rows[n], len(video.times), skeleton) for n in sorted(video.rows))
    return Timeline(name, np.array(video.times), video.size, skeleton, tracks)


def _track(number: int, rows: Iterable[tuple[int, Record]], length: int, skeleton: Skeleton) -> Track:
    raw = np.full((length, len(skeleton), 3), np.nan)
    smoothed, filled = np.full((length, len(skeleton), 2), np.nan), np.zeros(length, bool)
    named: dict[str, dict[str, Floats]] = {"angles": {}, "speeds": {}}
    for at, record in rows:
        raw[at] = [[p["x"], p["y"], p["score"]] for p in record["joints"].values()]
        filled[at] = bool(record.get("filled"))
        for k, joint in enumerate(skeleton.joints):
            if place := record.get("smoothed", {}).get(joint):
                smoothed[at, k] = place["x"], place["y"]
        for kind, values in named.items():
            for name, value in record.get(kind, {}).items():
                values.setdefault(name, np.full(length, np.nan))[at] = value
    return Track(number, raw, smoothed, named["angles"], named["speeds"], filled)
