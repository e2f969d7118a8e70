"""Small videos with known frames, times and sound, written by PyAV."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

RATE = 25


def picture(index: int, size: tuple[int, int] = (64, 96)) -> np.ndarray:
    """A grey ramp that gets brighter to the right, its level telling the frame; the top left quarter is white."""
    height, width = size
    pixels = np.full((height, width, 3), 10 + 7 * (index % 30), np.uint8)
    pixels[: height // 2, : width // 2] = 255
    return pixels


def write_film(
    path: Path,
    times: Sequence[float],
    size: tuple[int, int] = (64, 96),
    rotation: int = 0,
    sound: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """A film whose i-th frame is `picture(i)` and is shown at `times[i]` seconds."""
    import av

    with av.open(str(path), "w", options=options or {}) as film:
        video = film.add_stream("libx264", rate=RATE, options={"crf": "10", "g": "5"})
        video.height, video.width, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        if rotation:
            video.set_display_rotation(rotation)
        audio = film.add_stream("aac", rate=8000, layout="mono") if sound else None
        if audio:
            _tone(av, film, audio, times[-1] + 1 / RATE)
        for index, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(index, size), format="rgb24")
            frame.pts, frame.time_base = round(time * 90_000), Fraction(1, 90_000)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    return path


def _tone(av, film, stream, seconds: float) -> None:
    samples = (np.sin(np.arange(int(seconds * 8000)) / 8000 * 440 * 2 * np.pi) * 9000).astype(np.int16)
    for start in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        film.mux(stream.encode(frame))
    film.mux(stream.encode(None))


def level(pixels: np.ndarray) -> int:
    """Which frame `picture` made, read off its darker right side."""
    return round((float(np.median(pixels[-8:, -8:])) - 10) / 7)
