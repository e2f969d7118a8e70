"""Where frames come from: what the user named becomes a list of sources, each file once."""

from __future__ import annotations

import contextlib
import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from deeppose.data.images import SUFFIXES as PICTURES
from deeppose.errors import ConfigError, ImageError
from deeppose.inference.frames import Frame
from deeppose.stream.marks import ours
from deeppose.stream.sampling import Span
from deeppose.stream.stills import Numbered, Piped, Range, Still, is_picture
from deeppose.stream.video import SUFFIXES as VIDEOS
from deeppose.stream.video import Camera, Video


class Source(Protocol):
    """Frames in order.

    Attributes:
        name: of its frames' `source`.
        still: pictures rather than a video.
    """

    name: str
    still: bool

    @property
    def file(self) -> Path | None:
        """Where it lies, if it is one file."""
        ...

    def count(self) -> int | None:
        """About how many frames; None where nobody knows."""
        ...

    def frames(self, after: int = -1) -> Iterator[Frame]:
        """The frames numbered above `after`, one in memory at a time.

        Raises:
            ImageError: what cannot be read, after the frames before it.
        """
        ...


def sources(
    inputs: Iterable[str], span: Span | None = None, value_range: Range | None = None
) -> list[Source]:
    """The sources meant by files, folders, globs, `-`, `camera:0` and `shot-%04d.png`.

    Folders are searched to any depth, linked ones once; drawings that this program wrote are left out of folders and
    globs. A file comes once, however often it is named.

    Raises:
        ImageError: a folder or a glob holds nothing that could be read.
    """
    span = span or Span()
    found: dict[str, Source] = {}
    for item in inputs:
        for path in _meant(item):
            key = path if path == "-" or path.startswith("camera:") else os.path.realpath(path)
            if key not in found:
                found[key] = _source(path, span, value_range)
    return list(found.values())


def listed(path: str) -> list[str]:
    """The inputs that a file lists, one a line, or one between zero bytes.

    Raises:
        ConfigError: it cannot be read, or lists nothing.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"--from {path}: cannot be read: {error.strerror}") from error
    parts = content.split(b"\0") if b"\0" in content else content.splitlines()
    names = [os.fsdecode(part) for part in parts if part.strip()]
    if not names:
        raise ConfigError(f"--from {path}: lists nothing; it needs one input a line")
    return names


def _meant(item: str) -> list[str]:
    path = Path(item)
    if os.path.isdir(path):
        inside = [str(each) for each in _inside(path)]
        if not inside:
            kinds = " ".join(sorted(PICTURES | VIDEOS))
            raise ImageError(f"{item}: no pictures or videos in this folder; known endings: {kinds}")
        return inside
    if not os.path.lexists(item) and glob.has_magic(item):
        names = sorted(glob.glob(item, recursive=True))
        files = [name for name in names if os.path.isfile(name) and not ours(Path(name))]
        inside = [str(each) for name in names if os.path.isdir(name) for each in _inside(Path(name))]
        if not files and not inside:
            raise ImageError(f"{item}: nothing fits this pattern")
        return files + inside
    return [item]


def _inside(folder: Path) -> Iterator[Path]:
    """Pictures and videos of a folder, by name; a link to a folder is followed unless it leads where we have been."""
    seen: set[str] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        here = os.path.realpath(top)
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(top, name)
            known = path.suffix.lower() in PICTURES | VIDEOS and not name.startswith(".")
            if known and os.path.isfile(path) and not ours(path):
                yield path


def _is_pipe(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_fifo()
    return False  # no file can have such a name, as whoever reads it will say


def _source(name: str, span: Span, value_range: Range | None) -> Source:
    if match := re.fullmatch(r"camera:(\d+)", name):
        return Camera(int(match[1]), span)
    path = Path(name)
    if name == "-" or _is_pipe(path):
        return Piped(name, span, value_range)
    if re.search(r"%0?\d*d", path.name) and not os.path.lexists(path):
        return Numbered(name, span, value_range)
    suffix = path.suffix.lower()
    video = suffix in VIDEOS or (suffix not in PICTURES and os.path.isfile(path) and not is_picture(path))
    return Video(path, name, span) if video else Still(path, name, value_range)
