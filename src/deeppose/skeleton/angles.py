"""The angles people read off a pose: Sports2D's names and definitions, for whatever joints a skeleton has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Angle:
    """An angle people read off: of a joint between two segments, or of a segment to the horizontal.

    Each point is the mean of the joints it lists: two for a segment, seen from the second; three for a joint, whose
    vertex is the second; four for the turn from the segment of the first two to that of the last two. To what is
    measured `offset` degrees are added, then `sign` multiplies. A `hinge` bends one way; a `line` has no direction.
    """

    name: str
    points: tuple[tuple[int, ...], ...]
    offset: float
    sign: int
    hinge: bool
    line: bool


_ANGLES = (
    ("SIDE_ankle", "SIDE_knee SIDE_ankle SIDE_big_toe SIDE_heel", 90, 1),
    ("SIDE_knee", "SIDE_ankle SIDE_knee SIDE_hip", -180, 1),
    ("SIDE_hip", "SIDE_knee SIDE_hip pelvis neck", 0, -1),
    ("SIDE_shoulder", "SIDE_elbow SIDE_shoulder pelvis neck", 0, -1),
    ("SIDE_elbow", "SIDE_wrist SIDE_elbow SIDE_shoulder", 180, -1),
    ("SIDE_foot", "SIDE_big_toe SIDE_heel", 0, -1),
    ("SIDE_shank", "SIDE_ankle SIDE_knee", 0, -1),
    ("SIDE_thigh", "SIDE_knee SIDE_hip", 0, -1),
    ("pelvis", "left_hip right_hip", 0, -1),
    ("trunk", "neck pelvis", 0, -1),
    ("shoulders", "left_shoulder right_shoulder", 0, -1),
    ("head", "head neck", 0, -1),
    ("SIDE_arm", "SIDE_elbow SIDE_shoulder", 0, -1),
    ("SIDE_forearm", "SIDE_wrist SIDE_elbow", 0, -1),
)
"""Name, points, offset and sign of every angle, as Sports2D 0.8.34 has them (`angle_dict` of Pose2Sim 0.10.49)."""

_POINTS = {
    "neck": ("neck", "thorax", "left_shoulder+right_shoulder"),
    "pelvis": ("pelvis", "left_hip+right_hip"),
    "head": ("head_top", "head", "left_ear+right_ear"),
}
"""Points on the midline, and what stands for them, the best first."""


def angles_of(joints: tuple[str, ...]) -> tuple[Angle, ...]:
    """All that the joints allow, joints' angles first."""
    return tuple(angle for row in _ANGLES for angle in _angles(joints, *row))


def _angles(joints: tuple[str, ...], name: str, points: str, offset: float, sign: int) -> list[Angle]:
    sides = ("right", "left") if "SIDE" in points else ("",)
    rows = [(side, [_point(joints, p.replace("SIDE", side)) for p in points.split()]) for side in sides]
    kind = (offset, sign, name in ("SIDE_knee", "SIDE_elbow"), name in ("pelvis", "shoulders"))
    return [Angle(name.replace("SIDE", side), tuple(at), *kind) for side, at in rows if all(at)]


def _point(joints: tuple[str, ...], name: str) -> tuple[int, ...]:
    """Indices of the joints whose mean it is; empty where the skeleton has them not."""
    choices = [choice.split("+") for choice in _POINTS.get(name, (name,))]
    there = (choice for choice in choices if set(choice) <= set(joints))
    return tuple(joints.index(joint) for joint in next(there, ()))
