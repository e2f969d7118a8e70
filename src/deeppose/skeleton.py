"""Skeletons: which joints a pose has, how they pair under mirroring, and which limbs they form.

A skeleton is the only thing that knows joint names. Everything else works on arrays `(..., K, 2)` whose joint axis
follows `Skeleton.joints`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deeppose.errors import DataError, unknown

_SIDE = re.compile(
    r"(?<![A-Za-z])(?:[Ll]eft|[Rr]ight|LEFT|RIGHT|[lr])(?![a-z])|(?<=[a-z])(?:Left|Right)(?![a-z])"
    r"|(?<![A-Z])[LR](?=[^A-Za-z]|$|[A-Z][a-z])"
)
"""A side as a word of its own ("left_eye", "L Eye", "l-eye") or as a camel hump ("eyeLeft", "EyeL")."""

_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"}


def other_side(joint: str) -> str:
    """The joint's name with left and right exchanged; the name itself on the midline.

    >>> [other_side(joint) for joint in ("left_eye", "R_Knee", "earLeft", "LFrontPaw", "nose", "all_round")]
    ['right_eye', 'L_Knee', 'earRight', 'RFrontPaw', 'nose', 'all_round']
    """

    def swap(match: re.Match[str]) -> str:
        side = match.group()
        new = _OTHER[side.lower()]
        if side.islower():
            return new
        return new.upper() if side.isupper() else new.capitalize()

    return _SIDE.sub(swap, joint)


def pairs_by_name(joints: Sequence[str]) -> tuple[int, ...]:
    """For every joint the index of the one on the other side by its name, itself where there is none.

    >>> pairs_by_name(["nose", "L_Eye", "R_Eye"])
    (0, 2, 1)
    """
    names = [_partner(joint, joints) for joint in joints]
    return tuple(joints.index(n) if n in joints else i for i, n in enumerate(names))


def _partner(joint: str, joints: Sequence[str]) -> str:
    """The name on the other side; a side glued to its joint ("leftear") counts where the partner is there too."""
    other = other_side(joint)
    glued = re.sub("left|right", lambda m: _OTHER[m.group()], joint)
    return glued if other == joint and glued in joints else other


BODY_SHARE = 0.42
"""diam(y) over the longer side of the joints' extent: LSP's median torso diagonal."""


@dataclass(frozen=True)
class Limb:
    """A stick between two points; each end is the mean of the joints it lists (most ends list one).

    `kind` groups left and right: PCP is reported per kind (paper, section 4.1).
    """

    kind: str
    start: tuple[int, ...]
    end: tuple[int, ...]


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


@dataclass(frozen=True)
class Skeleton:
    """Names and topology of a pose of K joints, person-centric: "left" is the person's own left.

    A value: two skeletons of one name and other joints differ. Files hold it as `skeleton_json` writes it.

    Attributes:
        name: of the known ones the key in `SKELETONS`.
        joints: K names, in array order.
        limbs: the sticks PCP scores, including torso and head where the joints allow.
        edges: pairs of joint indices to draw.
        torso: joint pairs whose distance is diam(y) (section 3.2), in order of preference: a torso's diagonals, or
            whatever else tells the size of a pose; empty where the pose's longer side does.
        turned: for every joint the index of the one that takes its name when the picture is turned a quarter
            counter-clockwise; itself where names belong to a body, not to the picture.
        mirror: for every joint the index of its mirror image, itself on the midline; by the names unless given.
        share: diam(y) over the longer side of the joints' extent, where none of the pairs is labelled.
    """

    name: str
    joints: tuple[str, ...]
    limbs: tuple[Limb, ...]
    edges: tuple[tuple[int, int], ...]
    torso: tuple[tuple[int, int], ...]
    turned: tuple[int, ...] = ()
    mirror: tuple[int, ...] = ()
    share: float = BODY_SHARE

    def __post_init__(self) -> None:
        object.__setattr__(self, "mirror", self.mirror or pairs_by_name(self.joints))
        object.__setattr__(self, "turned", self.turned or tuple(range(len(self.joints))))

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def spine(self) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """The joints whose means are the torso's lower and upper end; None where no limb is a torso."""
        return next(((limb.start, limb.end) for limb in self.limbs if limb.kind == "torso"), None)

    def index(self, joint: str) -> int:
        """Position of a joint by name.

        Raises:
            ConfigError: naming the nearest known joint.
        """
        if joint not in self.joints:
            raise unknown(f"joint of skeleton {self.name}", joint, self.joints)
        return self.joints.index(joint)

    def lonely(self) -> list[str]:
        """Joints whose name has a side and whose partner is missing: mirroring them would teach a wrong side."""
        return [j for i, j in enumerate(self.joints) if other_side(j) != j and self.mirror[i] == i]

    @property
    def person(self) -> bool:
        """Whether shoulders and hips bear the names that people's do: then a finder of people finds its individuals."""
        return any(a in self.joints and b in self.joints for a, b in DIAGONALS)

    @property
    def measure(self) -> str:
        """What `torso` holds, in words: what the sizes of poses are told by."""
        return "torso diagonal" if self.person else "reference length"

    @property
    def limb_joints(self) -> tuple[int, ...]:
        """Indices of the joints from shoulders to ankles, `LIMB_JOINTS`, that the skeleton has, in its order."""
        return tuple(k for k, joint in enumerate(self.joints) if sideless(joint) in LIMB_JOINTS)

    def side(self, a: int, b: int | None = None) -> str:
        """Where joint `a` is, or the line between `a` and `b`: "left", "right", or empty across and on the midline."""
        sides = {self._side_of(joint) for joint in ((a,) if b is None else (a, b))}
        return sides.pop() if len(sides) == 1 else ""

    def _side_of(self, joint: int) -> str:
        """By its name; a side glued to it ("leftear") counts where the joint has a partner."""
        name = self.joints[joint]
        found = _SIDE.search(name) or (re.search("left|right", name) if self.mirror[joint] != joint else None)
        return "" if found is None else {"l": "left", "r": "right"}[found.group()[0].lower()]

    @property
    def angles(self) -> tuple[Angle, ...]:
        """All that the joints allow, joints' angles first: Sports2D's names and definitions."""
        return tuple(angle for row in _ANGLES for angle in _angles(self.joints, *row))


LIMB_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""The joints of arms and legs without their sides: what every data set of whole bodies labels."""

DIAGONALS = (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip"))
"""The paper's torso diagonal (section 3.2: a left shoulder and right hip) and, failing that, the other."""


def build(
    name: str,
    joints: str,
    limbs: dict[str, str],
    torso: tuple[tuple[str, str], ...] = DIAGONALS,
    edges: str = "",
) -> Skeleton:
    """A skeleton from words: `limbs` maps "start-end" (each end "a" or "a+b") to the limb's kind.

    >>> build("stick", "left_hand right_hand", {"left_hand-right_hand": "span"}, torso=()).mirror
    (1, 0)
    """
    names = tuple(joints.split())
    sticks = []
    for stick, kind in limbs.items():
        start, end = (tuple(names.index(j) for j in part.split("+")) for part in stick.split("-"))
        sticks.append(Limb(kind, start, end))
    drawn = [(limb.start[0], limb.end[0]) for limb in sticks if len(limb.start) == len(limb.end) == 1]
    for edge in edges.split():
        a, b = edge.split("-")
        drawn.append((names.index(a), names.index(b)))
    diagonals = tuple((names.index(a), names.index(b)) for a, b in torso)
    return Skeleton(name, names, tuple(sticks), tuple(drawn), diagonals)


def from_edges(name: str, joints: Sequence[str], edges: Sequence[tuple[int, int]]) -> Skeleton:
    """A skeleton from any joints and the pairs of them to connect, as a COCO file gives both.

    Every edge is a limb whose kind is its joints without their sides. A torso diagonal exists where the joints have
    the body's own names for it.

    Raises:
        DataError: two joints of one name, or an edge to a joint that is not there.

    >>> from_edges("pen", ["tip", "left_clip", "right_clip"], [(0, 1), (0, 2)]).limbs[1]
    Limb(kind='tip-clip', start=(0,), end=(2,))
    """
    if len(set(joints)) != len(joints):
        raise DataError(f"skeleton {name}: two joints have the same name in {list(joints)}")
    if any(not 0 <= j < len(joints) for edge in edges for j in edge):
        raise DataError(
            f"skeleton {name}: an edge in {list(edges)} names a joint outside 0 to {len(joints) - 1}"
        )
    limbs = tuple(Limb(f"{sideless(joints[a])}-{sideless(joints[b])}", (a,), (b,)) for a, b in edges)
    torso = tuple(
        (list(joints).index(a), list(joints).index(b)) for a, b in DIAGONALS if a in joints and b in joints
    )
    return Skeleton(name, tuple(joints), limbs, tuple(edges), torso)


def sideless(joint: str) -> str:
    """The joint's name without its side: "ankle" of "left_ankle"."""
    return _SIDE.sub("", joint).strip("_- ")


_ARMS = {
    "right_elbow-right_wrist": "lower arm", "left_elbow-left_wrist": "lower arm",
    "right_shoulder-right_elbow": "upper arm", "left_shoulder-left_elbow": "upper arm",
}  # fmt: skip
_LEGS = {
    "right_knee-right_ankle": "lower leg", "left_knee-left_ankle": "lower leg",
    "right_hip-right_knee": "upper leg", "left_hip-left_knee": "upper leg",
}  # fmt: skip
_TORSO = {"right_hip+left_hip-right_shoulder+left_shoulder": "torso"}
_TRUNK = "right_hip-left_hip right_shoulder-left_shoulder right_hip-right_shoulder left_hip-left_shoulder"

LSP = build(
    "lsp",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist neck head_top",
    {**_LEGS, **_ARMS, "neck-head_top": "head", **_TORSO},
    edges=_TRUNK + " neck-right_shoulder neck-left_shoulder",
)
FLIC = build(
    "flic",
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist left_hip right_hip left_eye right_eye",
    _ARMS | _TORSO,
    edges=f"{_TRUNK} right_eye-left_eye",
)
BUFFY = build(
    "buffy",
    "head_top neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist pelvis "
    "right_hip left_hip",
    {**_ARMS, "neck-head_top": "head", "pelvis-neck": "torso"},
    torso=(*DIAGONALS, ("neck", "pelvis")),
    edges="right_shoulder-left_shoulder",
)
MPII = build(
    "mpii",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist",
    {**_LEGS, **_ARMS, "upper_neck-head_top": "head", **_TORSO},
    edges="right_hip-pelvis pelvis-left_hip pelvis-thorax right_shoulder-thorax thorax-left_shoulder "
    "thorax-upper_neck",
)
COCO = build(
    "coco",
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle",
    {**_LEGS, **_ARMS, **_TORSO},
    edges=f"{_TRUNK} nose-left_eye nose-right_eye left_eye-right_eye left_eye-left_ear right_eye-right_ear "
    "left_ear-left_shoulder right_ear-right_shoulder",
)
BOX = replace(
    build(
        "box",
        "top bottom left_side right_side",
        {"top-bottom": "height", "left_side-right_side": "width"},
        torso=(("top", "bottom"), ("left_side", "right_side")),
    ),
    turned=(3, 2, 0, 1),  # the right edge comes to lie on top, the left one below
)
"""The middles of a person's box's four edges, as seen in the picture: a box is regressed as a pose is (stage 0)."""

BODY = build(
    "body",
    f"{' '.join(LSP.joints)} nose left_eye right_eye left_ear right_ear",
    {**_LEGS, **_ARMS, "neck-head_top": "head", **_TORSO},
    edges=f"{_TRUNK} neck-right_shoulder neck-left_shoulder nose-left_eye nose-right_eye left_eye-left_ear "
    "right_eye-right_ear",
)
"""LSP's joints in their order, then COCO's face: what the second weights find; LSP and COCO are views of it."""

NEAR = {
    "neck": ("left_shoulder", "right_shoulder"),
    "head_top": ("left_ear", "right_ear"),
    **dict.fromkeys(("nose", "left_eye", "right_eye", "left_ear", "right_ear"), ("neck", "head_top")),
}
"""Where a joint lies roughly, as the middle of two others: what a network that never saw it starts from."""

SKELETONS = {s.name: s for s in (LSP, FLIC, BUFFY, MPII, COCO, BODY, BOX)}
"""The known ones, by name: a convenience, not a gate; every model and data set may bring its own."""


def get(name: str) -> Skeleton:
    """The skeleton of that name.

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in SKELETONS:
        raise unknown("skeleton", name, SKELETONS)
    return SKELETONS[name]


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
