"""How much of the paper's training a machine can pay for. Everything else is the recipe, unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deeppose.training import recipes
from deeppose.training.selection import with_stages
from deeppose.training.settings import Recipe


@dataclass(frozen=True)
class Budget:
    """One machine's share of the paper's training.

    Attributes:
        samples: seen by each stage; four stages answer the paper's question how many help (S, section 4.1).
        observed: training people whose predictions N_i^(s-1) is taken from; 0 takes all, as the paper does.
        warm_start: later stages start from the stage before. The paper does not say where they start; with so few
            samples a fresh 58 M network would not leave its mean.
        every: steps between two points of the learning curve.
        ablation: samples of each stage of an ablation's run.
        people: of LSP test that are measured; all by default.
        limit: of each training set that are read; None reads all.
        base: the recipe, which a budget changes in nothing else.
        held_out: people of LSP and of LSPet that are put aside to answer questions on; the paper holds out 50 of LSP.
        unlike: settings that all stages have instead of the recipe's.
    """

    samples: tuple[int, ...]
    observed: int
    warm_start: bool
    every: int
    ablation: int
    people: int = 1000
    limit: int | None = None
    base: str = "lsp-paper"
    held_out: tuple[int, int] = (50, 0)
    unlike: Mapping[str, Any] = field(default_factory=dict)

    def recipe(self) -> Recipe:
        """The base recipe at this budget."""
        recipe = with_stages(recipes.get(self.base), len(self.samples))
        recipe = recipes.with_samples(recipe, list(self.samples))
        later = (replace(stage, warm_start=self.warm_start) for stage in recipe.stages[1:])
        return replace(
            recipe,
            stages=tuple(replace(stage, **self.unlike) for stage in (recipe.stages[0], *later)),
            observed=self.observed,
            held_out=self.held_out[0],
            held_out_others=self.held_out[1],
        )


SMALL = Budget(
    (1_008_000, 320_000, 160_000),
    0,
    warm_start=True,
    every=1000,
    ablation=48_000,
    base="lsp-paper-small",
    held_out=(100, 500),
)

BUDGETS = {
    "gpu": Budget(
        (3_000_000, 2_500_000, 2_000_000, 1_000_000), 0, warm_start=False, every=1000, ablation=250_000
    ),
    "cpu": Budget((64_000, 12_800, 6_400), 600, warm_start=True, every=80, ablation=10_240),
    "small": SMALL,
    "short": replace(
        SMALL,
        samples=(800_000, 640_000, 160_000),
        unlike={
            "schedule": "constant",
            "milestones": (),
            "average": 0.999,
            "only": (),
            "displacements": "normal",
        },
    ),
    "rehearsal": Budget((256,) * 4, 32, warm_start=True, every=10, ablation=256, people=20, limit=120),
}
"""gpu: for half an hour of an H100. cpu: for two hours of two cores. small: an eighth of the width, two hours of one
core. short: the same before what it taught, which questions are asked of. rehearsal: minutes, for numbers that mean
nothing."""
