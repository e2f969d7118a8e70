"""A random person in three dimensions: joint angles, proportions, forward kinematics.

Axes of the camera: x to the picture's right, y up, z towards the viewer. A person of zero root rotation faces the
viewer, so their left is +x. Lengths are fractions of the person's height; angles are radians.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from deeppose.skeleton import LSP
from deeppose.types import Floats

SIDES = (("right", -1.0), ("left", 1.0))


@dataclass(frozen=True)
class Pose:
    """Joint angles; sideways angles are positive towards the person's left, `arms`/`legs` rows are right, left.

    Attributes:
        root: (3,) pitch (forwards), yaw, roll of the pelvis.
        spine: (3,) bend forwards, twist, bend sideways, of the chest against the pelvis.
        head: (3,) the same of the head against the chest.
        arms: (2, 4) flexion, abduction, twist at the shoulder; flexion of the elbow.
        legs: (2, 4) flexion, abduction, twist at the hip; flexion of the knee.
    """

    root: Floats
    spine: Floats
    head: Floats
    arms: Floats
    legs: Floats

    def mirrored(self) -> Pose:
        """The pose seen in a mirror: left and right exchanged, sideways angles negated."""
        flip = np.array([1.0, -1.0, -1.0])
        return Pose(self.root * flip, self.spine * flip, self.head * flip, self.arms[::-1], self.legs[::-1])


@dataclass(frozen=True)
class Proportions:
    """Segment lengths, the same on both sides (mean adult values after Drillis & Contini, 1966)."""

    shin: float = 0.240
    thigh: float = 0.240
    hips: float = 0.062
    trunk: float = 0.295
    shoulders: float = 0.118
    upper_arm: float = 0.175
    forearm: float = 0.152
    head: float = 0.180
    foot: float = 0.110
    hand: float = 0.060
    girth: float = 1.0


@dataclass(frozen=True)
class Body:
    """Points of a posed person, (3,) each by name: the 14 LSP joints and what else is drawn; `frames` are (3, 3)."""

    points: dict[str, Floats]
    frames: dict[str, Floats]
    proportions: Proportions

    def joints(self) -> Floats:
        """(14, 3) in LSP order."""
        return np.stack([self.points[name] for name in LSP.joints])


def rotation(x: float, y: float = 0.0, z: float = 0.0) -> Floats:
    """(3, 3) turning by x, then y, then z about the fixed axes."""
    (cx, cy, cz), (sx, sy, sz) = np.cos((x, y, z)), np.sin((x, y, z))
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


def pose_body(pose: Pose, size: Proportions) -> Body:
    """Forward kinematics, from the pelvis at the origin outwards."""
    points = {"pelvis": np.zeros(3)}
    roll = rotation(0, 0, -pose.root[2])
    pelvis = roll @ rotation(pose.root[0]) @ rotation(0, pose.root[1])
    chest = pelvis @ rotation(pose.spine[0], pose.spine[1], -pose.spine[2])
    skull = chest @ rotation(pose.head[0], pose.head[1], -pose.head[2])
    _trunk(points, pelvis, chest, skull, size)
    for row, (side, sign) in enumerate(SIDES):
        _leg(points, side, pelvis @ ball(pose.legs[row], sign), pose.legs[row, 3], size)
        _arm(points, side, chest @ ball(pose.arms[row], sign), pose.arms[row, 3], size)
    return Body(points, {"pelvis": pelvis, "chest": chest, "head": skull}, size)


def ball(angles: Floats, sign: float) -> Floats:
    """A hip or shoulder: flexion and abduction lift the hanging limb forwards and outwards, twist turns it."""
    flexion, abduction, twist = angles[:3]
    return rotation(0, 0, sign * abduction) @ rotation(-flexion) @ rotation(0, sign * twist)


def _trunk(
    points: dict[str, Floats], pelvis: Floats, chest: Floats, skull: Floats, size: Proportions
) -> None:
    points["waist"] = pelvis @ [0, 0.35 * size.trunk, 0]
    points["neck"] = points["waist"] + chest @ [0, 0.65 * size.trunk, 0]
    points["skull"] = points["neck"] + skull @ [0, 0.55 * size.head, 0.02]
    points["head_top"] = points["neck"] + skull @ [0, size.head, 0.01]
    for side, sign in SIDES:
        points[f"{side}_hip"] = pelvis @ [sign * size.hips, 0, 0]
        points[f"{side}_shoulder"] = points["neck"] + chest @ [sign * size.shoulders, -0.025, 0]


def _leg(points: dict[str, Floats], side: str, thigh: Floats, bend: float, size: Proportions) -> None:
    shin = thigh @ rotation(bend)
    points[f"{side}_knee"] = points[f"{side}_hip"] + thigh @ [0, -size.thigh, 0]
    points[f"{side}_ankle"] = points[f"{side}_knee"] + shin @ [0, -size.shin, 0]
    points[f"{side}_toes"] = points[f"{side}_ankle"] + shin @ [0, -0.4 * size.foot, 0.9 * size.foot]


def _arm(points: dict[str, Floats], side: str, upper: Floats, bend: float, size: Proportions) -> None:
    lower = upper @ rotation(-bend)
    points[f"{side}_elbow"] = points[f"{side}_shoulder"] + upper @ [0, -size.upper_arm, 0]
    points[f"{side}_wrist"] = points[f"{side}_elbow"] + lower @ [0, -size.forearm, 0]
    points[f"{side}_hand"] = points[f"{side}_wrist"] + lower @ [0, -size.hand, 0]


def _normal(rng: np.random.Generator, rows: int, table: list[tuple[float, float, float, float]]) -> Floats:
    """(rows, len(table)) angles; a table row is mean, deviation, least, most in degrees."""
    mean, deviation, least, most = np.array(table).T
    return np.radians(np.clip(rng.normal(mean, deviation, (rows, len(table))), least, most))


def sample_pose(rng: np.random.Generator) -> Pose:
    """Three people in four stand, walk or play; one is upside down, lying or in the air.

    Two in five upright people turn their back, as in Leeds Sports Pose (its person- and observer-centric labels
    differ in 37.8 % of the pictures).
    """
    a = rng.uniform(0.5, 1.3)
    arms = _normal(rng, 2, [(25, 50 * a, -50, 175), (22, 45 * a, 0, 170), (0, 35, -80, 80), (35, 40, 0, 145)])
    legs = _normal(
        rng, 2, [(15, 32 * a, -40, 125), (8, 15 * a, -5, 80), (0, 15, -40, 40), (22, 38 * a, 0, 140)]
    )
    spine, head = _normal(rng, 2, [(6, 16 * a, -35, 65), (0, 15, -40, 40), (0, 10 * a, -35, 35)])
    yaw = rng.normal(0.0, 0.6) + (np.pi if rng.random() < 0.4 else 0.0)
    root = np.array([rng.normal(0, 0.2) * a, yaw, rng.normal(0, 0.12) * a])
    pose = Pose(root, spine, head, arms, legs)
    return _acrobatic(rng, pose) if rng.random() < 0.25 else pose


def _acrobatic(rng: np.random.Generator, pose: Pose) -> Pose:
    """Turned by any roll; half of them with arms overhead, as in a handstand or a cartwheel."""
    root = pose.root + np.array([0, 0, rng.uniform(-np.pi, np.pi)])
    if rng.random() < 0.5:
        return replace(pose, root=root)
    overhead = _normal(rng, 2, [(10, 20, -30, 60), (150, 20, 90, 178), (0, 20, -60, 60), (10, 15, 0, 60)])
    apart = _normal(rng, 2, [(15, 40, -40, 100), (25, 25, 0, 85), (0, 15, -40, 40), (10, 20, 0, 110)])
    roll = np.pi + rng.normal(0, 0.6)
    return replace(pose, root=np.array([*pose.root[:2], roll]), arms=overhead, legs=apart)


def sample_proportions(rng: np.random.Generator) -> Proportions:
    """Every segment within a tenth of the mean, girth within a quarter."""
    mean = Proportions()
    values = {name: length * rng.uniform(0.9, 1.1) for name, length in vars(mean).items()}
    return Proportions(**{**values, "girth": rng.uniform(0.8, 1.25)})
