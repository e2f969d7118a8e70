"""Matplotlib figures as inline SVG that takes its ink from the page, light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from deeppose.evaluation.as_json import outcome_json
from deeppose.evaluation.reliability import Reliability
from deeppose.show import plots
from deeppose.show.report.subject import Subject

INK = "#010203"
"""Stands for the page's text colour until the SVG is written: no plot uses it otherwise."""

_STYLE: dict[Any, Any] = {
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
    "grid.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "axes.titlesize": 11, "font.size": 10, "svg.fonttype": "none", "svg.hashsalt": "deeppose",
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
}  # fmt: skip

_SIZE = re.compile(r'(?<=[ \n])(?:width|height)="[\d.]+pt" ?')
_REST = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
"""The inner style would rule the whole page."""

_IDS = re.compile(r'(\bid="|url\(#|href="#)')


def curves(subject: Subject) -> dict[str, str]:
    """SVGs of the PDJ curves by what they show: the last stage by joint pair, then each pair by stage."""
    result, pairs = outcome_json(subject.outcome), plots.joint_pairs(subject.skeleton.joints)
    last = result["stages"][-1]
    if last["pdj_curve"] is None:
        return {}
    shown = plots.shown_pairs(pairs)
    order = [*shown, *(name for name in pairs if name not in shown)]
    drawn = {f"Stage {last['stage']}, by joint": svg("all", lambda: plots.pdj_by_joint(last, pairs))}
    return drawn | {
        f"{name.replace('_', ' ').capitalize()}, by stage": _by_stage(result, name, pairs[name])
        for name in order
    }


def _by_stage(result: dict[str, Any], name: str, joints: list[str]) -> str:
    return svg(name, lambda: plots.pdj_by_stage(result, joints))


def reliabilities(stages: Sequence[Reliability]) -> list[str]:
    """An SVG of each stage's reliability diagram."""
    return [_reliability(number, stage) for number, stage in enumerate(stages, start=1)]


def _reliability(number: int, stage: Reliability) -> str:
    return svg(f"score{number}", lambda: plots.reliability(asdict(stage), plots.stage_colour(number)))


def svg(key: str, draw: Callable[[], Figure]) -> str:
    """One figure as an SVG element; `key` keeps its inner names apart from those of the page's other figures."""
    out = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        draw().savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = _REST.sub("", text)
    text = _SIZE.sub("", text, count=2)
    text = _IDS.sub(rf"\g<1>{re.sub(r'[^a-z0-9]', '', key.lower())}-", text)
    return text.replace(INK, "currentColor")
