"""What an answer gets right of the held-out people, and how it compares, person by person, with what it changes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from budgets import Budget
from questions import ABLATIONS

from deeppose.data.store import Store
from deeppose.evaluation import joints, limbs
from deeppose.evaluation.counts import Counts, Outcomes
from deeppose.evaluation.uncertainty import Comparison, compare
from deeppose.model.cascade import Cascade
from deeppose.training import validation
from deeppose.types import Floats

FOUND = "found.npz"
MEASURES = ("PDJ@0.2", "strict PCP")

Measured = dict[str, Outcomes]


def measured(cascade: Cascade, people: Store, stage: int = -1) -> Measured:
    """Which joints and limbs of a stage (from 0), by default the last, are right."""
    guess = _numpy(validation.predict(cascade, people).joints[:, stage])
    truth, labelled = _numpy(people.joints), people.labelled.cpu().numpy()
    sizes = joints.torso_sizes(truth, labelled, cascade.skeleton)
    return {
        "PDJ@0.2": joints.found_outcomes(truth, labelled, guess, sizes, 0.2),
        "strict PCP": limbs.pcp_outcomes(truth, labelled, guess, cascade.skeleton),
    }


def keep(path: Path, found: Measured) -> None:
    """Write them to a file."""
    arrays = {f"{name} {part}": value for name, o in found.items() for part, value in asdict(o).items()}
    np.savez_compressed(path, **arrays)


def _read(path: Path) -> Measured | None:
    if not path.exists():
        return None
    with np.load(path) as kept:
        return {name: Outcomes(kept[f"{name} correct"], kept[f"{name} counted"]) for name in MEASURES}


def table(budget: Budget, run: Path) -> list[dict[str, Any]]:
    """Every answer there is, beside the one it changes."""
    skeleton = budget.recipe().skeleton
    statistics = {"PDJ@0.2": Counts.mean, "strict PCP": lambda c: limbs.mean_of_kinds(c, skeleton)}
    first = budget.held_out[0]
    by_name = {a.name: _read(run / "ablations" / a.name / FOUND) for a in ABLATIONS}
    rows = []
    for ablation in ABLATIONS:
        ours, base = by_name[ablation.name], by_name[ablation.beside]
        if ours is None or base is None:
            continue
        row = {"stage": ablation.stage, "question": ablation.question, "answer": ablation.answer}
        compared = {name: _rounded(compare(base[name], ours[name], s)) for name, s in statistics.items()}
        for name, s in statistics.items():
            compared[f"{name}, LSP"] = _rounded(
                compare(_first(base[name], first), _first(ours[name], first), s)
            )
        rows.append({**row, "samples": budget.ablation, "beside": ablation.beside, **compared})
    return rows


def _first(outcomes: Outcomes, people: int) -> Outcomes:
    """Those of the first people, who are of the first data set."""
    return Outcomes(outcomes.correct[:people], outcomes.counted[:people])


def _rounded(compared: Comparison) -> dict[str, Any]:
    said = asdict(compared)
    difference = {key: round(value, 4) for key, value in said.pop("difference").items()}
    return {key: round(value, 4) for key, value in said.items()} | {"difference": difference}


def _numpy(tensor: torch.Tensor) -> Floats:
    return tensor.detach().cpu().double().numpy()
