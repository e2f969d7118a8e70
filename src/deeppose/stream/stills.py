"""Still pictures, animations and pages; numbered sequences; what comes through a pipe."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from deeppose.data import images
from deeppose.data.formats import opened, piped
from deeppose.errors import ImageError
from deeppose.inference.frames import Frame
from deeppose.stream.sampling import Span
from deeppose.stream.video import Video

MANY = frozenset({".gif", ".webp", ".png", ".apng", ".tif", ".tiff", ".avif", ".avifs"})
"""Endings of files that can hold several frames or pages."""

Range = images.Range


class Still:
    """A picture's file: one frame, or those of an animation with their times, or pages without.

    Args:
        path: the file, or its content.
        name: how its frames are called; the path by default.
        value_range: which grey values of deep files become 0 and 255.
    """

    still = True

    def __init__(self, path: Path | bytes, name: str | None = None, value_range: Range | None = None) -> None:
        self._path, self._range = path, value_range
        self.name = name if name is not None else str(path)

    @property
    def file(self) -> Path | None:
        """Where it lies, or None for a content without a file."""
        return self._path if isinstance(self._path, Path) else None

    def count(self) -> int | None:
        """One; of animations nobody knows before they are read."""
        return 1

    def frames(self, after: int = -1) -> Iterator[Frame]:
        """The frames numbered above `after`.

        Raises:
            ImageError: the file is not a picture, or one of its frames is damaged.
        """
        if after >= 0 and self.file and self.file.suffix.lower() not in MANY:
            return
        time = 0.0
        for index, (pixels, lasts) in enumerate(images.read_frames(self._path, value_range=self._range)):
            if index > after:
                yield Frame(self.name, index, None if lasts is None else time, pixels)
            time += lasts or 0.0


class Numbered:
    """A sequence of pictures, `shot-%04d.png`: one source whose frames are numbered as the files are.

    Args:
        pattern: with one `%d` or `%04d` in the file's name.
        span: which of them; its `fps` is their rate, which gives them times.
    """

    still = False

    def __init__(self, pattern: str, span: Span | None = None, value_range: Range | None = None) -> None:
        self.name, self._range = pattern, value_range
        self.span = span or Span()
        self.file = None

    def count(self) -> int | None:
        """How many files there are."""
        return len(self._files())

    def frames(self, after: int = -1) -> Iterator[Frame]:
        """The frames numbered above `after`.

        Raises:
            ImageError: no file fits, or one cannot be read.
        """
        rate = self.span.fps or 1.0
        files = self._files()
        if not files:
            raise ImageError(f"{self.name}: no files of such names")
        sampled = Span(self.span.start, self.span.end, self.span.every)
        for index, time, path in sampled.chosen((n, (n - files[0][0]) / rate, path) for n, path in files):
            if index > after:
                pixels = images.read_image(path, value_range=self._range)
                yield Frame(self.name, index, time if self.span.fps else None, pixels)

    def _files(self) -> list[tuple[int, Path]]:
        path = Path(self.name)
        head, digits, tail = re.split(r"%0?(\d*)d", path.name)
        like = re.compile(re.escape(head) + rf"(\d{{{digits or 1},}})" + re.escape(tail))
        found = [(like.fullmatch(file.name), file) for file in path.parent.glob("*")]
        return sorted((int(match[1]), file) for match, file in found if match)


class Piped:
    """What comes through standard input or another pipe: a picture, an animation or a video."""

    still, file = True, None

    def __init__(self, path: str, span: Span | None = None, value_range: Range | None = None) -> None:
        self.name, self._span, self._range = path, span, value_range

    def count(self) -> int | None:
        """Nobody knows."""
        return None

    def frames(self, after: int = -1) -> Iterator[Frame]:
        """All is read, then its frames numbered above `after`.

        Raises:
            ImageError: nothing came, or it is neither a picture nor a video.
        """
        content = sys.stdin.buffer.read() if self.name == "-" else piped(self.name)
        if not content:
            raise ImageError(f"{self.name}: nothing came through the pipe")
        if is_picture(content):
            yield from Still(content, self.name, self._range).frames(after)
        else:
            yield from Video(content, self.name, self._span).frames(after)


def is_picture(content: bytes | Path) -> bool:
    """Does it begin as a picture of a format we read?"""
    try:
        with opened(content):
            return True
    except ImageError as error:
        return "not a picture in a format we read" not in str(error)
