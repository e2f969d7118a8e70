"""SLEAP's analysis HDF5: `tracks` (N, 2, K, T) and their scores; needs h5py, of the extra `formats`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np

from deeppose.files import write
from deeppose.stream.formats import Read
from deeppose.stream.formats.sequences import Sequence, sequences


def write_files(read: Read, folder: Path) -> list[Path]:
    """`VIDEO.analysis.h5` of every video, and one of all still pictures."""
    import h5py

    def filler(sequence: Sequence) -> Any:
        def fill(file: IO[bytes]) -> None:
            with h5py.File(file, "w") as out:
                for name, value in _datasets(sequence).items():
                    out.create_dataset(name, data=value)

        return fill

    found = [sequence for sequence in sequences(read()) if sequence.people]
    return [write(folder / f"{sequence.name}.analysis.h5", filler(sequence)) for sequence in found]


def _datasets(sequence: Sequence) -> dict[str, Any]:
    """Frames stand at their own numbers: those that were skipped are empty."""
    values = np.full((int(sequence.frames.max()) + 1, *sequence.values.shape[1:]), np.nan)
    values[sequence.frames] = sequence.values
    there = ~np.isnan(values[..., 0]).all(-1)  # (T, N)
    nowhere = np.where(there, np.nan_to_num(values[..., 2]).mean(-1), np.nan)
    return {
        "tracks": values[..., :2].transpose(1, 3, 2, 0),
        "track_occupancy": there.astype(np.uint8),
        "point_scores": values[..., 2].transpose(1, 2, 0),
        "instance_scores": nowhere.T,
        "tracking_scores": np.full(there.T.shape, np.nan),
        "track_names": _bytes(sequence.people),
        "node_names": _bytes(sequence.joints),
        "edge_names": np.empty((0, 2), "S1"),
        "edge_inds": np.empty((0, 2), np.int64),
        "video_path": sequence.files[0],
        "video_ind": 0,
        "labels_path": "",
        "provenance": "{}",
    }


def _bytes(names: tuple[str, ...]) -> Any:
    return np.array([name.encode() for name in names])
