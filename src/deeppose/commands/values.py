"""What an option's value must be: each function reads one, and argparse prints what is wrong with it."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

Box = tuple[float, float, float, float]
Number = TypeVar("Number", int, float)


def people(text: str) -> int:
    """A number of people, from 1."""
    return _whole(text, "is not a number of people, from 1")


def people_or_all(text: str) -> int | None:
    """At most so many people; None for all."""
    return None if text == "all" else _whole(text, "is neither all nor a number of people, 1 or more")


def width(text: str) -> int:
    """Of drawings, in pixels."""
    wrong = "is not a width in pixels, 16 to 16384"
    value = _whole(text, wrong)
    if not 16 <= value <= 16384:
        raise ArgumentTypeError(f"{text!r} {wrong}")
    return value


def seed(text: str) -> int:
    """A seed that every generator takes."""
    try:
        value = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from error
    if not 0 <= value < 2**31:
        raise ArgumentTypeError(f"{text}: a seed is a whole number from 0 to 2147483647")
    return value


def share(text: str) -> float:
    """A score, 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text!r} is not a score, 0 to 1")
    return value


def factor(text: str) -> float:
    """A finite number above zero."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise ArgumentTypeError(f"{text!r} is not a factor such as 1.15")
    return value


def counts(text: str) -> list[int]:
    """Whole numbers between commas."""
    return _listed(text, int, "is not a list of counts such as 100000,50000")


def thresholds(text: str) -> tuple[float, ...]:
    """Fractions of the torso between commas."""
    values = _listed(text, float, "is not a list of numbers such as 0.1,0.2")
    if not all(0 <= value < math.inf for value in values):
        raise ArgumentTypeError(f"{text!r}: thresholds are fractions of the torso, 0 or more")
    return tuple(values)


def sigmas(text: str) -> tuple[float, ...]:
    """Sides of a joint's box between commas, each once."""
    values = _listed(text, float, "is not a list of numbers such as 1.5,2.0")
    if not all(0 < value < math.inf for value in values):
        raise ArgumentTypeError(f"{text!r}: a joint box's side over diam(y) is above zero")
    return tuple(dict.fromkeys(values))


def box(text: str) -> Box:
    """cx, cy, w, h of "x,y,w,h"."""
    wrong = "is not four numbers x,y,w,h"
    values = _listed(text, float, wrong)
    if len(values) != 4:
        raise ArgumentTypeError(f"{text!r} {wrong}")
    x, y, w, h = values
    if not all(map(math.isfinite, values)) or w <= 0 or h <= 0:
        raise ArgumentTypeError(f"{text!r}: needs finite numbers and a width and height above zero")
    return x + w / 2, y + h / 2, w, h


def grey_range(text: str) -> tuple[float, float] | Literal["auto"]:
    """The values that become black and white."""
    if text == "auto":
        return "auto"
    wrong = "is neither auto nor two numbers LOW,HIGH"
    values = _listed(text, float, wrong)
    if len(values) != 2:
        raise ArgumentTypeError(f"{text!r} {wrong}")
    low, high = values
    if not low < high or not math.isfinite(high - low):
        raise ArgumentTypeError(f"{text!r}: LOW must be below HIGH")
    return low, high


def weights(text: str) -> Path:
    """A file, or weights that ship by their name; whoever reads the file says if it is not there."""
    from deeppose.inference.shipped import named

    return named(text)


def _whole(text: str, wrong: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} {wrong}")
    return int(text)


def _number(text: str) -> float:
    """NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _listed(text: str, kind: Callable[[str], Number], wrong: str) -> list[Number]:
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} {wrong}") from error
