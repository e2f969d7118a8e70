"""A video's records as what plots and pages show of it: every track over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deeppose.errors import ConfigError, DataError, unknown
from deeppose.skeleton import Skeleton
from deeppose.stream.motion import skeleton_of
from deeppose.stream.records import Record

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """One person over the T frames of their video; NaN where they are not.

    Attributes:
        number: the person's.
        raw: (T, K, 3) x, y, score as found; x, y of a filled gap with score 0.
        smoothed: (T, K, 2), NaN where nothing was smoothed.
        angles, speeds: (T,) by name, where the records have them.
        filled: (T,) frames in which a gap was filled.
    """

    number: int
    raw: Floats
    smoothed: Floats
    angles: dict[str, Floats]
    speeds: dict[str, Floats]
    filled: NDArray[np.bool_]

    @property
    def joints(self) -> Floats:
        """(T, K, 2): smoothed where known, else as found."""
        return np.where(np.isnan(self.smoothed), self.raw[..., :2], self.smoothed)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) frames in which the person was found."""
        return ~np.isnan(self.raw[:, 0, 0]) & ~self.filled


@dataclass(frozen=True, eq=False)
class Timeline:
    """One video: its name, times (T,), picture size, skeleton and tracks, in the order of their numbers."""

    file: str
    times: Floats
    size: tuple[int, int]
    skeleton: Skeleton
    tracks: tuple[Track, ...]


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
