"""One run: sources to frames to poses to sinks, one frame in memory, stopped without losing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from deeppose.errors import DeepPoseError
from deeppose.files import Record
from deeppose.inference.frames import Frame
from deeppose.inference.pipeline import Pipeline
from deeppose.poses import Poses
from deeppose.signals import Listener
from deeppose.stream.records import records_of
from deeppose.stream.sampling import Budget
from deeppose.stream.sinks import Sink
from deeppose.stream.sources import Source

Told = Callable[[str, DeepPoseError], None]
"""Called with the name of a source, or of a frame of it, that could not be used, and why."""


Follow = Callable[[Frame, Poses], Poses]
"""Gives the people of each frame of one video the numbers they keep."""


class Stop(Listener):
    """While it is entered, SIGINT and SIGTERM ask for an end after the current frame; a second one ends at once.

    Attributes:
        signal: the one that came, or None.
    """

    def __init__(self) -> None:
        super().__init__(self._came)
        self.signal: int | None = None

    def _came(self, number: int) -> None:
        self.signal = number
        self.let_go()

    @property
    def code(self) -> int | None:
        """The exit code of a program stopped by that signal."""
        return None if self.signal is None else 128 + self.signal


@dataclass
class Summary:
    """What a run did.

    Attributes:
        frames, people: of this run alone.
        empty: frames in which nobody was found.
        unusable: what could not be used, and why.
    """

    frames: int = 0
    people: int = 0
    empty: int = 0
    unusable: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Run:
    """What is done to every frame.

    Attributes:
        pipeline: finds people and poses.
        sinks: in order; the one that makes a frame durable comes last.
        calmed: one before all of them, which smooths the records as they come.
        model: what records say of the model.
        stages: whether records hold every stage.
        done: the last frame of each source that an earlier run has finished.
        told: hears of what cannot be used.
        stepped: called after each frame; True ends the run.
        before: called with a source before its frames are read, to open what belongs to it alone; gives that sink.
        followed: likewise, for what tells its people apart over time.
        budget: of videos, the time to spend on a frame that comes; None for whatever it takes.
    """

    pipeline: Pipeline
    sinks: list[Sink]
    model: str = ""
    stages: bool = False
    done: dict[str, int] = field(default_factory=dict)
    told: Told = lambda _name, _error: None
    stepped: Callable[[], bool] = lambda: False
    before: Callable[[Source], Sink | None] = lambda _: None
    followed: Callable[[Source], Follow] = lambda _: lambda _frame, poses: poses
    budget: Budget | None = None
    calmed: Sink | None = None

    def __call__(self, sources: Iterable[Source]) -> Summary:
        """Work through the sources. Pictures that follow each other are one stream, each video is one of its own.

        Raises:
            ConfigError: a sink cannot be written.
        """
        summary = Summary()
        for still, together in groupby(sources, lambda source: source.still):
            for group in [list(together)] if still else ([each] for each in together):
                if not self._group(group, summary):
                    return summary
        return summary

    def _group(self, group: list[Source], summary: Summary) -> bool:
        """Whether the run goes on after these sources."""
        own = None if group[0].still else self.before(group[0])
        sinks = [*filter(None, (self.calmed, own)), *self.sinks]
        follow = self.followed(group[0])
        whole = False
        try:
            for frame, poses in self.pipeline.run(self._frames(group, summary), self._skipped(summary)):
                self._finish(frame, follow(frame, poses), sinks, summary)
                if self.stepped():
                    return False
            whole = True
        finally:
            if own:
                own.close() if whole else getattr(own, "drop", own.close)()
        return True

    def _finish(self, frame: Frame, poses: Poses, sinks: list[Sink], summary: Summary) -> None:
        records: list[Record] = records_of(frame, poses, self.model, self.stages)
        for sink in sinks:
            sink.add(frame, poses, records)
        summary.frames += 1
        summary.people += len(poses)
        summary.empty += not len(poses)

    def _frames(self, group: list[Source], summary: Summary) -> Iterator[Frame]:
        for source in group:
            try:
                frames = source.frames(self.done.get(source.name, -1))
                yield from self.budget.chosen(frames) if self.budget and not source.still else frames
            except DeepPoseError as error:
                self._note(summary, source.name, error)

    def _skipped(self, summary: Summary) -> Callable[[Frame, DeepPoseError], None]:
        return lambda frame, error: self._note(summary, frame.source, error)

    def _note(self, summary: Summary, name: str, error: DeepPoseError) -> None:
        summary.unusable.append((name, str(error)))
        self.told(name, error)
