"""The page: numbers, pictures and figures laid out by the template `page.html.j2`; the numbers as JSON beside it."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
from markupsafe import Markup

from deeppose import files
from deeppose.errors import ConfigError
from deeppose.evaluation.tables import number
from deeppose.show.plots import stage_colour
from deeppose.show.report import figures, pictures
from deeppose.show.report.ellipses import ellipses
from deeppose.show.report.headline import cards
from deeppose.show.report.numbers import Report, measure, numbers_json
from deeppose.show.report.people import Shown
from deeppose.show.report.subject import Subject
from deeppose.show.templates import environment, words

THUMBNAIL, PANEL = 300, 480
"""Longer side of a gallery's and of a strip's JPEGs, in pixels."""

TITLES = {
    "lsp": "Leeds Sports Pose", "lsp-oc": "Leeds Sports Pose", "lspet": "Leeds Sports Pose Extended",
    "lspet-repaired": "Leeds Sports Pose Extended, labels repaired", "flic": "FLIC",
    "parse": "Image Parse", "buffy": "Buffy Stickmen", "mpii": "MPII Human Pose", "coco": "COCO keypoints",
}  # fmt: skip

SECTIONS = {
    "pcp": "Correct parts", "pdj": "Detected joints", "stages": "Stage by stage", "errors": "Joint by joint",
    "displacement": "Displacements", "calibration": "Scores", "galleries": "Galleries", "protocol": "Protocol",
}  # fmt: skip


def places(out: Path) -> tuple[Path, Path]:
    """Where the page and its numbers go for `--report OUT`; `.html` is added to a name without a suffix.

    Raises:
        ConfigError: both would be one file, or OUT is a folder.
    """
    page = out if out.suffix else out.with_suffix(".html")
    numbers = page.with_suffix(".json")
    if page == numbers or page.is_dir():
        raise ConfigError(f"--report {out}: name the page, ending in .html; its JSON is written beside it")
    return page, numbers


def write(subject: Subject, out: Path) -> tuple[Path, Path]:
    """Write the page and its numbers to their `places`.

    Raises:
        ConfigError: a file cannot be written there.
    """
    page, numbers = places(out)
    found = measure(subject)
    files.make(page.parent, f"--report {page}: its folder")
    files.write(page, render(subject, found, numbers.name))
    files.write(numbers, json.dumps(numbers_json(subject, found), indent=1, allow_nan=False))
    return page, numbers


def render(subject: Subject, report: Report, json_name: str) -> str:
    """The page as text, from the numbers as JSON has them; `json_name` is where it says these are."""
    numbers = numbers_json(subject, report)
    absent = {
        "pcp": not report.pcp_table,
        "pdj": not report.pdj_table,
        "stages": not any(report.strips.values()),
    }
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            result=numbers,
            report=numbers["report"],
            protocol=numbers["protocol"],
            title=TITLES.get(subject.dataset.name, subject.dataset.name),
            cards=cards(subject, report),
            sections=[item for item in SECTIONS.items() if not absent.get(item[0])],
            curves={title: Markup(svg) for title, svg in figures.curves(subject).items()},
            reliabilities=[Markup(svg) for svg in figures.reliabilities(report.calibration)],
            ellipses=ellipses(report.displacement, subject.sigma),
            strips=_people(subject, report.strips, PANEL),
            galleries=_people(subject, report.galleries, THUMBNAIL),
            json_name=json_name,
        )
    )


def _environment() -> jinja2.Environment:
    found = environment("report")
    found.filters |= {"rate": _rate, "printed": _printed, "sticks": _sticks, "sided": _sided}
    found.globals |= {"stage_colour": stage_colour}
    return found


def _people(subject: Subject, chosen: dict[str, list[Shown]], side: int) -> dict[str, list[pictures.Person]]:
    return {
        name: [pictures.person(subject, about, f"{name}{i}", side) for i, about in enumerate(people)]
        for name, people in chosen.items()
    }


def _rate(value: float | None, digits: int = 3) -> str:
    return number(value, digits, "–")


def _printed(value: float) -> str:
    """As the paper prints it: two digits, three where it has three.

    >>> _printed(0.5), _printed(0.565)
    ('0.50', '0.565')
    """
    return max(f"{value:.2f}", f"{value:g}", key=len)


def _sticks(names: str) -> str:
    """Sticks as `diagonal_name` writes them, in words.

    >>> _sticks("left_shoulder-right_hip")
    'left shoulder to right hip'
    """
    return words(names).replace("-", " to ")


def _sided(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
