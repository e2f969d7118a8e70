"""Skeletons: which joints a pose has, how they pair under mirroring, and which limbs they form.

A skeleton is the only thing that knows joint names. Everything else works on arrays `(..., K, 2)` whose joint axis
follows `Skeleton.joints`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deeppose.errors import unknown


@dataclass(frozen=True)
class Limb:
    """A stick between two points; each end is the mean of the joints it lists (most ends list one).

    `kind` groups left and right: PCP is reported per kind (paper, section 4.1).
    """

    kind: str
    start: tuple[int, ...]
    end: tuple[int, ...]


@dataclass(frozen=True)
class Skeleton:
    """Names and topology of a pose of K joints, person-centric: "left" is the person's own left.

    Attributes:
        name: the key in `SKELETONS`.
        joints: K names, in array order.
        limbs: the sticks PCP scores, including torso and head where the joints allow.
        edges: pairs of joint indices to draw.
        torso: joint pairs whose distance is diam(y) (section 3.2), in order of preference.
        mirror: for every joint the index of its mirror image; itself on the midline.
    """

    name: str
    joints: tuple[str, ...]
    limbs: tuple[Limb, ...]
    edges: tuple[tuple[int, int], ...]
    torso: tuple[tuple[int, int], ...]
    mirror: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        other = {"left": "right", "right": "left"}
        names = ["_".join(other.get(part, part) for part in joint.split("_")) for joint in self.joints]
        pairs = tuple(self.joints.index(n) if n in self.joints else i for i, n in enumerate(names))
        object.__setattr__(self, "mirror", pairs)

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """Position of a joint by name.

        Raises:
            ConfigError: naming the nearest known joint.
        """
        if joint not in self.joints:
            raise unknown(f"joint of skeleton {self.name}", joint, self.joints)
        return self.joints.index(joint)


def build(
    name: str,
    joints: str,
    limbs: dict[str, str],
    torso: tuple[tuple[str, str], ...] = (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip")),
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
    edges=_TRUNK,
)
FLIC = build(
    "flic",
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist left_hip right_hip nose_bridge nose",
    _ARMS | _TORSO,
    edges=_TRUNK,
)
SKELETONS = {s.name: s for s in (LSP, FLIC)}


def get(name: str) -> Skeleton:
    """The skeleton of that name.

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in SKELETONS:
        raise unknown("skeleton", name, SKELETONS)
    return SKELETONS[name]
