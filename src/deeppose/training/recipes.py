"""The named recipes: one for each model that ships, the paper's two, and one to rehearse with."""

from __future__ import annotations

from dataclasses import replace

from deeppose.errors import ConfigError, unknown
from deeppose.model.cascade import StageConfig
from deeppose.skeleton import BODY, BOX, FLIC
from deeppose.training.settings import Augment, Recipe, StageRecipe

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
"""Sections 3 and 4.1 to the letter; what the paper leaves open is in docs/training.md."""


def rate(width: float) -> float:
    """The learning rate of the paper's network at a share of its width: 0.0005 at 1, as printed.

    Adagrad moves every parameter equally far, whatever a layer's width, and a unit's input is a sum over that width: as
    much movement of the outputs needs a rate in inverse proportion (Yang et al., Tensor Programs V, 2021).
    """
    return StageRecipe.lr / width


def _small(recipe: Recipe, samples: tuple[int, ...]) -> Recipe:
    """The same method at an eighth of the width and half of the resolution: what CPU cores can train to its end.

    Several times as much is learned of a sample with gradients clipped, a quarter of the batch and no dropout
    (docs/table1.md). Stage 3 sees what stage 2 sees, and starts from there. Of a canvas of 192 a box covers 154
    pixels, as many as LSP's people are tall.
    """
    config = StageConfig("deeppose", {"dropout": 0.0, "width": 0.125, "input_size": 110})
    learning = StageRecipe(
        config, 0, batch=32, lr=5 * rate(0.125), clip=5.0, accumulator=0.004, average=0.999
    )
    stages = tuple(
        replace(learning, samples=count, warm_start=number > 1) for number, count in enumerate(samples)
    )
    return replace(recipe, name=f"{recipe.name}-small", stages=stages, canvas=192)


def _lsp_small() -> Recipe:
    """Where Adagrad has slowed down so far that stage 1 only learns by heart, its rate triples; it ends where held-out
    people are no longer better.

    LSPet's tumblers widen the displacements that later stages learn from, so that they move joints twice as far as is
    good for LSP's people: they see these alone.
    """
    recipe = _small(LSP_PAPER, (1_008_000, 320_000, 160_000))
    first, *later = recipe.stages
    first = replace(first, schedule="stepped", milestones=(0.68921,), average=0.9995)
    alone = (replace(s, only=("lsp",), displacements="empirical", warm_start=True) for s in later)
    return replace(recipe, stages=(first, *alone))


LSP_PAPER_SMALL = _lsp_small()
"""Two hours of one core."""

_REFINE = StageRecipe(
    StageConfig("compact", {"input_size": 48, "deep": False, "width": 96}),
    samples=500_000, batch=168, objective="laplace", optimizer="adamw", lr=1e-3, weight_decay=0.02,
    schedule="cosine", average=0.999, joints=7, displacements="empirical",
)  # fmt: skip
# At the distances that refinement works on LSPet's labels are noise: docs/datasets.md, "One photograph twice".
_PRECISE = ("lsp", "flic")
LSP_COMPACT = Recipe(
    name="lsp-compact",
    stages=(
        StageRecipe(
            StageConfig("compact", {"input_size": 160, "deep": True, "width": 128}),
            samples=1_800_000, batch=64, objective="laplace", optimizer="adamw", lr=1e-3, weight_decay=0.02,
            schedule="cosine", average=0.999, frozen=4,
        ),
        replace(_REFINE, only=_PRECISE),
        replace(_REFINE, samples=250_000, lr=5e-4, warm_start=True, only=_PRECISE),
    ),
    data=(_LSP[0], ("lspet-repaired", "first-9000", "person"), ("flic", "train", "visible")),
    emphasis=3,
    portraits=("flic", "train"),
    sigma=1.0,
    looks=2,
    flip=True,
    fuse=True,
    square=True,
    held_out=100,
    augment=Augment(translate=0.1, scale=1.4, rotate=30.0, tumble=0.15, zoom=0.1, colour=0.2, degrade=0.25),
    size_jitter=1.2,
    observed=3000,
    pretrained=True,
)  # fmt: skip
"""What ships: compact networks from a pose network's trunk, likelihood, any rotation, averaged weights. FLIC's upper
bodies teach it pictures that are not of athletes, degraded looks those that are not sharp and bright; LSPet's last 1000
stay out, to measure acrobatics on."""

BODY_COMPACT = replace(
    LSP_COMPACT,
    name="body-compact",
    skeleton=BODY,
    stages=(
        # Not trained: what ships as lsp-compact knows any way up already.
        replace(LSP_COMPACT.stages[0], samples=0, average=0.0, start="lsp-compact"),
        StageRecipe(
            StageConfig("lite", upright=True),
            samples=32_000, batch=12, objective="laplace", optimizer="adamw", lr=5e-4, weight_decay=0.01,
            schedule="cosine", clip=5.0, average=0.995, frozen=3,
        ),
    ),
    data=(*LSP_COMPACT.data, ("coco", "val-two-thirds", "given")),
    emphasis=2,
    held_out_others=100,
    fitted=(("parse", "train", "person"), ("buffy", "train", "visible")),
    canvas=384,
    augment=Augment(translate=0.08, scale=1.3, rotate=20.0, zoom=0.05, colour=0.2, degrade=0.2),
)  # fmt: skip
"""Everyone, not only athletes: a first look that knows any way up, then PP-TinyPose's network on the person stood
upright, weighed by odds fitted on held-out people of every set. `--trunk` names `tinypose_256x192.onnx`."""

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
    skeleton=FLIC,
    sigma=1.0,
)
"""Sections 3 and 4.1 for FLIC: face-based boxes, sigma 1.0, three stages."""

FLIC_PAPER_SMALL = _small(FLIC_PAPER, (200_000, 400_000, 120_000))
"""An hour of one core."""

_FLIC_REFINE = replace(
    _REFINE,
    config=StageConfig("compact", {"input_size": 64, "deep": False, "width": 96}),
    batch=120,
    joints=5,
    frozen=7,
)
FLIC_COMPACT = replace(
    LSP_COMPACT,
    name="flic-compact",
    stages=(
        replace(
            LSP_COMPACT.stages[0],
            config=StageConfig("compact", {"input_size": 128, "deep": True, "width": 128}),
            samples=192_000,
            frozen=7,
        ),
        replace(_FLIC_REFINE, samples=240_000),
        replace(_FLIC_REFINE, samples=120_000, lr=5e-4, warm_start=True),
    ),
    data=_FLIC,
    emphasis=1,
    portraits=(),
    skeleton=FLIC,
    sigma=1.0,
    held_out=50,
    # Upper bodies in films stand or sit upright. Boxes about faces vary more in size than those about people.
    augment=Augment(translate=0.08, scale=1.4, rotate=12.0, zoom=0.1, colour=0.2),
)
"""What ships as flic-compact: upper bodies. Give it YuNet's file: the default face detector finds far fewer faces."""

PERSON_BOX = Recipe(
    name="person-box",
    stages=(
        replace(
            LSP_COMPACT.stages[0],
            config=StageConfig("compact", {"input_size": 128, "deep": False, "width": 64}),
            samples=430_000,
        ),
    ),
    data=(("lspet", "first-9000", "full-image"), ("flic", "train", "full-image")),
    skeleton=BOX,
    looks=2,
    square=True,
    held_out=100,
    # A box's edges stay edges in whole quarters alone. People are small in wide pictures.
    augment=Augment(translate=0.2, scale=2.0, quarter=0.3, colour=0.2, degrade=0.25),
    pretrained=True,
)  # fmt: skip
"""Stage 0: the box of the most prominent person in an uncropped picture, regressed like a pose of four points."""

RECIPES = {
    r.name: r
    for r in (
        LSP_PAPER,
        BODY_COMPACT,
        LSP_PAPER_SMALL,
        LSP_COMPACT,
        FLIC_PAPER,
        FLIC_PAPER_SMALL,
        FLIC_COMPACT,
        PERSON_BOX,
        DEBUG,
    )
}


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
        if count < stage.batch and not (count == 0 and stage.start):
            raise ConfigError(f"{count} samples are fewer than one batch of {stage.batch}: ask for more")
    stages = tuple(replace(s, samples=n) for s, n in zip(recipe.stages, samples, strict=False))
    return replace(recipe, stages=stages)
