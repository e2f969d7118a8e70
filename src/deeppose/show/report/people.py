"""Whom the page shows: the best, typical and worst poses, and the people whom the later stages helped most.

A person's rank is the mean error of the joints over the longer side of the person: unlike a torso diagonal it does not
vanish when a torso is seen end-on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.show.report.subject import Subject

EACH = 12
STRIPS = 3

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Shown:
    """A person's numbers by stage: joints `found` of `counted`, and `error` as a share of the person's longer side."""

    person: int
    image: str
    counted: int
    found: list[int]
    error: list[float]


def galleries(subject: Subject, each: int = EACH) -> dict[str, list[Shown]]:
    """The best, the typical (about the median) and the worst poses of the last stage, the better first.

    With fewer people than three galleries hold, each person is shown once.
    """
    order = _ranked(subject)
    each = min(each, max(1, len(order) // 3)) if len(order) else 0
    middle = max((len(order) - each) // 2, 0)
    chosen = {
        "best": order[:each],
        "typical": order[middle : middle + each] if len(order) > each else order[:0],
        "worst": order[len(order) - each :] if len(order) > 2 * each else order[:0],
    }
    return {name: [describe(subject, i) for i in indices] for name, indices in chosen.items()}


def strips(subject: Subject) -> dict[str, list[Shown]]:
    """The people with the largest gains from the first stage to the last, and the one with the largest loss."""
    if len(subject.stages) < 2:
        return {"gain": [], "loss": []}
    first, last = subject.person_errors[0], subject.person_errors[-1]
    usable = np.flatnonzero(np.isfinite(first) & np.isfinite(last))
    drop = first[usable] - last[usable]
    found = [subject.hits[s].correct[usable].sum(-1) for s in (0, -1)]
    order = usable[np.lexsort((-drop, found[0] - found[1]))]
    gains = [i for i in order[:STRIPS] if first[i] > last[i]]
    losses = [i for i in order[::-1][:1] if last[i] > first[i]]
    return {"gain": [describe(subject, i) for i in gains], "loss": [describe(subject, i) for i in losses]}


def _ranked(subject: Subject) -> Indices:
    """People by error after the last stage, the best first; those with nothing to compare are left out."""
    errors = subject.person_errors[-1]
    order = np.argsort(errors, kind="stable")
    ranked: Indices = order[np.isfinite(errors[order])]
    return ranked


def describe(subject: Subject, index: int | np.intp) -> Shown:
    """One person's numbers."""
    n = int(index)
    outcomes = subject.hits
    return Shown(
        n,
        subject.dataset.annotations[n].image.name,
        int(outcomes[-1].counted[n].sum()),
        [int(outcome.correct[n].sum()) for outcome in outcomes],
        [float(errors[n]) for errors in subject.person_errors],
    )
