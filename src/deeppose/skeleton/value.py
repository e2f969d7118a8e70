"""A skeleton as a value: which joints a pose has, how they pair under mirroring, and which limbs they form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deeppose.errors import DataError, unknown
from deeppose.skeleton.angles import Angle, angles_of
from deeppose.skeleton.names import other_side, pairs_by_name, side_of, sideless
from deeppose.skeleton.shares import BODY_SHARE


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
        sides = {side_of(self.joints[k], self.mirror[k] != k) for k in ((a,) if b is None else (a, b))}
        return sides.pop() if len(sides) == 1 else ""

    @property
    def angles(self) -> tuple[Angle, ...]:
        """All that the joints allow, joints' angles first: Sports2D's names and definitions."""
        return angles_of(self.joints)


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
