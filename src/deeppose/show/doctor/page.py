"""The doctor's report as one HTML page: no scripts, no resources from elsewhere, readable on a phone."""

from __future__ import annotations

from collections.abc import Sequence

from deeppose.data.doctor.findings import Gallery, Report
from deeppose.show.doctor.gallery import Shot, shots
from deeppose.show.palette import LEFT, MIDDLE, RIGHT, hexadecimal
from deeppose.show.templates import environment

LEVELS = {"wrong": "wrong", "look": "look at", "know": "know of", "fine": "fine", "skip": "no data"}
"""Levels in the order of the page, and the word on each one's chip."""

CASES = 50
"""Cases listed of each finding; the JSON has all."""

SIDES = {
    "PC": "Left and right are the person's own (person-centric, PC).",
    "OC": "Left and right as for someone facing the camera (observer-centric, OC).",
}


def render(
    report: Report,
    title: str = "",
    said: Sequence[str] = (),
    first: Sequence[tuple[Gallery, list[Shot]]] = (),
) -> str:
    """The whole page.

    Args:
        title: in place of the doctor's own.
        said: sentences below it.
        first: pictures before the doctor's.
    """
    ink = {"left": LEFT, "right": RIGHT, "middle": MIDDLE}
    return (
        environment("doctor")
        .get_template("page.html.j2")
        .render(
            report=report,
            title=title or f"What is wrong with {report.name}",
            said=said,
            sides=SIDES[report.labels],
            levels=LEVELS,
            most=CASES,
            counts={level: sum(f.level == level for f in report.findings) for level in LEVELS},
            people=max(1, sum(split["people"] for split in report.splits.values())),
            galleries=[*first, *((gallery, shots(gallery, report.skeleton)) for gallery in report.galleries)],
            ink={side: hexadecimal(colour) for side, colour in ink.items()},
        )
    )
