"""Real video whose truth is geometry: joints seen by four calibrated cameras at once, before and after smoothing.

    pip download --no-deps pose2sim==0.10.49       # a zip: Pose2Sim/Demo_SinglePerson
    deeppose predict Demo_SinglePerson/videos/cam0*.mp4 --people 1 --every 2 --detector FILE.onnx --out RUN --no-overlay
    python benchmarks/cameras.py RUN Demo_SinglePerson/calibration/Calib.qca.txt

One person walks through 1.7 s of four cameras. Joints that score 0.3 or more in two cameras are triangulated, each
camera counting by its score, and projected back: the mean distance to where they were found, in pixels of 1080 x 1920,
the standard deviation of the lengths of thighs, shanks and arms in % (a bone is as long in every frame), and jitter in
space (RMS of the third difference, mm). What moves together in all cameras shows in none of these. Writes
results/cameras.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.skeleton import Skeleton
from deeppose.stream.motion import Motion, add_motion
from deeppose.stream.records import read
from deeppose.stream.smoothing import Smoothing
from deeppose.stream.timeline import timelines

Floats = NDArray[np.float64]
SURE = 0.3
BONES = [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]
WAYS = {
    "raw": None,
    "butterworth 6 Hz": Smoothing(),
    "butterworth 4 Hz": Smoothing(cut_off_frequency=4),
    "savgol 6 Hz": Smoothing("savgol"),
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "run", type=Path, help="a folder that predict wrote, four videos in the cameras' order"
    )
    parser.add_argument("calibration", type=Path)
    args = parser.parse_args()
    projections = cameras(args.calibration)
    result = {}
    for name, how in WAYS.items():
        add_motion(args.run, Motion(how))
        result[name] = row = measured(args.run, projections)
        print(name, row)
    out = Path(__file__).parent / "results" / "cameras.json"
    out.write_text(json.dumps(result, indent=1) + "\n")


def cameras(path: Path) -> list[tuple[Floats, Floats, Floats]]:
    """Of each camera of a Qualisys file, by name: matrix (3, 3), distortion (4,), and world to camera (3, 4), metres.

    Numbers are stored in 64ths of a pixel; the rotation by columns, from camera to world, its y and z the other way.
    """
    found = []
    for camera in sorted(ElementTree.parse(path).getroot().iter("camera"), key=lambda c: c.get("serial", "")):
        lens, place = (
            {k: float(v) for k, v in camera.find(name).attrib.items()}  # type: ignore[union-attr]
            for name in ("intrinsic", "transform")
        )
        focal = lens["focalLengthU"], lens["focalLengthV"], lens["centerPointU"], lens["centerPointV"]
        fu, fv, cu, cv = (value / 64 for value in focal)
        bent = ("radialDistortion1", "radialDistortion2", "tangentalDistortion1", "tangentalDistortion2")
        turn = np.diag([1.0, -1, -1]) @ np.array([[place[f"r{i}{j}"] for j in (1, 2, 3)] for i in (1, 2, 3)])
        shift = -turn @ (np.array([place["x"], place["y"], place["z"]]) / 1000)
        matrix = np.array([[fu, 0, cu], [0, fv, cv], [0, 0, 1.0]])
        found.append(
            (matrix, np.array([lens[k] / 64 for k in bent]), np.concatenate([turn, shift[:, None]], 1))
        )
    return found


def measured(run: Path, projections: list[tuple[Floats, Floats, Floats]]) -> dict[str, float]:
    lines = timelines(read(run))
    points = np.stack([line.tracks[0].joints for line in lines])  # (C, T, K, 2)
    scores = np.nan_to_num(np.stack([line.tracks[0].raw[..., 2] for line in lines]))
    space, off = triangulated(points, np.where(scores >= SURE, scores, 0), projections)
    skeleton = lines[0].skeleton
    lengths = [np.linalg.norm(space[:, a] - space[:, b], axis=-1) for a, b in bones(skeleton)]
    varied = [100 * np.nanstd(each) / np.nanmean(each) for each in lengths]
    jitter = 1000 * np.sqrt(np.nanmean(np.diff(space, n=3, axis=0) ** 2))
    said = {"reprojection_px": np.nanmean(off), "bone_std_percent": np.mean(varied), "jitter_mm": jitter}
    return {key: round(float(value), 2) for key, value in said.items()}


def bones(skeleton: Skeleton) -> list[tuple[int, int]]:
    index = skeleton.index
    return [(index(f"{s}_{a}"), index(f"{s}_{b}")) for s in ("left", "right") for a, b in BONES]


def triangulated(
    points: Floats, weights: Floats, projections: list[tuple[Floats, Floats, Floats]]
) -> tuple[Floats, Floats]:
    """(T, K, 3) in space and (C, T, K) pixels off where projected back; NaN where fewer than two cameras see it."""
    straight = np.stack(
        [
            cv2.undistortPoints(np.ascontiguousarray(p.reshape(-1, 1, 2)), matrix, bent).reshape(p.shape)
            for p, (matrix, bent, _) in zip(points, projections, strict=True)
        ]
    )
    space, off = np.full((*points.shape[1:3], 3), np.nan), np.full(points.shape[:3], np.nan)
    for t, k in np.ndindex(points.shape[1:3]):
        seen = np.flatnonzero((weights[:, t, k] > 0) & ~np.isnan(points[:, t, k, 0]))
        if len(seen) < 2:
            continue
        rows = [
            weights[c, t, k] * (straight[c, t, k, i] * projections[c][2][2] - projections[c][2][i])
            for c in seen for i in (0, 1)
        ]  # fmt: skip
        place = np.linalg.svd(np.array(rows))[2][-1]
        space[t, k] = place[:3] / place[3]
        for c in seen:
            matrix, bent, at = projections[c]
            back, _ = cv2.projectPoints(space[t, k], cv2.Rodrigues(at[:, :3])[0], at[:, 3], matrix, bent)
            off[c, t, k] = np.linalg.norm(back.ravel() - points[c, t, k])
    return space, off


if __name__ == "__main__":
    main()
