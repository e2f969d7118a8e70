"""A run's records, frame by frame, without and with what was worked out of them: never held together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.files import Record
from deeppose.poses import from_records
from deeppose.stream.records import frames, read, skeleton_of
from deeppose.stream.tracks import Tracker
from deeppose.types import Floats

Frames = Iterator[list[Record]]

ADDED = ("smoothed", "angles", "speeds")


@dataclass
class Worked:
    """What was worked out of a track, from frame `first` of its video on."""

    first: int
    record: Record
    seen: NDArray[np.bool_]
    joints: Floats
    values: dict[str, tuple[tuple[str, ...], Floats]]


def raw(folder: Path) -> Frames:
    """The frames as predict wrote them: without what `written` adds."""
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


def tracked(every: Frames, max_unseen: float) -> Frames:
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


def written(every: Frames, worked: dict[tuple[str, int], Worked]) -> Frames:
    """Frames with what was worked out, and those people in them whom a filled gap had hidden."""
    place: dict[str, int] = defaultdict(lambda: -1)
    of: dict[str, list[tuple[int, Worked]]] = defaultdict(list)
    for (name, number), each in worked.items():
        of[name].append((number, each))
    for together in every:
        if together[0]["time"] is None:
            yield together
            continue
        name = together[0]["file"]
        place[name] += 1
        people = [
            {**r, **_added(worked[name, r["track"]], place[name])} if has_number(r) else r
            for r in together
            if "joints" in r
        ]
        hidden = (_filled(together[0], number, each, place[name]) for number, each in of[name])
        yield _numbered([*people, *filter(None, hidden)] or together)


def has_number(record: Record) -> bool:
    """Whether it is of somebody who is followed."""
    return "joints" in record and record["track"] is not None


def _added(track: Worked, place: int) -> dict[str, Any]:
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


def _filled(head: Record, number: int, track: Worked, place: int) -> Record | None:
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
