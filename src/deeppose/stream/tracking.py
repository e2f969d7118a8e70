"""Following people while a run goes on: numbers for every video's people, also where an interrupted run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from deeppose.files import Record
from deeppose.inference.frames import Frame
from deeppose.inference.likeness import distinct
from deeppose.inference.people import kept
from deeppose.inference.pipeline import Pipeline
from deeppose.poses import Poses, from_records, nobody
from deeppose.skeleton import Skeleton
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.results import Results
from deeppose.stream.run import Follow
from deeppose.stream.sources import Source
from deeppose.stream.tracks import DOUBTFUL, Tracker


def enough(least: float) -> float:
    """The score from which on people are of use to `followed`: who is doubtful may go on a track."""
    return least * DOUBTFUL


def followed(pipeline: Pipeline, max_unseen: float, results: Results | None) -> Callable[[Source], Follow]:
    """What a run calls for each source; people in still pictures get no numbers.

    Args:
        pipeline: says which skeleton, from what score on and how many people are wanted: of a video, half that score
            is enough once followed, and everyone counts once; 0 keeps everybody. Its finder is told where another
            source begins, if it wants to know (`Following`). The poses come from one that gives all who score `enough`.
        max_unseen: seconds for which someone unseen keeps their number.
        results: of a run that may go on: what it recorded is followed again first, so that numbers go on too.
    """
    skeleton, least, most = pipeline.predictor.card.skeleton, pipeline.least, pipeline.most

    def begin(source: Source) -> Follow:
        if hasattr(pipeline.finder, "begin"):
            pipeline.finder.begin(not source.still)
        if source.still:
            return lambda _frame, poses: kept(poses, least, most)
        tracker = Tracker(skeleton, max_unseen, least)
        if results and source.name in results.done:
            _again(tracker, getattr(pipeline.finder, "again", None), results.recorded(source.name), skeleton)
        return lambda frame, poses: numbered(tracker, poses, frame.time, _size(frame), least, most)

    return begin


def numbered(
    tracker: Tracker, poses: Poses, time: float | None, size: tuple[int, int], least: float, most: int | None
) -> Poses:
    """Everyone of a frame once, at most so many, with their numbers, and without the doubtful who go on no track.

    Args:
        tracker: of the same `least`.
        poses: of all who score `enough`.
        time, size: as `Tracker.update` has them.
        least, most: the score a person needs, and how many are wanted; the doubtful only where the sure leave room.
    """
    poses = distinct(poses) if least else poses
    sure = np.full(len(poses), True) if poses.person_scores is None else poses.person_scores >= least
    wanted = np.sort(np.argsort(~sure, kind="stable")[:most])
    found = tracker.update(poses[wanted], time, size)
    assert found.tracks is not None
    return found[sure[wanted] | (found.tracks >= 0)]


def _again(
    tracker: Tracker,
    found: Callable[[tuple[int, int], Poses], None] | None,
    recorded: Iterable[list[Record]],
    skeleton: Skeleton,
) -> None:
    """Follow what an earlier run recorded, and tell the finder what it found."""
    for together in recorded:
        people = [record for record in together if "joints" in record and not record.get("filled")]
        poses = from_records(people, skeleton)[0] if people else nobody(skeleton)
        size = (together[0]["width"], together[0]["height"])
        tracker.update(poses, together[0]["time"], size)
        if found:
            found(size, poses)


def _size(frame: Frame) -> tuple[int, int]:
    height, width = frame.pixels.shape[:2]
    return width, height


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
