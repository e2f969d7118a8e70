"""The results that are kept, and how documents print their numbers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"
README, DATASETS = "README.md", "docs/datasets.md"
PROTOCOLS, ROBUSTNESS, TRAINING = "docs/protocols.md", "docs/robustness.md", "docs/training.md"
CARD, FLIC_CARD, BOX_CARD = (
    f"src/deeppose/weights/{name}.md" for name in ("lsp-compact", "flic-compact", "person-box")
)


@cache
def result(name: str) -> Any:
    """benchmarks/results/NAME.json."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def three(*values: float) -> tuple[str, ...]:
    """Fractions as tables print them.

    >>> three(0.5, 0.12345)
    ('0.500', '0.123')
    """
    return tuple(f"{value:.3f}" for value in values)


def spread(value: dict[str, float]) -> str:
    """A value with its interval."""
    return "{value:.3f} ({low:.3f}-{high:.3f})".format(**value)


def strict(stage: dict[str, Any]) -> float:
    """Strict PCP, mean of the limb kinds."""
    return float(stage["pcp"]["strict"]["mean"])


def pdj(found: dict[str, Any], joint: str = "") -> float:
    """PDJ at one threshold: the mean of all joints, or of both sides of one."""
    sides = [f"{side}_{joint}" for side in ("left", "right")]
    return float(sum(found["joints"][side] for side in sides) / 2 if joint else found["mean"])
