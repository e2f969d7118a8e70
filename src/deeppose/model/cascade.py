"""The cascade of pose regressors (paper, section 3.2): stage 1 sees the person, every later stage each joint.

Eqs. (2), (5) and (6) are the two functions at the top; `Cascade` runs them in order. What the paper has not, second
looks and scores, stands in `looks` and `confidence`.

Shape letters: N people, S stages, K joints, H x W canvas.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from deeppose.errors import ConfigError
from deeppose.model import geometry, looks, network
from deeppose.model.objective import own_joint
from deeppose.model.regressor import Estimate, Output, Psi, Regressor
from deeppose.skeleton import Skeleton


def first_stage(psi: Psi, images: Tensor, boxes: Tensor, view: Tensor | None = None) -> Estimate:
    """Eqs. (2) and (5): y^1 = N^-1(psi(N(x; b^0); theta_1); b^0).

    Args:
        images: (N, 3, H, W) normalised pixels.
        boxes: b^0, (N, 4) pixels.
    """
    output: Output = psi(geometry.crop(images, boxes[:, None], psi.input_size, view)[:, 0])
    joints = geometry.denormalize(output.pose, boxes[:, None])
    return Estimate(joints, _pixel_scales(output.log_scale, joints, boxes[:, None, 2:]), output.context)


def refine(psi: Psi, images: Tensor, joints: Tensor, boxes: Tensor, view: Tensor | None = None) -> Estimate:
    """Eq. (6): y_i^s = y_i^(s-1) + N^-1(psi_i(N(x; b); theta_s); b) for b = b_i^(s-1), all joints at once.

    A displacement has no origin, so N^-1 scales it by the box and adds no centre: b is centred on y_i^(s-1) already.

    Args:
        joints: y^(s-1), (N, K, 2) pixels.
        boxes: b^(s-1), (N, K, 4) pixels, eq. (7).
    """
    n, k = joints.shape[:2]
    crops = geometry.crop(images, boxes, psi.input_size, view)
    own = own_joint(psi(crops.flatten(0, 1)), torch.arange(k, device=joints.device).repeat(n))
    refined = joints + own.pose.reshape(n, k, 2) * boxes[..., 2:]
    log_scale = None if own.log_scale is None else own.log_scale.reshape(n, k, 2)
    return Estimate(refined, _pixel_scales(log_scale, refined, boxes[..., 2:]))


def _pixel_scales(log_scale: Tensor | None, joints: Tensor, sizes: Tensor) -> Tensor:
    if log_scale is None:
        return torch.zeros_like(joints[..., 0])
    return (log_scale.exp() * sizes).mean(-1)


@dataclass(frozen=True)
class StageConfig:
    """One stage's network: its name in `network.NETWORKS` and its options.

    Attributes:
        upright: a later stage that sees the whole person once more, the torso of the pose before turned upright,
            instead of each joint.
    """

    network: str
    options: dict[str, Any] = field(default_factory=dict)
    upright: bool = False


@dataclass(frozen=True)
class CascadeConfig:
    """All that prediction needs to know beside the parameters; it is stored and exported with them.

    Attributes:
        skeleton: whose joints; any, by value.
        sigma: side of a joint box over diam(y), eq. (7).
        square: grow b^0 to the shape of stage 1's crops (a square of most networks), so that they keep the aspect
            ratio; the paper's crop is anisotropic.
        context: the region laid on a canvas over the person's box.
        looks: how often stage 1 looks; each look after the first starts from the box around the pose it saw before.
            1 is the paper's.
        flip: stage 1's later looks see the person mirrored, and are averaged with the look before by predicted scales
            instead of replacing it.
        canvas: side of the canvas in pixels.
        fuse: weigh a stage's answer and the one before by their predicted scales, instead of replacing it, eq. (6); an
            upright stage's by fitted odds.
    """

    skeleton: Skeleton
    stages: tuple[StageConfig, ...]
    sigma: float = 2.0
    square: bool = False
    context: float = 1.25
    looks: int = 1
    fuse: bool = False
    flip: bool = False
    canvas: int = 256


class Cascade(nn.Module):
    """S stages with their own parameters theta_s, and everything a pose needs to come out in pixels.

    Attributes:
        networks: one regressor a stage; S = 1 is the single one of section 3.1.
        mean, std: pixel normalisation, x / 127.5 - 1; part of the model, so that it cannot drift from the weights.
        odds: (S, K + 3) by which upright stages are weighed against the pose before (`looks.weighed`).
        presence: (K, F + 1) and
        calibration: (S, 4), what `confidence` makes scores with.

    Raises:
        ConfigError: stages are to be fused by scales that a network does not predict.
    """

    mean: Tensor
    std: Tensor
    odds: Tensor
    presence: Tensor
    calibration: Tensor

    def __init__(self, config: CascadeConfig) -> None:
        super().__init__()
        self.config = config
        self.skeleton = config.skeleton
        k = len(self.skeleton)
        self.networks = [network.build(s.network, k, **s.options) for s in config.stages]
        if (config.fuse or config.flip) and not all(psi.predicts_scale for psi in self.networks):
            raise ConfigError(
                "fuse and flip weigh answers by their predicted scales: choose network 'compact', or leave them off"
            )
        self.stages = nn.ModuleList(self.networks)
        self.register_buffer("mean", torch.tensor(127.5))
        self.register_buffer("std", torch.tensor(127.5))
        self.register_buffer("odds", torch.tensor([0.0] * k + looks.EQUAL).repeat(len(self.stages), 1))
        self.register_buffer("presence", torch.zeros(k, self.networks[0].context_size + 1))
        self.register_buffer("calibration", torch.tensor([0.0, 1.0, 0.0, 1.0]).repeat(len(self.stages), 1))

    def prepare(self, canvases: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 canvases to (N, 3, H, W) normalised floats."""
        return (canvases.permute(0, 3, 1, 2) - self.mean).div_(self.std)

    def forward(
        self, images: Tensor, boxes: Tensor, view: Tensor | None = None, depth: int | None = None
    ) -> Estimate:
        """Run the stages in order and return every stage's pose.

        Args:
            images: (N, 3, H, W), as `prepare` returns them.
            boxes: (N, 4) people's boxes in canvas pixels.
            depth: how many stages to run; all by default.

        Returns:
            joints (N, S, K, 2) and scales (N, S, K).
        """
        first = self.begin(self.networks[0], images, boxes, view)
        poses = [first]
        for stage, psi in enumerate(self.networks[1:depth], 1):
            poses.append(self.advance(psi, images, boxes, poses[-1], view, stage))
        joints, scales = (
            torch.stack(parts, 1) for parts in ([p.joints for p in poses], [p.scales for p in poses])
        )
        return Estimate(joints, scales, first.context)

    def begin(self, psi: Regressor, images: Tensor, boxes: Tensor, view: Tensor | None = None) -> Estimate:
        """Stage 1 from people's boxes (N, 4): eq. (5), looked at `looks` times."""

        def see(psi: Psi, around: Tensor) -> Estimate:
            return first_stage(psi, images, self.shaped(around, psi), view)

        pairs = self.skeleton.mirror if self.config.flip else None
        return looks.repeated(see, psi, boxes, self.config.looks, pairs)

    def advance(
        self,
        psi: Regressor,
        images: Tensor,
        boxes: Tensor,
        before: Estimate,
        view: Tensor | None = None,
        stage: int = 1,
    ) -> Estimate:
        """A later stage from the pose before it: eqs. (7) and (6), fused with it where the configuration says so.

        Args:
            boxes: (N, 4) people's boxes, which an upright stage, seeing the whole person, starts from.
            stage: which, from 0.
        """  # fmt: skip
        fuse = self.config.fuse
        if not self.config.stages[stage].upright:
            after = refine(psi, images, before.joints, self.joint_boxes(before.joints), view)
            return looks.fused(before, after) if fuse else after
        after = self.stood_up(psi, images, boxes, before, view)
        return looks.weighed(before, after, self.diameter(before.joints), self.odds[stage]) if fuse else after

    def stood_up(
        self, psi: Regressor, images: Tensor, boxes: Tensor, before: Estimate, view: Tensor | None = None
    ) -> Estimate:
        """An upright stage's own answer, to whole people turned by the pose before."""

        def see(around: Tensor, view: Tensor) -> Estimate:
            return first_stage(psi, images, self.shaped(around, psi), view)

        return looks.upright(see, before, boxes, view, self.skeleton, self.diameter(before.joints))

    def initial_boxes(self, boxes: Tensor) -> Tensor:
        """b^0 from the people's boxes (N, 4): themselves, or grown to the shape of stage 1's crops."""
        return self.shaped(boxes, self.networks[0])

    def shaped(self, boxes: Tensor, psi: Psi) -> Tensor:
        """Boxes (N, 4) as a network sees them: themselves, or grown to the shape of its crops."""
        return geometry.grown(boxes, psi.input_size) if self.config.square else boxes

    def joint_boxes(self, joints: Tensor) -> Tensor:
        """b_i(y; sigma), eq. (7), of complete poses (N, K, 2): (N, K, 4)."""
        return geometry.joint_boxes(joints, self.diameter(joints), self.config.sigma)

    def diameter(self, joints: Tensor, labelled: Tensor | None = None) -> Tensor:
        """diam(y) of poses (..., K, 2) by the skeleton's rule, (...) pixels; all joints are known unless told."""
        known = torch.ones_like(joints[..., 0], dtype=torch.bool) if labelled is None else labelled
        return geometry.diameter(joints, known, self.skeleton.torso, self.skeleton.share)

    def first(self, stages: int) -> Cascade:
        """The cascade of so many first stages alone, with copies of the same parameters.

        Raises:
            ConfigError: there are not so many, or it is none.
        """
        if not 1 <= stages <= len(self.networks):
            raise ConfigError(
                f"{stages} stages: this cascade has {len(self.networks)}; ask for 1 or more of them"
            )
        part = Cascade(replace(self.config, stages=self.config.stages[:stages]))
        whole = self.state_dict()
        kept = {name: whole[name] for name in part.state_dict()}
        fitted = {"calibration": self.calibration[:stages], "odds": self.odds[:stages]}
        part.load_state_dict(kept | fitted)
        return part
