"""The folder of a run: records appended frame by frame, a manifest, and how an interrupted run goes on."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deeppose import files
from deeppose.errors import ConfigError
from deeppose.files import Record
from deeppose.stream.marks import MANIFEST, manifest, ours
from deeppose.stream.records import FILE, complete, frames, line, parse, read

Manifest = dict[str, Any]


class Results:
    """`OUT/poses.jsonl` and `OUT/run.json` of one run, its own until it is closed.

    The same run again goes on where the records end: half a frame at their end is dropped first.

    Args:
        folder: made where it is missing.
        run: what the run is: version, model, options, inputs. Another run's folder is refused.
        overwrite: begin anew.

    Attributes:
        done: the last frame recorded of each source.

    Raises:
        ConfigError: the folder cannot be written, another run is at work in it, or it holds another run's results.
    """

    def __init__(self, folder: Path, run: Manifest, overwrite: bool = False) -> None:
        self.folder, self.run = folder, run
        self.done: dict[str, int] = {}
        self.frames = self.people = 0
        self._file = _opened(folder)
        try:
            self._begin(overwrite)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, overwrite: bool) -> None:
        path = self.folder / FILE
        _hold(self._file, self.folder)
        if overwrite:
            _clear(self.folder)
            self._file.truncate(0)
        elif os.path.getsize(path) or (self.folder / MANIFEST).exists():
            _same(self.folder, self.run)
        self._good = self._resume(path)
        for scratch in [*self.folder.glob(".*.part"), *self.folder.glob(".*.part.mp4")]:
            scratch.unlink()  # of a run that was killed: nobody else writes here now
        self._file.truncate(self._good)
        self._write_manifest({})

    def _resume(self, path: Path) -> int:
        """Count what is there; where the last whole frame ends."""
        good = at = 0
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                at += len(text)
                if not text.endswith(b"\n"):
                    break
                record = parse(text, f"{path}, line {number}")
                if complete(record):
                    good, self.done[record["file"]] = at, record["frame"]
                    self.frames, self.people = self.frames + 1, self.people + record["people"]
        return good

    def add(self, records: list[Record]) -> None:
        """Append the records of one frame; when this returns they outlive the program.

        Raises:
            ConfigError: the disk is full or the folder gone; the frames before are kept.
        """
        text = b"".join(map(line, records))
        try:
            _write_all(self._file, text)
            if not os.path.exists(self.folder / FILE):
                raise FileNotFoundError(2, "the folder has vanished")
        except OSError as error:
            raise self._stopped(error) from error
        self._good += len(text)
        last = records[-1]
        self.done[last["file"]] = last["frame"]
        self.frames, self.people = self.frames + 1, self.people + last["people"]

    def _stopped(self, error: OSError) -> ConfigError:
        with contextlib.suppress(OSError):
            self._file.truncate(self._good)
        return ConfigError(
            f"{self.folder / FILE}: {error.strerror}; {self.frames} frames are kept; "
            "make room and run the same command again, it goes on from there"
        )

    def recorded(self, source: str) -> Iterator[list[Record]]:
        """The records of each frame of a source."""
        return (each for each in frames(read(self.folder)) if each[0]["file"] == source)

    def close(self, summary: Manifest | None = None) -> None:
        """Let the folder go; with a summary of what was done the manifest is written last. Again it does nothing."""
        if self._file.closed:
            return
        try:
            if summary is not None:
                self._write_manifest(summary)
            with contextlib.suppress(OSError):
                os.fsync(self._file.fileno())
        finally:
            with contextlib.suppress(OSError):
                self._file.close()

    def _write_manifest(self, summary: Manifest) -> None:
        text = json.dumps({**self.run, **summary}, indent=1)
        files.write(self.folder / MANIFEST, text + "\n")


def _write_all(file: Any, text: bytes) -> None:
    """An unbuffered file may take a part and say so: a disk that fills up does."""
    while text:
        text = text[file.write(text) :]


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else writes a run's records meanwhile.

    Raises:
        ConfigError: another run is at work in the folder, or it cannot be written.
    """
    with _opened(folder) as file:
        _hold(file, folder)
        yield


def _opened(folder: Path) -> Any:
    path = files.make(folder, f"--out {folder}") / FILE
    try:
        return path.open("ab", buffering=0)
    except OSError as error:
        raise ConfigError(
            f"--out {folder}: cannot be written: {error.strerror}; choose another folder"
        ) from error


def _hold(file: Any, folder: Path) -> None:
    if not files.hold(file):
        raise ConfigError(
            f"--out {folder}: another run is writing there; wait for it, or choose another folder"
        )


def _same(folder: Path, run: Manifest) -> None:
    """Refuse to mix two runs in one folder."""
    remedy = "choose another --out, or --overwrite to begin anew"
    said = manifest(folder)
    if not said:
        raise ConfigError(f"--out {folder}: holds records, but no {MANIFEST} says of what; {remedy}")
    now = _flat(json.loads(json.dumps(run)))
    said = _flat(said)
    differing = [key for key in now if said.get(key) != now[key]]
    if differing:
        key = differing[0]
        values = f"{_short(said.get(key))} then, {_short(now[key])} now"
        raise ConfigError(f"--out {folder}: holds the results of another run ({key}: {values}); {remedy}")


def _flat(run: Manifest) -> Manifest:
    return {**run, **run.get("options", {}), "options": None}


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _clear(folder: Path) -> None:
    """Remove what an earlier run wrote, so that nothing of it stays beside the new one."""
    written = [each for each in folder.iterdir() if each.is_file() and (each.name == MANIFEST or ours(each))]
    for path in written:
        path.unlink()
