"""Videos with the poses drawn on them: the source's times, and its sound as it was."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.errors import ConfigError, ImageError
from deeppose.files import Record
from deeppose.inference.frames import Frame
from deeppose.poses import Poses, from_records, nobody
from deeppose.show.overlay import draw
from deeppose.show.trails import Trails
from deeppose.show.trails import draw as draw_motion
from deeppose.skeleton import Skeleton
from deeppose.stream.angles import angles, facing
from deeppose.stream.encoding import Encoder, encoder
from deeppose.stream.results import Results
from deeppose.stream.sinks import beside
from deeppose.stream.sources import Source
from deeppose.types import Floats


class Film:
    """One video drawn, written under a temporary name until it is closed.

    Args:
        path: the .mp4 to write.
        source: the video whose sound it gets, or None.
        width: in pixels; None for the source's own.
        angles: whether joints' angles are written beside people who are followed.
    """

    def __init__(
        self, path: Path, source: Path | None = None, width: int | None = None, angles: bool = False
    ) -> None:
        self.path, self._source, self._width, self._angles = path, source, width, angles
        self._trails = Trails()
        self._size: tuple[int, int] | None = None
        self._scratch = path.with_name(f".{path.stem[:200]}.part.mp4")
        self._writer: Encoder | None = None

    def add(self, frame: Frame, poses: Poses, records: list[Record]) -> None:
        """Draw one frame, its people smoothed where the records say how.

        Raises:
            ConfigError: the film cannot be written.
        """
        time = frame.time or 0.0
        if any("smoothed" in record for record in records):
            poses = _recorded(records, poses.skeleton)
        pixels = self._sized(even(self._drawn(frame, poses, time)))
        try:
            if self._writer is None:
                self._writer = encoder(self._scratch, pixels, time, self._source)
            self._writer.add(pixels, time)
        except OSError as error:  # PyAV's errors are kinds of it
            raise ConfigError(f"{self.path}: cannot be written: {error.strerror or error}") from error

    def _sized(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A film has one size, its first picture's."""
        self._size = self._size or (pixels.shape[1], pixels.shape[0])
        same = self._size == (pixels.shape[1], pixels.shape[0])
        return (
            pixels
            if same
            else np.asarray(cv2.resize(pixels, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        )

    def _drawn(self, frame: Frame, poses: Poses, time: float) -> NDArray[np.uint8]:
        pixels = draw(frame.pixels, poses, width=self._width)
        past = self._trails.update(poses, time)
        read = {track: _angles(poses.skeleton, seen) for track, seen in past.items()} if self._angles else {}
        return draw_motion(pixels, poses, past, read, pixels.shape[1] / frame.pixels.shape[1])

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            ConfigError: the film cannot be written.
        """
        if self._writer is None:
            return
        try:
            self._writer.close()
            os.replace(self._scratch, self.path)
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be written: {error.strerror or error}") from error
        finally:
            self.drop()

    def drop(self) -> None:
        """Leave no half of a film behind."""
        writer, self._writer = self._writer, None
        with contextlib.suppress(OSError, ValueError):
            if writer is not None:
                writer.abandon()
        with contextlib.suppress(OSError):
            self._scratch.unlink()


def even(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of even sides, as H.264's colours need: an odd last row or column is repeated."""
    odd = pixels.shape[0] % 2, pixels.shape[1] % 2
    return np.pad(pixels, ((0, odd[0]), (0, odd[1]), (0, 0)), "edge") if any(odd) else pixels


def _angles(skeleton: Skeleton, past: list[tuple[Floats, Floats]]) -> dict[str, float]:
    """Degrees by name in the last of these frames; which way someone faces is read off all of them."""
    joints, scores = (np.stack(parts) for parts in zip(*past, strict=True))
    found = angles(skeleton, joints[-1], facing(skeleton, joints, scores))
    names = [angle.name for angle in skeleton.angles]
    return {name: value for name, value in zip(names, found.tolist(), strict=True) if value == value}


def films(
    results: Results, stems: dict[str, Path], width: int | None, skeleton: Skeleton, angles: bool = False
) -> Callable[[Source], Film | None]:
    """Opens the film of each source, unless an earlier run finished it; what that run recorded is drawn again."""

    def opened(source: Source) -> Film | None:
        path, last = beside(stems[source.name], "-pose.mp4"), results.done.get(source.name, -1)
        if last >= 0 and path.exists():
            return None
        film = Film(path, source.file, width, angles)
        if last >= 0 and source.file:
            _again(film, source, last, results, skeleton)
        return film

    return opened


def drawn_after(
    results: Results, stems: dict[str, Path], width: int | None, skeleton: Skeleton, angles: bool = False
) -> Callable[[Source], None]:
    """Draws the film of a source from its finished records, where its people are smoothed.

    Raises:
        ConfigError: the film cannot be written.
    """

    def draw(source: Source) -> None:
        film = Film(beside(stems[source.name], "-pose.mp4"), source.file, width, angles)
        try:
            _again(film, source, results.done.get(source.name, -1), results, skeleton)
            film.close()
        finally:
            film.drop()

    return draw


def _again(film: Film, source: Source, last: int, results: Results, skeleton: Skeleton) -> None:
    """Draw the frames up to `last` from their records: the model is not asked twice."""
    recorded = results.recorded(source.name)
    together: list[Record] = next(recorded, [])
    with contextlib.suppress(ImageError):  # the run that goes on will meet and tell it
        for frame in source.frames():
            if frame.index > last:
                return
            while together and together[0]["frame"] < frame.index:
                together = next(recorded, [])
            here = together if together and together[0]["frame"] == frame.index else []
            people = [record for record in here if "joints" in record]
            film.add(frame, _recorded(people, skeleton) if people else nobody(skeleton), [])


def _recorded(people: list[Record], skeleton: Skeleton) -> Poses:
    """Smoothed where they are."""
    smoothed = [{**r, "joints": _smoothed(r["joints"], r.get("smoothed", {}))} for r in people]
    return from_records(smoothed, skeleton)[0]


def _smoothed(joints: Record, places: Record) -> Record:
    return {name: {**at, **places.get(name, {})} for name, at in joints.items()}
