"""Video files: PyAV reads them (extra `video`), OpenCV where that is missing; and cameras.

Times are the frames' own presentation times, so clips of variable frame rate keep theirs; frames are turned upright by
the file's display matrix (telephones). PyAV's wheels bring FFmpeg with x264, which is under the GPL.
"""

from __future__ import annotations

import contextlib
import io
import time as clock
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from deeppose.errors import ConfigError, ImageError
from deeppose.inference.frames import Frame
from deeppose.stream.sampling import Span

SUFFIXES = frozenset({
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2ts", ".mts", ".ts", ".wmv", ".flv", ".3gp",
    ".ogv", ".mjpeg", ".mjpg", ".y4m",
})  # fmt: skip
"""Endings of videos in folders; a file named on its own may be called anything."""

SHORT = 0.5
"""A file that ends so many seconds before the time it promises has been cut short."""


def library() -> Any | None:
    """PyAV, or None where it is not installed."""
    try:
        import av
    except ImportError:
        return None
    return av


class Video:
    """A video file.

    Args:
        path: the file, or its content.
        name: how its frames are called; the path by default.
        span: which of its frames.
    """

    still = False

    def __init__(self, path: Path | bytes, name: str | None = None, span: Span | None = None) -> None:
        self._path, self.span = path, span or Span()
        self.name = name if name is not None else str(path)

    @property
    def file(self) -> Path | None:
        """Where it lies, or None for a content without a file."""
        return self._path if isinstance(self._path, Path) else None

    def count(self) -> int | None:
        """About how many frames `frames` gives; None where the file does not say."""
        av = library()
        if av is None:
            return None
        try:
            with av.open(self._opened()) as container:
                return _count(container, self.span)
        except (av.FFmpegError, OSError, IndexError):
            return None

    def frames(self, after: int = -1) -> Iterator[Frame]:
        """The frames numbered above `after`.

        Raises:
            ImageError: the file cannot be read as a video, or only to some time; what could be read came before.
        """
        av = library()
        read = _by_opencv(self._path, self.name) if av is None else _by_pyav(av, self._opened(), self.name)
        for index, time, frame in self.span.chosen(read):
            if index > after:
                pixels = frame if isinstance(frame, np.ndarray) else _upright(frame)
                yield Frame(self.name, index, time, pixels)

    def _opened(self) -> Any:
        return str(self._path) if isinstance(self._path, Path) else io.BytesIO(self._path)


def _count(container: Any, span: Span) -> int | None:
    stream = container.streams.video[0]
    rate = float(stream.average_rate or 0)
    length = container.duration / 1e6 if container.duration else (stream.frames / rate if rate else 0)
    if not length or not rate:
        return None
    end = length if span.end is None else min(span.end, length)
    return max(1, round((end - span.start) * min(rate / span.every, span.fps or rate)))


def _by_pyav(av: Any, opened: Any, name: str) -> Iterator[tuple[int, float, Any]]:
    """(number, seconds, decoded frame) in order of presentation."""
    try:
        container = av.open(opened)
    except (av.FFmpegError, OSError) as error:
        raise ImageError(f"{name}: cannot be read as a video: {getattr(error, 'strerror', error)}") from error
    with container:
        if not container.streams.video:
            raise ImageError(f"{name}: there are no pictures in this file")
        stream = container.streams.video[0]
        zero = (container.start_time or 0) / 1e6
        broken, time, last = None, 0.0, 0.0
        for index, frame in enumerate(_decoded(av, container, stream)):
            if isinstance(frame, Exception):
                broken = broken or frame
                break
            step = 1 / float(stream.average_rate or 25)
            time = last + step if frame.time is None and index else float(frame.time or zero) - zero
            yield index, time, frame
            last = time
        promised = (container.duration or 0) / 1e6
        if broken or promised - time > SHORT + 2 / float(stream.average_rate or 25):
            cut = f" of {promised:.3f} s; it has been cut short"
            why = f": {getattr(broken, 'strerror', broken)}" if broken else cut
            raise ImageError(f"{name}: could be read up to {time:.3f} s{why}")


def _decoded(av: Any, container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames, and at the end the error that stopped them, if one did."""
    try:
        yield from container.decode(stream)
    except (av.FFmpegError, OSError) as error:
        yield error


def _upright(frame: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pixels = frame.to_ndarray(format="rgb24")
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else np.asarray(pixels)


def _by_opencv(path: Path | bytes, name: str) -> Iterator[tuple[int, float, Any]]:
    if isinstance(path, bytes):
        raise ConfigError(f"{name}: a video from a pipe needs PyAV: pip install 'deeppose[video]'")
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise ImageError(
                f"{name}: cannot be read as a video; pip install 'deeppose[video]' reads more kinds"
            )
        promised, index, time = capture.get(cv2.CAP_PROP_FRAME_COUNT), 0, 0.0
        while capture.grab():
            time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            done, pixels = capture.retrieve()
            if not done:
                break
            yield index, time, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
            index += 1
        if index + 2 < promised:
            raise ImageError(f"{name}: could be read up to {time:.3f} s, {index} of {promised:.0f} frames")
    finally:
        capture.release()


class Camera:
    """A camera, read until it is stopped; times are seconds since the first picture."""

    still, file = False, None

    def __init__(self, number: int, span: Span | None = None) -> None:
        self.name, self._number, self.span = f"camera:{number}", number, span or Span()

    def count(self) -> int | None:
        """Nobody knows."""
        return None

    def frames(self, after: int = -1) -> Iterator[Frame]:
        """Pictures as they come, numbered on from `after`.

        Raises:
            ImageError: there is no such camera, or it stopped.
        """
        capture = cv2.VideoCapture(self._number)
        with contextlib.closing(_Released(capture)):
            if not capture.isOpened():
                raise ImageError(f"{self.name}: there is no such camera; camera:0 is the first")
            for index, time, pixels in self.span.chosen(self._grabbed(capture)):
                yield Frame(self.name, after + 1 + index, time, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))

    def _grabbed(self, capture: Any) -> Iterator[tuple[int, float, Any]]:
        index, began = 0, clock.monotonic()
        while True:
            done, pixels = capture.read()
            if not done:
                raise ImageError(f"{self.name}: gives no more pictures")
            yield index, clock.monotonic() - began, pixels
            index += 1


class _Released:
    def __init__(self, capture: Any) -> None:
        self.close = capture.release
