"""Recipes: frozen, named training configurations. Everything a run depends on beside the data is here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from deeppose.errors import ConfigError, unknown
from deeppose.model.cascade import CascadeConfig, StageConfig


@dataclass(frozen=True)
class Augment:
    """Random looks at a person; each look is one affine, applied by the one crop.

    Attributes:
        mirror: flip half of the looks left to right (section 3.1).
        translate: box centres move by up to this share of the box ("randomly translated image crops").
        scale: box sizes vary by up to this factor either way, uniform in the logarithm; 1 keeps them.
        rotate: standard deviation in degrees.
        tumble: share of looks turned by any angle at all, for people upside down.
        zoom: share of looks closed in on one joint's surroundings, so that most joints lie out of the picture.
        colour: channel gains and brightness vary by up to this share.
    """

    mirror: bool = True
    translate: float = 0.1
    scale: float = 1.0
    rotate: float = 0.0
    tumble: float = 0.0
    zoom: float = 0.0
    colour: float = 0.0


@dataclass(frozen=True)
class StageRecipe:
    """How one stage is trained.

    Attributes:
        samples: training samples seen: people at stage 1, joint crops later.
        batch: samples a step, over all processes together.
        optimizer: "adagrad" (Duchi et al. 2011) or "adamw".
        accumulator: Adagrad's initial squared-gradient sum; TensorFlow's default is 0.1, PyTorch's 0.
        schedule: "constant", or "cosine" after a linear warm-up over `warmup` of the steps.
        average: decay of the weights' exponential moving average, which is what is kept; 0 keeps the last weights.
        joints: joint crops drawn from each person of a batch (stages >= 2); 1 is the paper's uniform draw.
        draws: different samples a person (stage 1) or a joint (later) can give; 0 draws afresh for ever. The paper
            stores 40 of each joint, and as many mirrored, which is one each of the samples its later stages see.
        displacements: "normal" is N_i^(s-1) of section 3.2; "empirical" draws observed displacements.
        warm_start: start from the parameters of the stage before, whose network is the same.
        frozen: trunk blocks held at their ImageNet weights (compact network only).
    """

    config: StageConfig
    samples: int
    batch: int = 128
    objective: str = "l2"
    optimizer: str = "adagrad"
    lr: float = 5e-4
    weight_decay: float = 0.0
    accumulator: float = 0.1
    schedule: str = "constant"
    warmup: float = 0.05
    average: float = 0.0
    joints: int = 1
    draws: int = 0
    displacements: str = "normal"
    warm_start: bool = False
    frozen: int = 0


@dataclass(frozen=True)
class Recipe:
    """A whole training run.

    Attributes:
        data: (data set, split, box rule) to train on; held-out people come from the first.
        held_out: people set aside to watch and to calibrate on; the paper's 50.
        sigma: side of a joint box over diam(y), eq. (7).
        looks, fuse: see `CascadeConfig`; the paper looks once and does not fuse.
        square: square stage-1 crops; the paper's are anisotropic.
        observed: people whose predictions N_i^(s-1) is taken from; 0 takes all, as the paper does.
        imagenet: start compact networks from ImageNet weights (named on the command line).
        size_jitter: joint boxes vary in size by up to this factor either way, as diam of a *predicted* pose does.
    """

    name: str
    stages: tuple[StageRecipe, ...]
    data: tuple[tuple[str, str, str], ...]
    skeleton: str = "lsp"
    sigma: float = 2.0
    looks: int = 1
    fuse: bool = False
    square: bool = False
    held_out: int = 50
    augment: Augment = field(default_factory=Augment)
    size_jitter: float = 1.0
    observed: int = 0
    imagenet: bool = False
    seed: int = 0

    def cascade(self) -> CascadeConfig:
        """The model this recipe trains."""
        stages = tuple(s.config for s in self.stages)
        return CascadeConfig(self.skeleton, stages, self.sigma, self.square, looks=self.looks, fuse=self.fuse)


_LSP = (("lsp", "train", "full-image"), ("lspet", "train", "person"))

_PAPER = StageConfig("deeppose", {"dropout": 0.6})
# TensorFlow starts Adagrad at 0.1, for gradients of eq. (4)'s sum over the batch; our loss is the mean.
_SUMMED = 0.1 / 128**2
LSP_PAPER = Recipe(
    name="lsp-paper",
    # Stage 1: "within 3 days on approx. 100 workers" names no count; stages 2 and 3: 11000 x 40 x 2 x 14 (section 4.1).
    stages=(
        StageRecipe(_PAPER, samples=6_000_000, accumulator=_SUMMED),
        StageRecipe(_PAPER, samples=12_320_000, accumulator=_SUMMED),
        StageRecipe(_PAPER, samples=12_320_000, accumulator=_SUMMED),
    ),
    data=_LSP,
)
"""Sections 3 and 4.1 to the letter; freedoms the paper leaves are in docs/decisions.md."""

_REFINE = StageRecipe(
    StageConfig("compact", {"input_size": 64, "deep": False, "width": 96}),
    samples=350_000, batch=168, objective="laplace", optimizer="adamw", lr=1e-3, weight_decay=0.02,
    schedule="cosine", average=0.999, joints=7, displacements="empirical", frozen=4,
)  # fmt: skip
LSP_COMPACT = Recipe(
    name="lsp-compact",
    stages=(
        StageRecipe(
            StageConfig("compact", {"input_size": 128, "deep": True, "width": 128}),
            samples=360_000, batch=64, objective="laplace", optimizer="adamw", lr=1e-3, weight_decay=0.02,
            schedule="cosine", average=0.999, frozen=4,
        ),
        _REFINE,
        replace(_REFINE, samples=250_000, lr=5e-4, warm_start=True),
    ),
    data=_LSP,
    sigma=1.25,
    looks=2,
    fuse=True,
    square=True,
    held_out=100,
    augment=Augment(translate=0.08, scale=1.3, rotate=25.0, tumble=0.1, zoom=0.1, colour=0.2),
    size_jitter=1.2,
    observed=3000,
    imagenet=True,
)  # fmt: skip
"""What ships: compact networks, likelihood, rotation and scale, cosine schedule, averaged weights."""

_TOY = StageRecipe(
    StageConfig("compact", {"input_size": 64, "deep": False, "width": 32}),
    samples=6_000, batch=32, objective="laplace", optimizer="adamw", lr=3e-3, schedule="cosine", joints=4,
)  # fmt: skip
DEBUG = Recipe(
    name="debug",
    stages=(_TOY, _TOY),
    data=(("synthetic", "train", "full-image"),),
    sigma=1.5,
    square=True,
    held_out=50,
    size_jitter=1.1,
)
"""Two stages on synthetic people in about two minutes on two cores; needs no data set."""

_FLIC = (("flic", "train", "face"),)

FLIC_PAPER = replace(
    LSP_PAPER,
    name="flic-paper",
    # As many looks a person at stage 1 as lsp-paper; stages 2 and 3: 3987 x 40 x 2 x 10 (section 4.1).
    stages=tuple(
        replace(s, samples=n)
        for s, n in zip(LSP_PAPER.stages, (2_175_000, 3_189_600, 3_189_600), strict=True)
    ),
    data=_FLIC,
    skeleton="flic",
    sigma=1.0,
)
"""Sections 3 and 4.1 for FLIC: face-based boxes, sigma 1.0, three stages."""

_FLIC_REFINE = replace(_REFINE, batch=120, joints=5)
FLIC_COMPACT = replace(
    LSP_COMPACT,
    name="flic-compact",
    stages=(
        replace(LSP_COMPACT.stages[0], samples=76_800),
        replace(_FLIC_REFINE, samples=60_000),
        replace(_FLIC_REFINE, samples=36_000, lr=5e-4, warm_start=True),
    ),
    data=_FLIC,
    skeleton="flic",
    sigma=1.0,
    held_out=50,
    # Upper bodies in films stand or sit upright. Boxes about faces vary more in size than those about people.
    augment=Augment(translate=0.08, scale=1.4, rotate=12.0, zoom=0.1, colour=0.2),
)
"""What ships as flic-compact: upper bodies. Give it YuNet's file: the default face detector finds far fewer faces."""

RECIPES = {r.name: r for r in (LSP_PAPER, LSP_COMPACT, FLIC_PAPER, FLIC_COMPACT, DEBUG)}


def get(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]


def with_samples(recipe: Recipe, samples: list[int]) -> Recipe:
    """The recipe with another budget, one count a stage; fewer counts than stages leave the last stages out.

    Raises:
        ConfigError: more counts than stages, or one below a batch.
    """
    if len(samples) > len(recipe.stages):
        raise ConfigError(
            f"{len(samples)} sample counts for {len(recipe.stages)} stages of recipe {recipe.name}"
        )
    for count, stage in zip(samples, recipe.stages, strict=False):
        if count < stage.batch:
            raise ConfigError(f"{count} samples are fewer than one batch of {stage.batch}: ask for more")
    stages = tuple(replace(s, samples=n) for s, n in zip(recipe.stages, samples, strict=False))
    return replace(recipe, stages=stages)
