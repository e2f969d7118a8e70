"""Who is who over time: the tracker beside ByteTrack, SORT and rtmlib's on the same people.

    pip install motmetrics trackers rtmlib     # in an environment of their own: they bring opencv-python
    PYTHONPATH=src:tests python benchmarks/tracking.py --posetrack DIR [--detector FILE]

- synthetic: 12 scenes of 4 people crossing, 10 % missed, 30 and 8 frames a second (`tests/crossing.py`). One constant
  of the tracker, STRAY, was tried on such scenes too: they show that it works, not how well;
- PoseTrack as detected: DIR is `data/bonn-multiperson-posetrack` of github.com/umariqb/PoseTrack-CVPR2017; the labels
  of the 30 videos of its test half, every frame and every third (25 and 8.3 a second), as a detector and a pose model
  would give them (`detections.py`): people missed and unsure where they are crowded, found twice, not there at all;
- PoseTrack pictures: its one video that comes with pictures, 41 frames, by the detector and the model that ship, and
  from --detector's boxes.

Where people are scored, deeppose and ByteTrack get everyone from half of `--min-person` on, as both have use for the
unsure, and ByteTrack our bounds of scores instead of its own (0.7 to begin); the others get the sure.

Constants: those of `tracks.py` were chosen on the 30 videos of the training half, the scores from which on someone is
followed, numbered and found twice on every third of these as detected. What is printed here chose none of them
(`--half train` prints the half that did). Looking at the pictures showed one rule, that a doubtful sight numbers
nobody, which the training half neither needs nor minds. MOTA, IDF1 and switches by motmetrics (boxes around the joints,
overlap 0.5 or more). Writes results/tracking.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import motmetrics as mm
import numpy as np
import scipy.io
import supervision as sv
import trackers
from common import asked, keep, kept
from detections import cameras
from numpy.typing import NDArray
from rtmlib.tools.solution.pose_tracker import PoseTracker, pose_to_bbox

from crossing import scene
from deeppose.data.images import read_image
from deeppose.inference import Frame as Picture
from deeppose.inference import Pipeline, Predictor, finders
from deeppose.inference.people import LEAST
from deeppose.poses import Poses
from deeppose.rectangles import corners, from_corners, overlaps
from deeppose.skeleton import LSP
from deeppose.stream.tracking import enough, numbered
from deeppose.stream.tracks import SURE, Tracker

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Frame = tuple[float, Floats, Ints, Poses]
"""Time, true boxes (P, 4) cx, cy, w, h, their numbers, and the poses found."""
Follow = Callable[[Poses, float], tuple[Ints, Ints]]
"""Poses and time to the indices of the poses that got numbers, and those numbers."""
Labels = dict[str, tuple[Floats, Floats]]
"""Joints (T, P, 14, 2) and whether labelled (T, P, 14) of each video."""

JOINTS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 10: 6, 11: 7, 12: 8, 13: 9, 14: 10, 15: 11, 8: 12, 9: 13}
"""PoseTrack's ids, MPII's, to LSP's."""


def main() -> None:
    """Measure, print, write."""
    parser = asked(__doc__, root=False)
    parser.add_argument("--posetrack", type=Path, required=True)
    parser.add_argument("--detector", type=Path)
    parser.add_argument("--only", default="", help="the sets whose names begin so; the rest as kept")
    parser.add_argument("--half", choices=("train", "test"), default="test", help="of PoseTrack's labels")
    args = parser.parse_args()
    labels = labelled(args.posetrack / "annolist" / args.half / "annolist.mat")
    sets: dict[str, tuple[Callable[[], list[list[Frame]]], float]] = {}
    for fps in (30, 8):
        sets[f"synthetic, {fps} fps"] = (lambda fps=fps: [*map(list, synthetic(fps))]), fps
    for n in (1, 3):
        sets[f"PoseTrack as detected, {25 / n:.1f} fps"] = (lambda n=n: [*as_detected(labels, n)]), 25 / n
    for file in [None, *([args.detector] if args.detector else [])]:
        name = f"PoseTrack pictures, {file.stem}" if file else "PoseTrack pictures, 25 fps"
        sets[name] = (lambda file=file: [pictures(args.posetrack, labels, file)]), 25
    found = {name: compared(make(), fps) for name, (make, fps) in sets.items() if name.startswith(args.only)}
    if args.half == "train":
        print(json.dumps(found, indent=1))
    else:
        keep("tracking", kept("tracking") | found)


def compared(videos: list[list[Frame]], fps: float) -> dict[str, dict[str, float]]:
    """Everyone's score on the same videos."""
    return {
        kind: score(videos, lambda make=make: make(fps), kind in DOUBTFUL) for kind, make in FOLLOWERS.items()
    }


def ours(_fps: float) -> Follow:
    """As `deeppose predict` follows people; those without scores, as synthetic ones are, are all sure."""
    trackers = {True: Tracker(LSP, least=LEAST), False: Tracker(LSP)}

    def follow(poses: Poses, time: float) -> tuple[Ints, Ints]:
        scored = poses.person_scores is not None
        placed = replace(poses, box_scores=np.arange(len(poses), dtype=float))
        found = numbered(trackers[scored], placed, time, (1, 1), LEAST * scored, None)
        known = found.tracks >= 0  # type: ignore[operator]
        return found.box_scores[known].astype(int), found.tracks[known]  # type: ignore[index]

    return follow


def theirs(kind: str, **options: Any) -> Callable[[float], Follow]:
    """One of roboflow's, at its defaults but for a second's memory; where people are scored, at these options."""

    def make(fps: float) -> Follow:
        made = getattr(trackers, kind)
        plain, scored = (made(frame_rate=fps, lost_track_buffer=30, **more) for more in ({}, options))

        def follow(poses: Poses, _time: float) -> tuple[Ints, Ints]:
            tracker = plain if poses.person_scores is None else scored
            if not len(poses):
                tracker.update(sv.Detections.empty())
                return np.zeros(0, int), np.zeros(0, int)
            place = np.arange(len(poses))
            found = tracker.update(sv.Detections(
                np.concatenate(corners(boxes(poses.joints)), axis=1),
                confidence=poses.scores.mean(1) if poses.person_scores is None else poses.person_scores,
                class_id=0 * place, data={"place": place},
            ))  # fmt: skip
            known = found.tracker_id >= 0
            return found.data["place"][known].astype(int), found.tracker_id[known]

        return follow

    return make


def rtmlibs(_fps: float) -> Follow:
    """Rtmlib's own `track_by_iou`, from frame to frame."""
    last = SimpleNamespace(
        bboxes_last_frame=[], track_ids_last_frame=[], next_id=0, tracking_thr=0.3, MIN_AREA=PoseTracker.MIN_AREA
    )  # fmt: skip

    def follow(poses: Poses, _time: float) -> tuple[Ints, Ints]:
        found = [pose_to_bbox(joints) for joints in poses.joints]
        ids = np.array([PoseTracker.track_by_iou(last, box)[0] for box in found], int)
        known = ids >= 0
        last.bboxes_last_frame = [box for box, there in zip(found, known, strict=True) if there]
        last.track_ids_last_frame = ids[known].tolist()
        return np.flatnonzero(known), ids[known]

    return follow


FOLLOWERS: dict[str, Callable[[float], Follow]] = {
    "deeppose": ours,
    "ByteTrack": theirs(
        "ByteTrackTracker", high_conf_det_threshold=LEAST, track_activation_threshold=LEAST * SURE
    ),
    "SORT": theirs("SORTTracker"),
    "rtmlib": rtmlibs,
}
DOUBTFUL = ("deeppose", "ByteTrack")
"""They have use for people who score less than `LEAST`."""


def score(videos: list[list[Frame]], make: Callable[[], Follow], doubtful: bool) -> dict[str, float]:
    """MOTA, IDF1 and switches over all videos together."""
    every = []
    for video in videos:
        follow, gathered = make(), mm.MOTAccumulator(auto_id=True)
        for time, true, numbers, poses in video:
            if poses.person_scores is not None and not doubtful:
                poses = poses[poses.person_scores >= LEAST]
            which, ids = follow(poses, time)
            shared = overlaps(true, boxes(poses.joints[which]))
            gathered.update(numbers.tolist(), ids.tolist(), np.where(shared >= 0.5, 1 - shared, np.nan))
        every.append(gathered)
    names = {"MOTA": "mota", "IDF1": "idf1", "switches": "num_switches"}
    table = (
        mm.metrics.create()
        .compute_many(every, metrics=[*names.values()], generate_overall=True)
        .loc["OVERALL"]
    )
    return {name: round(float(table[wanted]), 4) for name, wanted in names.items()}


def boxes(joints: Floats) -> Floats:
    """(N, 4) cx, cy, w, h around (N, K, 2)."""
    return from_corners(np.concatenate([joints.min(1), joints.max(1)], axis=1))


def synthetic(fps: float) -> Iterator[Iterator[Frame]]:
    for seed in range(12):
        each = scene(seed, fps)
        yield (
            (time, boxes(true), np.arange(len(true)), poses)
            for true, (time, _, poses) in zip(each.joints, each.frames(), strict=True)
        )


def labelled(path: Path) -> Labels:
    """A half's labels."""
    videos = {}
    for video in scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)["annolist"]:
        cells = np.asarray(video.annopoints, object).reshape(video.num_persons, video.num_frames)
        joints = np.zeros((*cells.T.shape, 14, 2))
        known = np.zeros(joints.shape[:3])
        for (person, frame), cell in np.ndenumerate(cells):
            for point in np.atleast_1d(getattr(cell, "point", [])):
                k = JOINTS.get(getattr(point, "id", -1))
                if k is not None:
                    joints[frame, person, k], known[frame, person, k] = (point.x, point.y), 1
        videos[video.name] = (joints, known)
    return videos


def people(joints: Floats, known: Floats) -> tuple[Ints, Floats]:
    """Who of a frame's (P, K, 2) has four labelled joints or more, and their joints."""
    there = np.flatnonzero(known.sum(1) >= 4)
    return there, whole(joints[there], known[there])


def whole(joints: Floats, known: Floats) -> Floats:
    """Unlabelled joints at the mean of the labelled, where they neither move a box nor, scoring 0, count."""
    mean = (joints * known[..., None]).sum(-2) / np.maximum(known.sum(-1), 1)[..., None]
    return np.where(known[..., None] > 0, joints, mean[..., None, :])


def as_detected(videos: Labels, step: int) -> Iterator[list[Frame]]:
    every = [*videos.values()]
    for (joints, known), camera in zip(every, cameras(every, whole), strict=True):
        frames = []
        for t in range(len(joints)):
            camera.step()
            if t % step:
                continue
            there, true = people(joints[t], known[t])
            shared = overlaps(boxes(true), boxes(true)) - np.eye(len(true))
            poses = camera.seen(there, true, known[t, there], shared.max(1, initial=0))
            at_all = poses.person_scores >= enough(LEAST)  # type: ignore[operator]
            frames.append((t / 25, boxes(true), there, poses[at_all]))
        yield frames


def pictures(root: Path, videos: Labels, detector: Path | None) -> list[Frame]:
    (folder,) = (root / "videos").iterdir()
    joints, known = videos[folder.name]
    read = (
        Picture(path.name, i, i / 25, read_image(path)) for i, path in enumerate(sorted(folder.glob("*.jpg")))
    )
    frames = []
    finder = finders.named(detector, least=0.3)
    for frame, poses in Pipeline(Predictor(skeleton="lsp"), finder, least=enough(LEAST)).run(read):
        there, true = people(joints[frame.index], known[frame.index])
        frames.append((frame.index / 25, boxes(true), there, poses))
    return frames


if __name__ == "__main__":
    main()
