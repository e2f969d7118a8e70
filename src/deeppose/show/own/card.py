"""The page after training: held-out numbers beside the floor, the curve, the worst pictures, a sentence a choice."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Annotation
from deeppose.data.images import read_image
from deeppose.show.doctor.gallery import Shot, drawn
from deeppose.show.templates import environment
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

INKS = ("#4c78a8", "#f58518", "#54a24b")


def render_card(
    run: Path,
    result: dict[str, Any],
    people: Sequence[tuple[Annotation, Floats]],
    skeleton: Skeleton,
    why: Sequence[str],
) -> str:
    """The whole page.

    Args:
        run: its folder, with log.csv.
        result: what `training.own.result.conclude` returned.
        people: the worst, with the joints (K, 2) predicted for them.
    """  # fmt: skip
    shots = [
        _shot(person, joints, skeleton, worst)
        for (person, joints), worst in zip(people, result["worst"], strict=True)
    ]
    page = environment("own").get_template("card.html.j2")
    return page.render(
        title=f"{run.name}: {skeleton.name}", result=result, curve=_curve(run / "log.csv"), shots=shots, why=why,
        model=run / "model.onnx", run=run,
    )  # fmt: skip


def _shot(person: Annotation, joints: Floats, skeleton: Skeleton, worst: dict[str, Any]) -> Shot:
    """What was predicted, and the way to where it should be; joints that the labels lack are hollow."""
    everything = np.ones(len(joints), bool)
    predicted = replace(person, joints=joints, labelled=everything, visible=person.labelled)
    caption = f"{person.image.name}: {worst['error']:.3g} px on average"
    return drawn(read_image(person.image), predicted, skeleton, caption, truth=person)


def _curve(log: Path) -> list[dict[str, str]]:
    """A polyline a stage of PDJ@0.1 at its validations, in a view of 600 x 160."""
    if not log.is_file():
        return []
    with log.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("pdj01") not in ("", "nan", None)]
    found = []
    for number, ink in zip(sorted({row["stage"] for row in rows}), INKS, strict=False):
        some = [(int(row["step"]), float(row["pdj01"])) for row in rows if row["stage"] == number]
        last = max(step for step, _ in some)
        points = " ".join(
            f"{20 + 560 * step / max(last, 1):.0f},{150 - 130 * value:.0f}" for step, value in some
        )
        found.append({"points": points, "ink": ink})
    return found
