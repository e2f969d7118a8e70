"""Where poses go: a sink takes each frame with its poses and records, and is closed at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from deeppose.errors import ConfigError
from deeppose.files import Record
from deeppose.inference.frames import Frame
from deeppose.poses import Poses
from deeppose.show.listing import listing
from deeppose.show.overlay import draw, save
from deeppose.show.strip import strip
from deeppose.stream.records import line, shown
from deeppose.stream.results import Results


class Sink(Protocol):
    """Takes frames one after the other."""

    def add(self, frame: Frame, poses: Poses, records: list[Record]) -> None:
        """One frame, what was found in it, and its records.

        Raises:
            ConfigError: it cannot be written; says what remains.
        """
        ...

    def close(self) -> None:
        """No more frames come."""
        ...


class Kept:
    """A run's folder as a sink: put it after those that draw, for a frame that is recorded is done."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def add(self, frame: Frame, poses: Poses, records: list[Record]) -> None:
        """Append the records."""
        del frame, poses
        self._results.add(records)

    def close(self) -> None:
        """The folder is closed by whoever opened it."""


class Printed:
    """Records on standard output as they come: JSON lines, or tables for people to read.

    Attributes:
        closed: whoever read them went away (`| head`); nothing is printed from then on.
    """

    def __init__(self, as_json: bool) -> None:
        self._json, self._out, self.closed = as_json, sys.stdout, False
        self._begun = False

    def add(self, frame: Frame, poses: Poses, records: list[Record]) -> None:
        """Print the records of one frame."""
        if self.closed:
            return
        if self._json:
            text = b"".join(map(line, records)).decode("ascii")
        elif frame.time is None:
            tables = [listing({**r, "file": shown(r["file"])}) for r in records]
            text = "\n" * self._begun + "\n\n".join(tables) + "\n"
        else:
            people = f"{len(poses)} {'person' if len(poses) == 1 else 'people'}" if len(poses) else "nobody"
            text = f"{shown(frame.source)} {frame.time:9.3f} s, frame {frame.index}: {people}\n"
        self._write(text)

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
            self._begun = True
        except BrokenPipeError:
            self.closed = True
            silence()
        except OSError as error:
            raise ConfigError(f"standard output: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is left to do."""


def silence() -> None:
    """Standard output leads nowhere from now on, so that Python does not complain of a closed pipe as it ends."""
    import os

    number = os.open(os.devnull, os.O_WRONLY)
    os.dup2(number, sys.stdout.fileno())


class Drawings:
    """The poses drawn on pictures of their own size, and on request strips of each person's stages.

    Args:
        stems: for each source the start of its drawings' names; others are not drawn here (videos become films).
        width: of the drawings in pixels; None for the pictures' own.
        strips: also `-stages` strips.
        poses: also `-pose` drawings.
    """

    def __init__(
        self, stems: dict[str, Path], width: int | None = None, strips: bool = False, poses: bool = True
    ) -> None:
        self._stems, self._width, self._strips, self._poses = stems, width, strips, poses

    def add(self, frame: Frame, poses: Poses, records: list[Record]) -> None:
        """Draw one frame."""
        del records
        if frame.source not in self._stems:
            return
        stem = self._stems[frame.source]
        if frame.time is not None or frame.index:
            stem = stem.with_name(f"{stem.name}-{frame.index:06d}")
        if self._poses:
            save(beside(stem, "-pose.jpg"), draw(frame.pixels, poses, width=self._width))
        for i in range(len(poses) if self._strips else 0):
            number = f"-{i + 1}" if len(poses) > 1 else ""
            save(beside(stem, f"-stages{number}.jpg"), strip(frame.pixels, poses, i))

    def close(self) -> None:
        """Every drawing is finished."""


def beside(stem: Path, ending: str) -> Path:
    """The stem's file with that ending."""
    return stem.with_name(f"{stem.name}{ending}")


def output_stems(names: Iterable[str], folder: Path) -> dict[str, Path]:
    """For each source the start of its outputs' names in `folder`: no two alike, and no output an input.

    >>> stems = output_stems(["a/im.jpg", "b/im.png", "im-2.jpg"], Path("out"))
    >>> [str(stem) for stem in stems.values()]
    ['out/im', 'out/im-2', 'out/im-2-2']
    """
    paths = {name: Path(name.replace(":", "-")) for name in names}
    inputs = {
        path.name
        for path in paths.values()
        if os.path.dirname(os.path.realpath(path)) == os.path.realpath(folder)
    }
    stems: dict[str, Path] = {}
    taken: set[str] = set()
    for source, path in paths.items():
        base = path.stem.replace("%", "_")[:200] if path.name != "-" else "stdin"
        name, number = base, 1
        while name.lower() in taken or any(i.startswith((f"{name}-pose.", f"{name}-stages")) for i in inputs):
            number += 1
            name = f"{base}-{number}"
        taken.add(name.lower())  # some file systems do not tell a from A
        stems[source] = folder / name
    return stems
