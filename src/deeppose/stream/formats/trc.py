"""TRC, the marker file of OpenSim: one a track, in pixels, named and laid out as Sports2D does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deeppose.files import write
from deeppose.stream.formats import Read
from deeppose.stream.formats.sequences import Sequence, sequences


def write_files(read: Read, folder: Path) -> list[Path]:
    """`VIDEO_DeepPose_px_person00.trc` of every track of every video; y points down, z is 0."""
    return [
        write(folder / f"{sequence.name}_DeepPose_px_person{n:02d}.trc", _text(sequence, n))
        for sequence in sequences(read())
        for n in range(len(sequence.people))
    ]


def _text(sequence: Sequence, n: int) -> str:
    count, rate = len(sequence.frames), f"{sequence.rate:g}"
    joints = sequence.joints
    heading = [
        f"PathFileType\t4\t(X/Y/Z)\t{sequence.name}_DeepPose_px_person{n:02d}.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        "\t".join([rate, rate, str(count), str(len(joints)), "px", rate, "0", str(count)]),
        "Frame#\tTime\t" + "\t\t\t".join(joints) + "\t\t\t",
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(joints) + 1)),
    ]
    times = np.where(np.isnan(sequence.times), np.arange(count) / sequence.rate, sequence.times)
    rows = [_row(t, times[t], sequence.values[t, n]) for t in range(count)]
    return "\n".join([*heading, *rows]) + "\n"


def _row(frame: int, time: float, pose: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    """Frames are numbered from 0, as Sports2D does; a person who is not there leaves the cells empty."""
    if np.isnan(pose).any():
        return "\t".join([str(frame), f"{time:.6f}", *[""] * (3 * len(pose))])
    places = [part for x, y, _ in pose.tolist() for part in (f"{x:.4f}", f"{y:.4f}", "0")]
    return "\t".join([str(frame), f"{time:.6f}", *places])
