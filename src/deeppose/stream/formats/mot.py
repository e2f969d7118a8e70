"""MOT, the motion file of OpenSim: the angles of one track in degrees, named and laid out as Sports2D does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deeppose.errors import DataError
from deeppose.stream.angles import write_mot
from deeppose.stream.formats import Read
from deeppose.stream.formats.sequences import unique_stems
from deeppose.stream.timeline import timelines


def write_files(read: Read, folder: Path) -> list[Path]:
    """`VIDEO_DeepPose_angles_person00.mot` of every track of every video, one row a frame, NaN where unknown.

    Raises:
        DataError: the records have no angles.
    """
    videos = timelines(read())
    if not any(track.angles for video in videos for track in video.tracks):
        raise DataError(
            f"{folder}: the records hold no angles: run deeppose smooth {folder} --angles first; joints that are no "
            "body's have none"
        )
    names = unique_stems(video.file for video in videos)
    written = []
    for video in videos:
        unknown = np.full(len(video.times), np.nan)
        order = [angle.name for angle in video.skeleton.angles]
        for n, track in enumerate(video.tracks):
            path = folder / f"{names[video.file]}_DeepPose_angles_person{n:02d}.mot"
            written.append(
                write_mot(path, video.times, {name: track.angles.get(name, unknown) for name in order})
            )
    return written
