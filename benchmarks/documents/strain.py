"""What worse pictures do to the scores, and what a person takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kept import README, RESULTS, ROBUSTNESS, result, three
from places import Phrase, Place, Row

LEVELS = {
    "rotation": {30: "turned 30°", 90: "turned 90°", 120: "turned 120°", 180: "upside down"},
    "low resolution": {60: "person of 60 pixels", 40: "40 pixels", 25: "25 pixels"},
    "motion blur": {5: "motion blur of 5 pixels", 9: "9 pixels", 15: "15 pixels"},
    "JPEG": {20: "JPEG, quality 20", 5: "quality 5"},
    "darkness": {0.25: "a quarter of the light", 0.12: "an eighth (0.12)"},
}
"""What tables of damage show of each curve, and call it."""


def robustness() -> Iterator[Place]:
    """docs/robustness.md's tables."""
    measured = result("robustness")
    curves = {c["effect"]: c["levels"] for c in measured["curves"] if c["dataset"] == "lsp"}
    boxes = {1.0: "as it is", 1.4: "box x 1.4", 1.6: "box x 1.6", 2.0: "box x 2"}
    for effect, named in {"loose box": boxes, **LEVELS}.items():
        for level in curves[effect]:
            if level["level"] in named:
                yield Row(ROBUSTNESS, "## What breaks", (named[level["level"]],), _borne(level))
    for level in curves["truncation"]:
        out = level["stages"][-1]["cut_off"]
        if out:
            row = (f"{out['joints']}", f"{out['mean_score']:.2f}", f"{100 * out['share_scoring_0.3']:.0f} %",
                   f"{level['stages'][-1]['score_in_picture']:.2f}", f"{out['auc']:.2f}")  # fmt: skip
            yield Row(ROBUSTNESS, "**Joints out of the picture**", (f"{100 * level['level']:.0f} %",), row)
    for told, label in zip(
        measured["two_ways_up"],
        ("LSP test", "Image Parse test", "LSPet's last 1000", "... from the found box"),
        strict=True,
    ):
        values = (told[way]["value"] for way in ("as_it_is", "upside_down", "more_confident"))
        yield Row(ROBUSTNESS, "--turns 2", (label,), three(*values))
    yield from _found_first(measured)


def _found_first(measured: dict[str, Any]) -> Iterator[Place]:
    """LSPet's people under the same damage from two boxes: the found one's IoU, and PDJ from it and the true one."""
    curves = {(c["box"], c["effect"]): c["levels"] for c in measured["curves"] if c["dataset"] == "lspet"}
    upright = {0: "as they are", **LEVELS["rotation"]}
    for effect, named in {**LEVELS, "rotation": upright}.items():
        for found, true in zip(curves["person", effect], curves["ground-truth", effect], strict=True):
            if found["level"] in named:
                rates = (level["stages"][-1]["pdj"]["value"] for level in (found, true))
                row = (f"{found['box_iou']:.2f}", *three(*rates))
                yield Row(ROBUSTNESS, "## The box comes first", (named[found["level"]],), row)


def _borne(level: dict[str, Any]) -> tuple[str | None, ...]:
    stage, change = level["stages"][-1], level["pdj_change"]
    told = "{value:+.3f} ({low:+.3f} to {high:+.3f})".format(**change)
    return (f"{stage['pdj']['value']:.3f}", told if change["value"] else None, f"{stage['pcp']['value']:.3f}",
            f"{stage['score_in_picture']:.2f}", f"{stage['ece']:.2f}")  # fmt: skip


def speed() -> Iterator[Place]:
    """README's milliseconds."""
    text = (RESULTS / "latency.txt").read_text()
    one, two = re.findall(r"whole cascade, one person +([\d.]+)", text)
    _, first = re.findall(r"first stage alone +([\d.]+)", text)
    yield Phrase(README, "at {} ms a person on one CPU core", (f"{float(one):.0f}",))
    yield Phrase(README, "the whole cascade takes {} ms a person", (two,))
    _, second = re.findall(r"first two stages alone +([\d.]+)", text)
    yield Phrase(
        README,
        "(stage 1 alone, both looks, {} ms, stages 1 and 2 {}), and {} ms on one",
        (first, second, one),
    )
