"""What an examination hands back: findings in numbers, and which few pictures are worth showing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deeppose.data.annotation import Annotation, Dataset
from deeppose.skeleton import Skeleton


@dataclass(frozen=True)
class Person:
    """One annotation and where it stands."""

    split: str
    index: int
    annotation: Annotation

    @property
    def name(self) -> str:
        """Picture and split, as a reader finds it again."""
        return f"{self.annotation.image.name} ({self.split})"


@dataclass(frozen=True)
class Case:
    """One thing found: where, and what exactly."""

    where: str
    what: str


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes:
        key: its name in the JSON.
        level: "wrong" (certainly), "look" (probably, worth a look) or "know" (a property to know of); "fine" where
            nothing was found, "skip" where there was nothing to check.
        count: how many, of `total`, counted in `unit`.
        why: what was checked, by which rule, and what the number does not say.
    """

    key: str
    title: str
    level: str
    count: int
    total: int
    unit: str
    why: str
    cases: tuple[Case, ...] = field(default=(), repr=False)


def finding(
    key: str,
    title: str,
    level: str,
    cases: Iterable[Case],
    total: int,
    unit: str,
    why: str,
    count: int | None = None,
) -> Finding:
    """A finding of these cases; `count` where one case holds several. Nothing found is "fine", of nobody "skip"."""
    found = tuple(cases)
    number = len(found) if count is None else count
    outcome = level if number else "fine" if total else "skip"
    return Finding(key, title, outcome, number, total, unit, why, found)


@dataclass(frozen=True)
class Gallery:
    """A row of pictures under a heading: people with a note on each, or pairs of files."""

    title: str
    why: str
    people: tuple[tuple[Person, str], ...] = ()
    pairs: tuple[tuple[Path, Path], ...] = ()


@dataclass(frozen=True)
class JointCount:
    """How often one joint is labelled, and visible."""

    joint: str
    labelled: int
    visible: int


@dataclass(frozen=True)
class Report:
    """Everything the page shows.

    Attributes:
        splits: people and pictures of each split.
        swap_power: for each group of joints the share of people whose labels, exchanged there, would be noticed.
    """

    name: str
    labels: str
    skeleton: Skeleton
    splits: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    joints: tuple[JointCount, ...]
    swap_power: dict[str, float]
    galleries: tuple[Gallery, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the pictures."""
        return {
            "dataset": self.name,
            "labels": self.labels,
            "splits": self.splits,
            "findings": [
                {**vars(f), "cases": [vars(case) for case in f.cases]} for f in self.findings
            ],
            "joints": [vars(joint) for joint in self.joints],
            "swap_power": self.swap_power,
        }  # fmt: skip


def people_of(datasets: list[Dataset]) -> list[Person]:
    """Everybody of all splits."""
    return [Person(data.split, i, a) for data in datasets for i, a in enumerate(data.annotations)]
