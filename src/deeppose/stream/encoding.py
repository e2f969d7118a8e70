"""Video files written frame by frame: by PyAV with the source's sound, or by OpenCV without.

Whatever fails in them is a kind of `OSError`, as PyAV's errors are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.stream.video import library

TICKS = 90_000
"""Ticks a second of a film's times, MPEG's own."""


class Encoder(Protocol):
    """A video file being written."""

    def add(self, pixels: NDArray[np.uint8], time: float) -> None:
        """One picture (H, W, 3) RGB of the first one's size, and when it is shown, in seconds of the source."""

    def close(self) -> None:
        """Finish the file."""

    def abandon(self) -> None:
        """Let go of the file, whatever state it is in."""


def encoder(path: Path, first: NDArray[np.uint8], start: float, source: Path | None) -> Encoder:
    """Opens a video file.

    Args:
        first: its first picture, which gives it its size.
        start: when that is shown, in seconds of the source.
        source: the video whose sound it gets where PyAV is installed, or None.
    """
    av = library()
    return _Opencv(path, first, start) if av is None else _Pyav(av, path, first, start, source)


class _Pyav:
    """H.264 (MPEG-4 where FFmpeg lacks x264) with the source's sound copied in between."""

    def __init__(
        self, av: Any, path: Path, first: NDArray[np.uint8], start: float, source: Path | None
    ) -> None:
        self._av, self._start, self._last = av, start, -1
        self._file = av.open(str(path), "w", format="mp4")
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        self._video = self._file.add_stream(codec, rate=30)
        self._video.height, self._video.width = first.shape[:2]
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.time_base = Fraction(1, TICKS)
        self._sound = _Sound(av, self._file, source, start) if source else None

    def add(self, pixels: NDArray[np.uint8], time: float) -> None:
        frame = self._av.VideoFrame.from_ndarray(pixels, format="rgb24")
        self._last = max(self._last + 1, round((time - self._start) * TICKS))
        frame.pts, frame.time_base = self._last, Fraction(1, TICKS)
        self._file.mux(self._video.encode(frame))
        if self._sound:
            self._sound.until(time)

    def close(self) -> None:
        self._file.mux(self._video.encode(None))
        if self._sound:
            self._sound.until(self._start + self._last / TICKS)
            self._sound.close()
        self._file.close()

    def abandon(self) -> None:
        if self._sound:
            self._sound.close()
        self._file.close()


class _Sound:
    """The first audio stream of a file, packet by packet, moved so that the film's first picture is at 0."""

    def __init__(self, av: Any, film: Any, source: Path, start: float) -> None:
        self._film, self._start = film, start
        self._file = av.open(str(source))
        self._waiting: Any = None
        self._packets: Iterator[Any] = iter(())
        audio = self._file.streams.audio
        if audio:
            self._zero = (self._file.start_time or 0) / 1e6
            with contextlib.suppress(
                ValueError, av.FFmpegError
            ):  # a codec that MP4 cannot hold: a silent film
                self._copy = film.add_stream_from_template(audio[0])
                self._packets = self._file.demux(audio[0])

    def until(self, time: float) -> None:
        """Copy what is heard before `time` seconds of the source."""
        while True:
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None or packet.dts is None:
                return
            base = packet.time_base
            at = float(packet.dts * base) - self._zero
            if at > time:
                self._waiting = packet
                return
            if at < self._start:
                continue
            shift = round((self._zero + self._start) / float(base))
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = self._copy
            self._film.mux(packet)

    def close(self) -> None:
        self._file.close()


class _Opencv:
    """MPEG-4 without sound, at 30 frames a second: what OpenCV can do where PyAV is missing."""

    def __init__(self, path: Path, first: NDArray[np.uint8], start: float) -> None:
        size = first.shape[1], first.shape[0]
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, size)
        if not self._writer.isOpened():
            raise OSError(f"OpenCV cannot write it; pip install 'deeppose[video]' ({path.parent})")
        self._start, self._frames = start, 0

    def add(self, pixels: NDArray[np.uint8], time: float) -> None:
        """A picture is repeated until the time of the next, so that the film lasts as long as the source."""
        due = max(self._frames + 1, round((time - self._start) * 30) + 1)
        for _ in range(due - self._frames):
            self._writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        self._frames = due

    def close(self) -> None:
        self._writer.release()

    abandon = close
