"""The whole examination: every check over every split of a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deeppose.data.annotation import Dataset
from deeppose.data.doctor import checks, photos, prior
from deeppose.data.doctor.findings import Case, Finding, Gallery, Person, Report, finding, people_of
from deeppose.errors import DataError
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

MARGIN = 5.0
"""Labels must be exp(5), about 150, times likelier exchanged than as given before we call them swapped."""

ODDEST = 12


def examine(datasets: list[Dataset], progress: bool = True) -> Report:
    """Examine all splits of one data set.

    Args:
        datasets: its splits, of one skeleton.
        progress: show a bar while the pictures are opened.

    Raises:
        DataError: nobody to examine.
    """
    people = people_of(datasets)
    if not people:
        raise DataError(f"{datasets[0].name}: nobody is labelled in {', '.join(d.split for d in datasets)}")
    skeleton = datasets[0].skeleton
    album = photos.look((p.annotation.image for p in people), progress)
    swaps, power, galleries = _judge(people, album, skeleton)
    twins = photos.duplicates(people, album)
    findings = (
        *photos.file_findings(album),
        *photos.duplicate_findings(twins),
        *checks.number_findings(people, skeleton),
        *_left_out(datasets),
        *checks.flag_findings(people, album),
        *checks.place_findings(people, album, skeleton),
        *checks.pose_findings(people, skeleton),
        swaps,
    )
    splits = {
        d.split: {"people": len(d), "pictures": len({a.image for a in d.annotations})} for d in datasets
    }
    joints = checks.joint_counts(people, skeleton)
    return Report(
        datasets[0].name,
        datasets[0].labels,
        skeleton,
        splits,
        findings,
        joints,
        power,
        (*galleries, *_twin_gallery(twins)),
    )


def _left_out(datasets: list[Dataset]) -> list[Finding]:
    """What readers could not read, in their words."""
    cases = [Case(dataset.split, note) for dataset in datasets for note in dataset.notes]
    why = "The reader left out what it could not read; everybody else is examined."
    return (
        [finding("left_out", "Labels that cannot be read", "wrong", cases, len(datasets), "splits", why)]
        if cases
        else []
    )


def _judge(
    people: list[Person], album: dict[Path, photos.Photo], skeleton: Skeleton
) -> tuple[Finding, dict[str, float], tuple[Gallery, ...]]:
    """What needs the pose prior: swapped sides and odd poses."""
    joints = np.stack([p.annotation.joints for p in people])
    labelled = np.stack([p.annotation.labelled for p in people])
    gaussian = prior.fit(joints, labelled)
    if gaussian is None:
        why = f"Not checked: {len(people)} people have too few complete poses to fit a prior."
        return finding("swapped_sides", "Left and right look swapped", "look", [], 0, "people", why), {}, ()
    own, oddness = gaussian.energy(joints, labelled)
    gains = {
        name: (own - gaussian.energy(joints[:, order], labelled[:, order])[0]) / 2
        for name, order in prior.swap_groups(skeleton).items()
    }
    judged = np.isfinite(own)
    power = {name: float((gain[judged] < -MARGIN).mean()) for name, gain in gains.items()}
    swapped = _swapped(people, gains)
    why = _swap_reason(gaussian, power)
    cases = [Case(person.name, note) for person, note in swapped]
    found = finding(
        "swapped_sides", "Left and right look swapped", "look", cases, int(judged.sum()), "people", why
    )
    enough = (labelled & gaussian.usable).sum(axis=1) * 2 >= gaussian.usable.sum()
    odd = _oddest(people, np.where(enough, oddness, np.nan))
    galleries = (
        _gallery(f"The {ODDEST} oddest poses", "Farthest from the Gaussian, among people with at least half of the "
                 "joints. 1 is an ordinary pose. Odd is not wrong: look.", odd, album),
        _gallery("Left and right look swapped", "The clearest cases.", swapped, album),
    )  # fmt: skip
    return found, power, tuple(g for g in galleries if g.people)


def _swapped(people: list[Person], gains: dict[str, Floats]) -> list[tuple[Person, str]]:
    """Who is likelier with sides exchanged somewhere, clearest first."""
    names = list(gains)
    table = np.nan_to_num(np.stack([gains[name] for name in names]), nan=0.0)
    best, gain = table.argmax(axis=0), table.max(axis=0)
    order = [int(i) for i in np.argsort(-gain) if gain[i] > MARGIN]
    return [(people[i], f"{names[best[i]]}, {_times(gain[i])} likelier exchanged") for i in order]


def _times(gain: float) -> str:
    power = f"{gain / np.log(10):.0f}".translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{power} times"


def _swap_reason(gaussian: prior.PosePrior, power: dict[str, float]) -> str:
    shares = "; ".join(f"{name} {share:.0%}" for name, share in power.items())
    return (
        f"A Gaussian over poses, fitted on {gaussian.people:,} complete people, finds the pose {np.exp(MARGIN):.0f} "
        "times likelier with left and right exchanged: of everything, or of one chain of joints. It sees no pixels, "
        "so twisted bodies are named too, and a whole body exchanged looks like one seen from behind. Of labels "
        f"exchanged on purpose it notices: {shares}."
    )


def _oddest(people: list[Person], oddness: Floats) -> list[tuple[Person, str]]:
    order = np.argsort(-np.nan_to_num(oddness, nan=-1.0))[:ODDEST]
    return [(people[i], f"{oddness[i]:.1f}") for i in order if np.isfinite(oddness[i])]


def _gallery(title: str, why: str, who: list[tuple[Person, str]], album: dict[Path, photos.Photo]) -> Gallery:
    seen = [(person, note) for person, note in who if album[person.annotation.image].size][:ODDEST]
    return Gallery(title, why, tuple(seen))


def _twin_gallery(twins: photos.Duplicates) -> list[Gallery]:
    """Pictures of two splits that are the same or nearly so, in pairs."""
    pairs = tuple((a.path, b.path) for a, b in (twins.across + twins.near_across)[:ODDEST])
    return [Gallery("The same picture in two splits, or nearly", "", pairs=pairs)] if pairs else []
