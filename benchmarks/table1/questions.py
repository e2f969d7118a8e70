"""The questions that the paper leaves open, each answer one change to a budget's recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from deeppose.model.network import DeepPoseNet
from deeppose.model.regressor import Output
from deeppose.training import recipes
from deeppose.training.settings import Augment, Recipe, StageRecipe

Change = Callable[[Recipe], Recipe]


@dataclass(frozen=True)
class Ablation:
    """One change to the recipe.

    Attributes:
        stage: whose training it changes, from 1.
        against: the answer it is compared with; by default the recipe as it is.
    """

    question: str
    answer: str
    stage: int
    change: Change
    against: str = ""

    @property
    def name(self) -> str:
        """For its folder."""
        return f"{self.stage} {self.question} {self.answer}".replace(" ", "-").replace("/", "-")

    @property
    def beside(self) -> str:
        """The name of what it is compared with."""
        return self.against or f"{self.stage}-recipe-as-it-is"


ONE_OUTPUT = "deeppose-one-output"


class OneOutput(DeepPoseNet):
    """The paper's network with two outputs, that answers alike whosever joint the crop shows."""

    def __init__(self, joints: int, **options: Any) -> None:
        super().__init__(1, **options)
        self.answers = joints

    def forward(self, crops: Tensor) -> Output:
        """(B, 3, R, R) to B poses whose joints are all the same."""
        output = super().forward(crops)
        return output._replace(pose=output.pose.expand(-1, self.answers, 2))


def _last(**settings: Any) -> Change:
    """A change of the last stage's settings."""
    return lambda recipe: replace(
        recipe, stages=(*recipe.stages[:-1], replace(recipe.stages[-1], **settings))
    )


def _recipe(**settings: Any) -> Change:
    return lambda recipe: replace(recipe, **settings)


def _network(name: str = "deeppose", **options: Any) -> Change:
    """A change of the last stage's network, whatever its width."""

    def changed(recipe: Recipe) -> Recipe:
        config = recipe.stages[-1].config
        config = replace(config, network=name, options={**config.options, **options})
        return _last(config=config)(recipe)

    return changed


def widened(width: float) -> Change:
    """Another width, and the rate that belongs to it."""

    def changed(recipe: Recipe) -> Recipe:
        stage: StageRecipe = recipe.stages[-1]
        lr = stage.lr * recipes.rate(width) / recipes.rate(stage.config.options["width"])
        return _last(lr=lr)(_network(width=width)(recipe))

    return changed


def _slower(recipe: Recipe) -> Recipe:
    """Unclipped: at the full rate the first steps never recover."""
    return _last(clip=0.0, lr=recipe.stages[-1].lr / 5)(recipe)


def _alone(recipe: Recipe) -> Recipe:
    return _last(warm_start=False)(_network(ONE_OUTPUT)(recipe))


def _without(recipe: Recipe) -> Recipe:
    return replace(recipe, stages=recipe.stages[:-1])


def _own_people(recipe: Recipe) -> Recipe:
    return _last(only=("lsp",), displacements="empirical")(recipe)


_FULL = (("lsp", "train", "full-image"), ("lspet", "train", "full-image"))

ABLATIONS = (
    Ablation("recipe", "as it is", 1, _recipe()),
    Ablation("dropout", "0.6", 1, _network(dropout=0.6)),
    Ablation("gradient", "not clipped, a fifth of the rate", 1, _slower),
    Ablation("batch", "128", 1, _last(batch=128)),
    Ablation("LRN", "none", 1, _network(normalize_responses=False)),
    Ablation("width", "1/4", 1, widened(0.25)),
    Ablation("width", "1/16", 1, widened(0.0625)),
    Ablation("box", "square", 1, _recipe(square=True)),
    Ablation("LSPet's box", "full image", 1, _recipe(data=_FULL)),
    Ablation("crops", "not translated", 1, _recipe(augment=Augment(translate=0.0))),
    Ablation("flips", "none", 1, _recipe(augment=Augment(mirror=False))),
    Ablation("dropout", "0.4", 1, _network(dropout=0.4)),
    Ablation("accumulator", "0", 1, _last(accumulator=0.0)),
    Ablation("accumulator", "0.1", 1, _last(accumulator=0.1)),
    Ablation("weights", "the last", 1, _last(average=0.0)),
    Ablation("optimizer", "AdamW at 0.001", 1, _last(optimizer="adamw", lr=1e-3)),
    Ablation("recipe", "as it is", 2, _recipe()),
    Ablation("stage 2", "none", 2, _without),
    Ablation("displacements", "observed", 2, _last(displacements="empirical")),
    Ablation("people", "LSP's alone", 2, _last(only=("lsp",))),
    Ablation("people", "LSP's alone, observed", 2, _own_people, "2-people-LSP's-alone"),
    *(Ablation("sigma", f"{sigma:g}", 2, _recipe(sigma=sigma)) for sigma in (1.5, 1.7, 2.3)),
    Ablation("box's size", "by up to 1.4 either way", 2, _recipe(size_jitter=1.4)),
    Ablation("start", "random weights", 2, _last(warm_start=False)),
    Ablation("outputs", "2, whosever joint", 2, _alone, "2-start-random-weights"),
)
"""Those that are called the recipe are what the others of their stage stand beside."""
