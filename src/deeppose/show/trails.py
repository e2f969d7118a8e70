"""What a video's drawing shows beside poses: who is who, where hands and feet came from, the angles of joints."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import pairwise

import cv2
import numpy as np

from deeppose.poses import Poses
from deeppose.show.palette import CASING, LOW, Colour, colour
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Pixels

LENGTH = 1.0
"""Seconds a trail reaches back."""

WHITE = (255, 255, 255)

_TRACKS = ((226, 92, 146), (94, 190, 120), (170, 130, 235), (230, 190, 60), (80, 200, 200), (240, 130, 90))


def track_colour(track: int) -> Colour:
    """Of a person's label; the colours come round again."""
    return _TRACKS[track % len(_TRACKS)]


class Trails:
    """Remembers where everyone's extremities were, frame after frame; `draw` gets what it remembers."""

    def __init__(self, seconds: float = LENGTH) -> None:
        self._seconds = seconds
        self._past: dict[int, deque[tuple[float, Floats, Floats]]] = {}

    def update(self, poses: Poses, time: float) -> dict[int, list[tuple[Floats, Floats]]]:
        """The last second of each track in this frame, oldest first: joints (K, 2) and scores (K,)."""
        poses = numbered(poses)
        tracks = [] if poses.tracks is None else poses.tracks.tolist()
        for track, joints, scores in zip(tracks, poses.joints, poses.scores, strict=bool(tracks)):
            past = self._past.setdefault(track, deque())
            past.append((time, joints, scores))
            while not time - self._seconds <= past[0][0] <= time:
                past.popleft()
        return {track: [(joints, scores) for _, joints, scores in self._past[track]] for track in tracks}


def draw(
    pixels: Pixels,
    poses: Poses,
    trails: Mapping[int, list[tuple[Floats, Floats]]],
    angles: Mapping[int, Mapping[str, float]],
    zoom: float = 1.0,
) -> Pixels:
    """Identities, trails and angles over a picture of poses, in place.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        poses: with `tracks`; of those without a number nothing is drawn.
        trails: of `Trails.update`.
        angles: degrees by name of each track, written at the angle's joint; a segment's have no place and are left out.
        zoom: from the poses' pixels to the picture's.
    """
    poses = numbered(poses)
    if poses.tracks is None:
        return pixels
    size = max(pixels.shape[:2])
    for track in poses.tracks.tolist():
        _trail(pixels, poses.skeleton, trails.get(track, []), zoom, max(1, size // 500))
    for track, joints, scores in zip(poses.tracks.tolist(), poses.joints, poses.scores, strict=True):
        _readings(pixels, poses.skeleton, joints * zoom, scores, angles.get(track, {}), size)
        _label(pixels, joints * zoom, f"{track}", track_colour(track), size)
    return pixels


def numbered(poses: Poses) -> Poses:
    """Those who have a number."""
    return poses if poses.tracks is None else poses[poses.tracks >= 0]


def ends(skeleton: Skeleton) -> list[int]:
    """Joints at which one line ends and no other begins: hands, feet, the head."""
    lines = np.bincount(np.array(skeleton.edges, np.int64).ravel(), minlength=len(skeleton))
    return np.flatnonzero(lines == 1).tolist()


def _trail(
    pixels: Pixels, skeleton: Skeleton, past: list[tuple[Floats, Floats]], zoom: float, width: int
) -> None:
    for joint in ends(skeleton):
        sure = [joints[joint] * zoom for joints, scores in past if scores[joint] >= LOW]
        for i, (a, b) in enumerate(pairwise(sure)):
            thick = max(1, round(2 * width * (i + 1) / len(sure)))
            cv2.line(pixels, _whole(a), _whole(b), colour(skeleton, joint), thick, cv2.LINE_AA)


def _readings(
    pixels: Pixels, skeleton: Skeleton, joints: Floats, scores: Floats, angles: Mapping[str, float], size: int
) -> None:
    for angle in skeleton.angles:
        at = angle.points[1]
        if len(angle.points) > 2 and angle.name in angles and scores[list(at)].min() >= LOW:
            place = joints[list(at)].mean(0) + np.array([size / 90, 0])
            _text(pixels, f"{angles[angle.name]:.0f}", place, WHITE, size * 0.7)


def _label(pixels: Pixels, joints: Floats, text: str, ink: Colour, size: float) -> None:
    """The person's number on a patch of their colour above the topmost joint."""
    top = joints[joints[:, 1].argmin()]
    scale, thick = size / 1100, max(1, round(size / 500))
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    pad = max(2, height // 3)
    x, y = _whole(top + np.array([-width / 2, -size / 40]))
    y = max(y, height + 2 * pad)  # someone at the picture's top keeps their label in it
    cv2.rectangle(pixels, (x - pad, y + pad), (x + width + pad, y - height - pad), ink, cv2.FILLED)
    cv2.putText(pixels, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, CASING, thick, cv2.LINE_AA)


def _text(pixels: Pixels, text: str, at: Floats, ink: Colour, size: float) -> None:
    scale, thick = size / 1100, max(1, round(size / 600))
    for shade, width in ((CASING, thick + 2), (ink, thick)):
        cv2.putText(pixels, text, _whole(at), cv2.FONT_HERSHEY_SIMPLEX, scale, shade, width, cv2.LINE_AA)


def _whole(point: Floats) -> tuple[int, int]:
    x, y = np.rint(np.clip(point - 0.5, -20_000, 20_000)).astype(int)
    return int(x), int(y)
