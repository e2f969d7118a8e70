"""Following people while a run goes on: numbers for every video's people, also where an interrupted run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from deeppose.inference.frames import Frame
from deeppose.poses import Poses, from_records
from deeppose.skeleton import Skeleton
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.records import Record
from deeppose.stream.results import Results
from deeppose.stream.run import Follow
from deeppose.stream.sources import Source
from deeppose.stream.tracks import Tracker


def followed(
    skeleton: Skeleton, max_unseen: float, results: Results | None, finder: Any
) -> Callable[[Source], Follow]:
    """What a run calls for each source; people in still pictures get no numbers.

    Args:
        skeleton: of the poses.
        max_unseen: seconds for which someone unseen keeps their number.
        results: of a run that may go on: what it recorded is followed again first, so that numbers go on too.
        finder: told where another source begins, if it wants to know (`Following`).
    """

    def begin(source: Source) -> Follow:
        if hasattr(finder, "begin"):
            finder.begin(not source.still)
        if source.still:
            return lambda _frame, poses: poses
        tracker = Tracker(skeleton, max_unseen)
        if results and source.name in results.done:
            _again(tracker, results.recorded(source.name), skeleton)
        return lambda frame, poses: tracker.update(poses, frame.time, frame.pixels.shape[1::-1])

    return begin


def _again(tracker: Tracker, recorded: Iterable[list[Record]], skeleton: Skeleton) -> None:
    for together in recorded:
        people = [record for record in together if "joints" in record and not record.get("filled")]
        if people:
            size = (people[0]["width"], people[0]["height"])
            tracker.update(from_records(people, skeleton)[0], people[0]["time"], size)


class Calmed:
    """A sink, the first of all: puts One-Euro smoothed joints into the records as they come."""

    def __init__(self) -> None:
        self._source = ""
        self._filter = OneEuro()

    def add(self, frame: Frame, poses: Poses, records: list[Record]) -> None:
        """Smooth the people of one frame, if they are followed."""
        if poses.tracks is None or not len(poses):
            return
        if frame.source != self._source:
            self._source, self._filter = frame.source, OneEuro()
        names = poses.skeleton.joints
        for record, joints in zip(records, self._filter.update(poses, frame.time).round(3), strict=True):
            record["smoothed"] = {
                n: {"x": x, "y": y} for n, (x, y) in zip(names, joints.tolist(), strict=True)
            }

    def close(self) -> None:
        """Nothing is left to do."""
