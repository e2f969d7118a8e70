"""Numbers by roboflow's trackers instead of ours: python examples/other_tracker.py [RUN].

    pip install 'deeppose[video]'
    pip install --no-deps trackers supervision && pip install rich requests pydeprecate defusedxml pyyaml

Its declared opencv-python would overwrite our opencv-python-headless (both are the folder cv2), hence --no-deps. RUN is
a folder that `deeppose predict` wrote; without it two made-up people pass.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from deeppose.poses import Poses, from_records
from deeppose.skeleton import LSP
from deeppose.stream import records

try:
    from trackers import ByteTrackTracker
except ImportError:
    sys.exit("install roboflow's trackers first: see the top of this file")


def frames(run: Path | None) -> list[Poses]:
    """The people of each frame."""
    if run is None:
        shape = np.random.default_rng(0).uniform(0, 100, (2, len(LSP), 2)) + np.array([[[0, 0]], [[300, 0]]])
        sure = np.full((2, len(LSP)), 0.9)
        return [
            Poses(LSP, shape + np.array([t, 0]), sure, np.zeros((2, 4)), person_scores=sure[:, 0])
            for t in range(10)
        ]
    people = [[r for r in each if "joints" in r] for each in records.frames(records.read(run))]
    return [from_records(each, records.skeleton_of(each[0]))[0] for each in people if each]


tracker = ByteTrackTracker(track_activation_threshold=0.45, high_conf_det_threshold=0.3)
for poses in frames(Path(sys.argv[1]) if sys.argv[1:] else None):
    found = replace(poses, tracks=None).to_supervision().as_detections()
    found.data["row"] = np.arange(len(found))
    found = tracker.update(found)  # in an order of its own, -1 for those without a number
    tracks = np.full(len(poses), -1)
    tracks[found.data["row"]] = found.tracker_id
    print(replace(poses, tracks=tracks).tracks)
