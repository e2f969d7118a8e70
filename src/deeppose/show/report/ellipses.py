"""Small drawings of displacement statistics: for each joint, every stage's one-sigma ellipse about its mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deeppose.show.report.displacements import Displacements, ellipse


@dataclass(frozen=True)
class Ellipse:
    """In units of diam(y): its stage, centre, half axes, and the longer one's angle in degrees, x towards y."""

    stage: int
    x: float
    y: float
    long: float
    short: float
    angle: float


@dataclass(frozen=True)
class Ellipses:
    """What the page draws.

    Attributes:
        reach: every drawing spans -reach to reach, in units of diam(y).
        joints: by name, the ellipses of the stages.
        box: half the side of the next stage's joint box, in units of diam(y), where sigma is known.
    """

    reach: float
    joints: dict[str, list[Ellipse]]
    box: float | None


def ellipses(stages: Sequence[Displacements], sigma: float | None) -> Ellipses:
    """Of `displacement.observed` of every stage; a joint with too few observations has none."""
    joints: dict[str, list[Ellipse]] = {name: [] for name in stages[0].joints}
    for number, stage in enumerate(stages, start=1):
        for name, moments in stage.joints.items():
            if moments.mean is not None and moments.covariance is not None:
                long, short, angle = ellipse(moments.covariance)
                x, y = moments.mean
                joints[name].append(Ellipse(number, x, y, long, short, angle))
    spans = [max(abs(e.x), abs(e.y)) + e.long for drawn in joints.values() for e in drawn]
    half = None if sigma is None else sigma / 2
    return Ellipses(1.08 * max(0.3, half or 0.0, *spans, 0.0), joints, half)
