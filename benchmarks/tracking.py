"""Who is who over time: the tracker beside ByteTrack, SORT, rtmlib's and greedy IoU on the same people.

    pip install motmetrics trackers rtmlib     # in an environment of their own: they bring opencv-python
    PYTHONPATH=src:tests python benchmarks/tracking.py --posetrack DIR [--detector FILE]

- synthetic: 12 scenes of 4 people crossing, 10 % missed, 30 and 8 frames a second (`tests/crossing.py`). One constant
  of the tracker, STRAY, was tried on such scenes too: they show that it works, not how well;
- PoseTrack labels: DIR is `data/bonn-multiperson-posetrack` of github.com/umariqb/PoseTrack-CVPR2017; the 30 videos of
  its test half, labels with 10 % of people missed and joints moved by 2 % of the person's size, every frame and every
  third (25 and 8.3 a second);
- PoseTrack as detected: the same labels as a detector and a pose model would give them (`detections.py`): people
  missed and unsure where they are crowded, people found twice, people who are not there;
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

import argparse
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
from detections import cameras
from numpy.typing import NDArray
from rtmlib.tools.solution.pose_tracker import PoseTracker, pose_to_bbox

from crossing import scene
from deeppose.inference.people import LEAST
from deeppose.poses import Poses
from deeppose.skeleton import LSP
from deeppose.stream.tracking import enough, numbered
from deeppose.stream.tracks import SURE, Tracker

Floats = NDArray[np.float64]
Frame = tuple[float, Floats, NDArray[np.int64], Poses]
"""Time, true boxes (P, 4) corners, their numbers, and the poses found."""
Follow = Callable[[Poses, float], tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Poses and time to the indices of the poses that got numbers, and those numbers."""

JOINTS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 10: 6, 11: 7, 12: 8, 13: 9, 14: 10, 15: 11, 8: 12, 9: 13}
"""PoseTrack's ids, MPII's, to LSP's."""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posetrack", type=Path, required=True)
    parser.add_argument("--detector", type=Path)
    parser.add_argument("--only", help="the sets whose names begin so; the rest as kept")
    parser.add_argument(
        "--kinds", nargs="+", choices=FOLLOWERS, default=list(FOLLOWERS), help="the rest as kept"
    )
    parser.add_argument("--half", choices=("train", "test"), default="test", help="of PoseTrack's labels")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "tracking.json")
    args = parser.parse_args()
    labels = labelled(args.posetrack / "annolist" / args.half / "annolist.mat")
    sets: dict[str, tuple[Callable[[], list[list[Frame]]], float]] = {}
    for fps in (30, 8):
        sets[f"synthetic, {fps} fps"] = (lambda fps=fps: [*map(list, synthetic(fps))]), fps
    for n in (1, 3):
        sets[f"PoseTrack labels, {25 / n:.1f} fps"] = (lambda n=n: [*noisy(labels, n)]), 25 / n
        sets[f"PoseTrack as detected, {25 / n:.1f} fps"] = (lambda n=n: [*as_detected(labels, n)]), 25 / n
    for file in [None, *([args.detector] if args.detector else [])]:
        name = f"PoseTrack pictures, {file.stem}" if file else "PoseTrack pictures, 25 fps"
        sets[name] = (lambda file=file: [pictures(args.posetrack, labels, file)]), 25
    result = json.loads(args.out.read_text()) if args.out.exists() else {}
    for name, (made, fps) in sets.items():
        if name.startswith(args.only or ""):
            videos = made()
            rows = {
                kind: score(videos, lambda kind=kind, fps=fps: FOLLOWERS[kind](fps)) for kind in args.kinds
            }
            rows = result.get(name, {}) | rows
            result[name] = {kind: rows[kind] for kind in FOLLOWERS if kind in rows}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    for name, rows in result.items():
        print(name)
        for kind, row in rows.items():
            print(f"  {kind:12s}" + "".join(f"{key} {value:<9}" for key, value in row.items()))


def ours(_fps: float) -> Follow:
    """As `deeppose predict` follows people; those without scores, as labels are, are all sure."""
    trackers = {True: Tracker(LSP, least=LEAST), False: Tracker(LSP)}

    def follow(poses: Poses, time: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        scored = poses.person_scores is not None
        placed = replace(poses, box_scores=np.arange(len(poses), dtype=float))
        found = numbered(trackers[scored], placed, time, (1, 1), LEAST * scored, None)
        assert found.tracks is not None
        assert found.box_scores is not None
        known = found.tracks >= 0
        return found.box_scores[known].astype(int), found.tracks[known]

    return follow


def theirs(kind: str, **options: Any) -> Callable[[float], Follow]:
    """One of roboflow's, at its defaults but for a second's memory; where people are scored, at these options."""

    def make(fps: float) -> Follow:
        made = getattr(trackers, kind)
        plain, scored = (made(frame_rate=fps, lost_track_buffer=30, **more) for more in ({}, options))

        def follow(poses: Poses, _time: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            tracker = plain if poses.person_scores is None else scored
            place = np.arange(len(poses))
            if kind == "SORTTracker" and poses.person_scores is not None:
                place = np.flatnonzero(poses.person_scores >= LEAST)
            poses = poses[place]
            if not len(poses):
                tracker.update(sv.Detections.empty())
                return np.zeros(0, int), np.zeros(0, int)
            sure = poses.scores.mean(1) if poses.person_scores is None else poses.person_scores
            found = sv.Detections(
                boxes(poses.joints),
                confidence=sure,
                class_id=0 * place,
                data={"place": place},
            )
            found = tracker.update(found)
            known = found.tracker_id >= 0
            return found.data["place"][known].astype(int), found.tracker_id[known]

        return follow

    return make


def greedy(_fps: float) -> Follow:
    """Each box takes the known one, at most a second old, that it overlaps most, best pairs first."""
    known: dict[int, tuple[Floats, float]] = {}
    new = iter(range(10**9))

    def follow(poses: Poses, time: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        place = np.arange(len(poses))
        if poses.person_scores is not None:
            place = np.flatnonzero(poses.person_scores >= LEAST)
        found = boxes(poses.joints[place])
        for k in [k for k, (_, seen) in known.items() if time - seen > 1]:
            del known[k]
        ids = np.full(len(found), -1)
        old = list(known)
        shared = overlaps(np.array([known[k][0] for k in old]).reshape(-1, 4), found)
        for i, j in sorted(np.ndindex(shared.shape), key=lambda at: -shared[at]):
            if shared[i, j] > 0.3 and ids[j] < 0 and old[i] not in ids:
                ids[j] = old[i]
        ids = np.array([next(new) if k < 0 else k for k in ids], int)
        known.update({int(k): (box, time) for k, box in zip(ids, found, strict=True)})
        return place, ids

    return follow


def rtmlibs(_fps: float) -> Follow:
    """Rtmlib's own `track_by_iou`, from frame to frame."""
    last = SimpleNamespace(
        bboxes_last_frame=[],
        track_ids_last_frame=[],
        next_id=0,
        tracking_thr=0.3,
        MIN_AREA=PoseTracker.MIN_AREA,
    )

    def follow(poses: Poses, _time: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        place = np.arange(len(poses))
        if poses.person_scores is not None:
            place = np.flatnonzero(poses.person_scores >= LEAST)
        found = [pose_to_bbox(joints) for joints in poses.joints[place]]
        ids = np.array([PoseTracker.track_by_iou(last, box)[0] for box in found], int)
        known = ids >= 0
        last.bboxes_last_frame = [box for box, there in zip(found, known, strict=True) if there]
        last.track_ids_last_frame = ids[known].tolist()
        return place[known], ids[known]

    return follow


FOLLOWERS: dict[str, Callable[[float], Follow]] = {
    "deeppose": ours,
    "ByteTrack": theirs(
        "ByteTrackTracker", high_conf_det_threshold=LEAST, track_activation_threshold=LEAST * SURE
    ),
    "SORT": theirs("SORTTracker"),
    "rtmlib": rtmlibs,
    "greedy IoU": greedy,
}


def score(videos: list[list[Frame]], make: Callable[[], Follow]) -> dict[str, float]:
    """MOTA, IDF1 and switches over all videos together."""
    every = []
    for video in videos:
        follow, gathered = make(), mm.MOTAccumulator(auto_id=True)
        for time, true, numbers, poses in video:
            which, ids = follow(poses, time)
            shared = overlaps(true, boxes(poses.joints[which]))
            distance = np.where(shared >= 0.5, 1 - shared, np.nan)
            gathered.update(numbers.tolist(), ids.tolist(), distance)
        every.append(gathered)
    wanted = ["mota", "idf1", "num_switches", "num_objects"]
    table = mm.metrics.create().compute_many(every, metrics=wanted, generate_overall=True).loc["OVERALL"]
    names = ("MOTA", "IDF1", "switches", "people")
    return {n: round(float(table[w]), 4) for n, w in zip(names, wanted, strict=True)}


def boxes(joints: Floats) -> Floats:
    """(N, 4) corners around (N, K, 2)."""
    return np.concatenate([joints.min(1), joints.max(1)], axis=1) if len(joints) else np.zeros((0, 4))


def overlaps(a: Floats, b: Floats) -> Floats:
    """(A, B) intersection over union of boxes given by their corners."""
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.clip(sides, 0, None).prod(-1)
    areas = [(each[:, 2:] - each[:, :2]).prod(1) for each in (a, b)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9))


def synthetic(fps: float) -> Iterator[Iterator[Frame]]:
    for seed in range(12):
        each = scene(seed, fps)
        yield (
            (time, boxes(true), np.arange(len(true)), poses)
            for true, (time, _, poses) in zip(each.joints, each.frames(), strict=True)
        )


def labelled(path: Path) -> dict[str, tuple[Floats, Floats]]:
    """Joints (T, P, 14, 2) and whether labelled (T, P, 14) of each video."""
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


def whole(joints: Floats, known: Floats) -> Floats:
    """Unlabelled joints at the mean of the labelled, where they neither move a box nor, scoring 0, count."""
    mean = (joints * known[..., None]).sum(-2) / np.maximum(known.sum(-1), 1)[..., None]
    return np.where(known[..., None] > 0, joints, mean[..., None, :])


def noisy(videos: dict[str, tuple[Floats, Floats]], step: int) -> Iterator[list[Frame]]:
    random = np.random.default_rng(0)
    for joints, known in videos.values():
        frames = []
        for t in range(0, len(joints), step):
            there = np.flatnonzero(known[t].sum(1) >= 4)
            true = whole(joints[t, there], known[t, there])
            found = np.flatnonzero(random.random(len(there)) >= 0.1)
            size = np.ptp(true[found], axis=1).max(1, initial=1)[:, None, None]
            moved = true[found] + random.normal(0, 0.02, true[found].shape) * size
            poses = Poses(LSP, moved, 0.8 * known[t, there[found]], np.zeros((len(found), 4)))
            frames.append((t / 25, boxes(true), there, poses))
        yield frames


def as_detected(videos: dict[str, tuple[Floats, Floats]], step: int) -> Iterator[list[Frame]]:
    every = [*videos.values()]
    for (joints, known), camera in zip(every, cameras(every, whole), strict=True):
        frames = []
        for t in range(len(joints)):
            camera.step()
            if t % step:
                continue
            there = np.flatnonzero(known[t].sum(1) >= 4)
            true = whole(joints[t, there], known[t, there])
            shared = overlaps(boxes(true), boxes(true)) - np.eye(len(true))
            poses = camera.seen(there, true, known[t, there], shared.max(1, initial=0))
            at_all = poses.person_scores >= enough(LEAST)  # type: ignore[operator]
            frames.append((t / 25, boxes(true), there, poses[at_all]))
        yield frames


def pictures(root: Path, videos: dict[str, tuple[Floats, Floats]], detector: Path | None) -> list[Frame]:
    from deeppose.data.images import read_image
    from deeppose.inference import Frame as Picture
    from deeppose.inference import Pipeline, Predictor, finders

    (folder,) = (root / "videos").iterdir()
    joints, known = videos[folder.name]
    read = (
        Picture(path.name, i, i / 25, read_image(path)) for i, path in enumerate(sorted(folder.glob("*.jpg")))
    )
    frames = []
    finder = finders.named(detector, least=0.3)
    for frame, poses in Pipeline(Predictor(skeleton="lsp"), finder, least=enough(LEAST)).run(read):
        there = np.flatnonzero(known[frame.index].sum(1) >= 4)
        true = whole(joints[frame.index, there], known[frame.index, there])
        frames.append((frame.index / 25, boxes(true), there, poses))
    return frames


if __name__ == "__main__":
    main()
