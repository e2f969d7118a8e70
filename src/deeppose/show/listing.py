"""A person's joints as text for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deeppose.show.palette import LOW


def listing(record: Mapping[str, Any]) -> str:
    """The table of one record of `Poses.to_records`; joints that score less than `LOW` are marked.

    >>> joints = {"neck": {"x": 10.04, "y": 20.0, "score": 0.91}, "left_ankle": {"x": 5, "y": 200.5, "score": 0.1}}
    >>> box = {"x": 0, "y": 0, "w": 64, "h": 128}
    >>> print(listing({"file": "a.jpg", "box": box, "joints": joints}))
    a.jpg, box x 0 y 0 w 64 h 128
      joint            x       y  score
      neck          10.0    20.0   0.91
      left ankle     5.0   200.5   0.10  low
    """
    if "joints" not in record:
        return f"{record['file']}: nobody found"
    joints = record["joints"]
    width = max(len("joint"), *(len(name) for name in joints))
    box = " ".join(f"{side} {value:g}" for side, value in record["box"].items())
    lines = [f"{record['file']}, box {box}", f"  {'joint':<{width}} {'x':>7} {'y':>7}  score"]
    for name, at in joints.items():
        mark = "  low" if at["score"] < LOW else ""
        lines.append(
            f"  {name.replace('_', ' '):<{width}} {at['x']:7.1f} {at['y']:7.1f} {at['score']:6.2f}{mark}"
        )
    return "\n".join(lines)
