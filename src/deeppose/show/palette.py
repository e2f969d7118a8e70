"""The colours of everything drawn: right is orange, left is blue, everywhere."""

from __future__ import annotations

from deeppose.skeleton import Skeleton

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

RIGHT, LEFT, MIDDLE, CASING = (255, 122, 26), (46, 170, 255), (255, 225, 90), (20, 20, 24)

LOW = 0.3
"""A joint that scores less is drawn hollow and its limbs faded."""


def colour(skeleton: Skeleton, a: int, b: int | None = None) -> Colour:
    """Of a joint, or of the line between two, by the body's side; the third colour across it and on its midline."""
    return {"right": RIGHT, "left": LEFT}.get(skeleton.side(a, b), MIDDLE)


def hexadecimal(colour: Colour) -> str:
    """As a page names it.

    >>> hexadecimal((255, 122, 26))
    '#ff7a1a'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)
