"""Checks of the labels themselves: places, flags, sizes of poses, coinciding joints, counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deeppose.data.doctor.findings import Case, Finding, JointCount, Person, finding
from deeppose.data.doctor.photos import Photo
from deeppose.rectangles import corners
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

TINY = 0.15
"""A torso diagonal, or whatever else tells the size of a pose, is tiny below this share of its longer side: joint
boxes of its size hold no limb. The boxes of the cascade never use less."""


def joint_counts(people: list[Person], skeleton: Skeleton) -> tuple[JointCount, ...]:
    """How often each joint is labelled and visible."""
    labelled = sum((p.annotation.labelled.astype(int) for p in people), np.zeros(len(skeleton), int))
    visible = sum((p.annotation.visible.astype(int) for p in people), np.zeros(len(skeleton), int))
    return tuple(
        JointCount(joint, int(n), int(v))
        for joint, n, v in zip(skeleton.joints, labelled, visible, strict=True)
    )


def place_findings(people: list[Person], photos: dict[Path, Photo], skeleton: Skeleton) -> list[Finding]:
    """Joints and boxes outside the picture, joints outside their person's box."""
    sized = [(p, np.array(size)) for p in people if (size := photos[p.annotation.image].size)]
    outside = [(p, far) for p, size in sized if (far := _beyond(p, size)).any()]
    boxed = [(p, size) for p, size in sized if p.annotation.box is not None or p.annotation.torso is not None]
    joints = sum(int(p.annotation.labelled.sum()) for p, _ in sized)
    outside.sort(key=lambda found: -found[1].max())
    return [
        finding("joints_outside", "Joints outside the picture", "look",
                (Case(p.name, _farthest(far, skeleton)) for p, far in outside), joints, "labelled joints",
                f"A labelled joint lies beyond the edge; {len(outside):,} people have one. Some data sets guess the "
                "joints of cut-off limbs, so this need not be a mistake.",
                count=sum(int((far > 0).sum()) for _, far in outside)),
        finding("boxes_outside", "Boxes outside the picture", "look",
                (Case(p.name, what) for p, size in boxed if (what := _bad_box(p, size))), len(boxed), "boxed people",
                "A box has no area, or more than half of it lies outside the picture."),
        finding("joints_outside_box", "Joints outside their person's box", "look",
                (Case(p.name, what) for p, _ in sized if (what := _unboxed(p))),
                sum(p.annotation.box is not None for p, _ in sized), "boxed people",
                "More than a quarter of the labelled joints lie outside the box of their own person."),
    ]  # fmt: skip


def _beyond(person: Person, size: Floats) -> Floats:
    """(K,) how many pixels each labelled joint lies outside the picture."""
    xy = person.annotation.joints
    far = np.maximum(-xy, xy - size).max(axis=1)
    return np.where(person.annotation.labelled, np.maximum(far, 0), 0)


def _farthest(far: Floats, skeleton: Skeleton) -> str:
    return f"{int((far > 0).sum())} outside, the {skeleton.joints[int(far.argmax())]} by {far.max():.1f} px"


def _bad_box(person: Person, size: Floats) -> str:
    for kind, box in (("box", person.annotation.box), ("torso box", person.annotation.torso)):
        if box is None:
            continue
        low, high = corners(box)
        inside = np.maximum(np.minimum(high, size) - np.maximum(low, 0), 0).prod()
        if min(box[2:]) <= 0:
            return f"{kind} of {box[2]:.0f} x {box[3]:.0f} px"
        if inside < 0.5 * box[2:].prod():
            return f"{kind} is {inside / box[2:].prod():.0%} inside"
    return ""


def _unboxed(person: Person) -> str:
    annotation = person.annotation
    if annotation.box is None or not annotation.labelled.any():
        return ""
    away = np.abs(annotation.joints - annotation.box[:2]) > annotation.box[2:] / 2 + 1
    out = int((away.any(axis=1) & annotation.labelled).sum())
    total = int(annotation.labelled.sum())
    return f"{out} of {total} joints" if out > total / 4 else ""


def number_findings(people: list[Person], skeleton: Skeleton) -> list[Finding]:
    """Joints whose coordinates are no place; whoever reads the data set takes them for unlabelled."""
    lost = [
        (p, p.annotation.lost) for p in people if p.annotation.lost is not None and p.annotation.lost.any()
    ]
    joints = sum(int(p.annotation.labelled.sum()) for p in people) + sum(int(mask.sum()) for _, mask in lost)
    return [
        finding("joints_without_place", "Joints whose coordinates are no place", "wrong",
                (Case(p.name, ", ".join(np.array(skeleton.joints)[mask])) for p, mask in lost), joints,
                "labelled joints", "NaN, infinite, or millions of pixels away: damaged, or a marker for a missing "
                "joint. They count as unlabelled everywhere.", count=sum(int(mask.sum()) for _, mask in lost)),
    ]  # fmt: skip


def flag_findings(people: list[Person], photos: dict[Path, Photo]) -> list[Finding]:
    """Flags that mean the opposite of what they are read as."""
    splits = list(dict.fromkeys(p.split for p in people))
    cases = [
        Case(s, what) for s in splits if (what := _inverted([p for p in people if p.split == s], photos))
    ]
    occluded = [
        Case(p.name, f"{int(p.annotation.visible.sum())} of {int(p.annotation.labelled.sum())} visible")
        for p in people
        if p.annotation.visible.sum() * 2 < p.annotation.labelled.sum()
    ]
    return [
        finding("inverted_flags", "Splits whose visibility flags look inverted", "wrong", cases, len(splits), "splits",
                "Less than half of the labelled joints count as visible, or more than half of them lie outside their "
                "pictures: then 0 and 1 mean the opposite of what the reader takes them for."),
        finding("mostly_occluded", "People with more joints occluded than visible", "look", occluded, len(people),
                "people", "Rare where flags are right; many of them point at flags inverted for some people."),
    ]  # fmt: skip


def _inverted(people: list[Person], photos: dict[Path, Photo]) -> str:
    labelled = sum(int(p.annotation.labelled.sum()) for p in people)
    visible = sum(int(p.annotation.visible.sum()) for p in people)
    sized = [(p, np.array(size)) for p in people if (size := photos[p.annotation.image].size)]
    outside = sum(int((_beyond(p, size) > 0).sum()) for p, size in sized)
    inside = sum(int(p.annotation.labelled.sum()) for p, _ in sized)
    if visible * 2 < labelled:
        return f"only {visible / labelled:.1%} of the labelled joints count as visible"
    if outside * 2 > inside:
        return f"{outside / inside:.1%} of the joints read as labelled lie outside their pictures"
    return ""


def pose_findings(people: list[Person], skeleton: Skeleton) -> list[Finding]:
    """Poses whose size is not told, joints on one spot, people with few joints."""
    diagonals = [(p, _diagonal(p, skeleton)) for p in people]
    none = [Case(p.name, f"no {skeleton.measure} labelled") for p, share in diagonals if share is None]
    tiny = sorted((share, p.name) for p, share in diagonals if share is not None and share < TINY)
    few = [
        Case(p.name, f"{int(p.annotation.labelled.sum())} of {len(skeleton)}")
        for p in people
        if p.annotation.labelled.sum() * 2 < len(skeleton)
    ]
    spots = [Case(p.name, what) for p in people if (what := _on_one_spot(p, skeleton))]
    total = len(people) if skeleton.torso else 0
    measure = skeleton.measure
    pairs = " or ".join(f"{skeleton.joints[a]} to {skeleton.joints[b]}" for a, b in skeleton.torso)
    return [
        finding("torso_missing", f"No {measure}", "know", none if total else [], total, "people",
                f"No pair of joints that tells a pose's size is labelled ({pairs or 'none known'}): diam(y) needs a "
                "fallback, PDJ by that length cannot be measured."),
        finding("torso_tiny", f"Tiny {measure}", "look",
                (Case(name, f"{share:.1%} of the pose") for share, name in tiny), total, "people",
                f"The first labelled {measure} is shorter than {TINY:.0%} of the pose's longer side: seen end-on, or "
                "mislabelled. PDJ's tolerance shrinks with it."),
        finding("joints_on_one_spot", "Different joints on one spot", "look", spots, len(people), "people",
                "Two joints have the very same coordinates: a stick of no length, which PCP cannot score."),
        finding("few_joints", "Fewer than half of the joints labelled", "know", few, len(people), "people",
                "Such people teach little and are hard to score."),
    ]  # fmt: skip


def _diagonal(person: Person, skeleton: Skeleton) -> float | None:
    """The first labelled pair that tells the size, as a share of the pose's longer side; None where there is none."""
    xy, labelled = person.annotation.joints, person.annotation.labelled
    for a, b in skeleton.torso:
        if labelled[a] and labelled[b]:
            extent = float(np.ptp(xy[labelled], axis=0).max())
            return float(np.linalg.norm(xy[a] - xy[b])) / extent if extent else 0.0
    return None


def _on_one_spot(person: Person, skeleton: Skeleton) -> str:
    places: dict[tuple[float, ...], str] = {}
    for joint, xy, labelled in zip(
        skeleton.joints, person.annotation.joints, person.annotation.labelled, strict=True
    ):
        other = places.setdefault(tuple(xy), joint) if labelled else joint
        if other != joint:
            return f"{other} and {joint}"
    return ""
