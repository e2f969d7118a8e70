"""Left and right in the names of joints: the one place that reads a side out of a name."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def sideless(joint: str) -> str:
    """The joint's name without its side: "ankle" of "left_ankle"."""
    return _SIDE.sub("", joint).strip("_- ")


def side_of(joint: str, paired: bool = False) -> str:
    """Which side a joint's name says it is on: "left", "right", or empty on the midline.

    Args:
        paired: the joint has a partner, so that a side glued to its name ("leftear") counts.
    """
    found = _SIDE.search(joint) or (re.search("left|right", joint) if paired else None)
    return "" if found is None else {"l": "left", "r": "right"}[found.group()[0].lower()]
