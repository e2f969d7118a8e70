"""What a recipe is made of: everything a run depends on beside the data, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field

from deeppose.model.cascade import CascadeConfig, StageConfig
from deeppose.skeleton import LSP, Skeleton


@dataclass(frozen=True)
class Augment:
    """Random looks at a person; each look is one affine, applied by the one crop.

    Attributes:
        mirror: flip half of the looks left to right (section 3.1).
        translate: box centres move by up to this share of the box ("randomly translated image crops").
        scale: box sizes vary by up to this factor either way, uniform in the logarithm; 1 keeps them.
        rotate: standard deviation in degrees.
        tumble: share of looks turned by any angle at all, for people upside down.
        quarter: share of looks turned by one, two or three quarters, which even a box's edges can be.
        zoom: share of looks closed in on one joint's surroundings, so that most joints lie out of the picture.
        close: share of looks at the box around the true pose, where stage 1's second look starts; moved and scaled too.
        colour: channel gains and brightness vary by up to this share.
        degrade: share of looks at low resolution, in motion blur, much compressed or dark (`data.degradation`).
    """

    mirror: bool = True
    translate: float = 0.1
    scale: float = 1.0
    rotate: float = 0.0
    tumble: float = 0.0
    quarter: float = 0.0
    zoom: float = 0.0
    close: float = 0.0
    colour: float = 0.0
    degrade: float = 0.0


@dataclass(frozen=True)
class StageRecipe:
    """How one stage is trained.

    Attributes:
        samples: training samples seen: people at stage 1, joint crops later.
        batch: samples a step, over all processes together.
        optimizer: "adagrad" (Duchi et al. 2011) or "adamw".
        accumulator: Adagrad's initial squared-gradient sum; TensorFlow's default is 0.1, PyTorch's 0.
        schedule: "constant"; "stepped", tripled at `milestones`, for Adagrad slows down; or "cosine" after a linear
            warm-up over `warmup` of the steps.
        milestones: shares of the steps.
        clip: the gradient's largest norm; 0 leaves it as it is.
        average: decay of the weights' exponential moving average, which is what is kept; 0 keeps the last weights.
        joints: joint crops drawn from each person of a batch (stages >= 2); 1 is the paper's uniform draw.
        draws: different samples a person (stage 1) or a joint (later) can give; 0 draws afresh for ever. The paper
            stores 40 of each joint, and as many mirrored, which is one each of the samples its later stages see.
        displacements: "normal" is N_i^(s-1) of section 3.2; "empirical" draws observed displacements.
        warm_start: start from the parameters of the stage before, whose network is the same.
        start: a model that ships, whose stage 1 gives all of this stage's parameters, votes by joints' names.
        frozen: trunk blocks held at their starting weights (compact network only).
        only: names of those of the recipe's data sets whose people this stage learns from; () for all.
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
    milestones: tuple[float, ...] = ()
    clip: float = 0.0
    average: float = 0.0
    joints: int = 1
    draws: int = 0
    displacements: str = "normal"
    warm_start: bool = False
    frozen: int = 0
    start: str = ""
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelSource:
    """Own labels to train on, as `data.own.read_labels` takes them.

    Attributes:
        file: the labels; images: their pictures' folder, "" where the labels say.
        category: of several in one file, "" for the only one.
        pairs: declared mirror pairs "a=b"; ("none",) for none; () for those of the names or the file.
        box: "full-image", or "labelled": the labels' box, or the joints' extent and a margin.
    """

    file: str
    images: str = ""
    category: str = ""
    pairs: tuple[str, ...] = ()
    box: str = "full-image"


@dataclass(frozen=True)
class Recipe:
    """A whole training run.

    Attributes:
        data: (data set, split, box rule) to train on; held-out people come from the first.
        emphasis: how often an epoch shows the first set's people; everyone else's come once.
        portraits: (data set, split) of upper bodies, to learn from which joints are not in a picture; () for none.
        held_out: people of the first set put aside to watch and to calibrate on; the paper's 50.
        held_out_others: people of every other set put aside for the same.
        fitted: data sets that no network learns from, given as in `data`: odds alone are fitted on
            `held_out_others` of their people.
        sigma: side of a joint box over diam(y), eq. (7).
        looks, flip, fuse: see `CascadeConfig`; the paper looks once and does not fuse.
        square: square stage-1 crops; the paper's are anisotropic.
        observed: people whose predictions N_i^(s-1) is taken from; 0 takes all, as the paper does.
        pretrained: start compact networks from a trained MobileNetV2 (its file is named on the command line).
        context: see `CascadeConfig`.
        canvas: see `CascadeConfig`; above 256 each person's canvas has its own size up to this.
        labels: own labels instead of `data`.
        size_jitter: joint boxes vary in size by up to this factor either way, as diam of a *predicted* pose does.
    """

    name: str
    stages: tuple[StageRecipe, ...]
    data: tuple[tuple[str, str, str], ...] = ()
    emphasis: int = 1
    portraits: tuple[str, ...] = ()
    skeleton: Skeleton = LSP
    sigma: float = 2.0
    looks: int = 1
    flip: bool = False
    fuse: bool = False
    square: bool = False
    held_out: int = 50
    held_out_others: int = 0
    fitted: tuple[tuple[str, str, str], ...] = ()
    augment: Augment = field(default_factory=Augment)
    size_jitter: float = 1.0
    observed: int = 0
    pretrained: bool = False
    seed: int = 0
    context: float = 1.25
    canvas: int = 256
    labels: LabelSource | None = None

    def cascade(self) -> CascadeConfig:
        """The model this recipe trains."""
        stages = tuple(s.config for s in self.stages)
        return CascadeConfig(
            self.skeleton,
            stages,
            self.sigma,
            self.square,
            self.context,
            self.looks,
            self.fuse,
            self.flip,
            self.canvas,
        )
