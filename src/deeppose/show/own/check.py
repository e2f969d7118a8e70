"""The page before training: labelled pictures, the same mirrored with their labels, counts, boxes, splits, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from deeppose.data.annotation import Annotation
from deeppose.data.doctor.findings import Gallery, Report
from deeppose.data.images import read_image
from deeppose.show.doctor.gallery import Shot, drawn
from deeppose.show.doctor.page import render
from deeppose.skeleton import Skeleton

SHOWN = 12


@dataclass(frozen=True)
class Checked:
    """What the page shows beside the doctor's report.

    Attributes:
        skeleton: of the labels.
        people: everyone, and of each whether they are held out.
        said: sentences: what was assumed, left out, chosen.
    """

    skeleton: Skeleton
    people: Sequence[Annotation]
    said: Sequence[str]


def render_check(report: Report, checked: Checked) -> str:
    """The whole page."""
    some = _spread(checked.people)
    plain = [drawn(read_image(p.image), p, checked.skeleton, p.image.name) for p in some]
    galleries = [
        (Gallery("Labels as read", _legend(checked.skeleton), people=()), plain),
        (
            Gallery(
                "Mirrored, with mirrored labels", "Left must still be the individual's own left.", people=()
            ),
            [_mirrored(p, checked.skeleton) for p in some],
        ),
    ]
    return render(report, title=f"What {report.name} says", said=checked.said, first=galleries)


def _spread(people: Sequence[Annotation]) -> list[Annotation]:
    """Twelve people from all over the file."""
    where = np.unique(np.linspace(0, len(people) - 1, min(SHOWN, len(people))).astype(int))
    return [people[i] for i in where]


def _legend(skeleton: Skeleton) -> str:
    pairs = [f"{skeleton.joints[a]} and {skeleton.joints[b]}" for a, b in enumerate(skeleton.mirror) if a < b]
    edges = [f"{skeleton.joints[a]}-{skeleton.joints[b]}" for a, b in skeleton.edges]
    size = [f"{skeleton.joints[a]} to {skeleton.joints[b]}" for a, b in skeleton.torso]
    return (
        f"Joints: {', '.join(skeleton.joints)}. Mirror pairs: {', '.join(pairs) or 'none'}. "
        f"Edges: {', '.join(edges) or 'none'}. The size of a pose: {', else '.join(size) or 'its longer side'}."
    )


def _mirrored(person: Annotation, skeleton: Skeleton) -> Shot:
    """The person in a mirror: pixels left to right, joints too, names exchanged."""
    pixels = np.ascontiguousarray(read_image(person.image)[:, ::-1])
    order = list(skeleton.mirror)
    joints = np.stack([pixels.shape[1] - person.joints[:, 0], person.joints[:, 1]], axis=1)[order]
    labelled = person.labelled[order]
    flipped = replace(
        person,
        joints=np.where(labelled[:, None], joints, 0),
        labelled=labelled,
        visible=person.visible[order],
    )
    return drawn(pixels, flipped, skeleton, f"{person.image.name}, mirrored")
