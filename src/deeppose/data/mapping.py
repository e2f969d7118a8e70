"""Poses of one skeleton in terms of another, and what cannot be mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

SAME = {"upper_neck": "neck", "neck": "upper_neck"}
"""Joints of two names: LSP's neck and MPII's upper neck both end the head's stick (practice since Pishchulin et al.,
GCPR 2016)."""

MIDDLE = {
    "pelvis": ("left_hip", "right_hip"),
    "thorax": ("left_shoulder", "right_shoulder"),
}
"""Joints that are the middle of two others. A neck is not among them: it is not the middle of the shoulders, and
COCO, with neither neck nor head top, cannot give one."""


@dataclass(frozen=True)
class Mapping:
    """How each joint of `target` comes from `source`.

    Attributes:
        parts: for every target joint the source joints whose mean it is; none where it cannot be had.
    """

    source: Skeleton
    target: Skeleton
    parts: tuple[tuple[int, ...], ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Target joints that the source cannot give."""
        return tuple(j for j, part in zip(self.target.joints, self.parts, strict=True) if not part)

    @property
    def approximate(self) -> tuple[str, ...]:
        """Target joints that are the middle of two source joints."""
        return tuple(j for j, part in zip(self.target.joints, self.parts, strict=True) if len(part) > 1)

    def __call__(self, joints: Floats, labelled: Mask) -> tuple[Floats, Mask]:
        """Map poses.

        Args:
            joints: (..., K, 2) of the source.
            labelled: (..., K).

        Returns:
            joints (..., T, 2) of the target and their mask (..., T). A joint is labelled where all of its parts are;
            elsewhere its coordinates are 0.
        """
        mapped = np.zeros((*joints.shape[:-2], len(self.target), 2))
        mask = np.zeros(mapped.shape[:-1], bool)
        for i, part in enumerate(self.parts):
            if part:
                mask[..., i] = labelled[..., part].all(axis=-1)
                mapped[..., i, :] = joints[..., part, :].mean(axis=-2)
        mapped[~mask] = 0
        return mapped, mask

    def __str__(self) -> str:
        """One line for a caption: what is missing, what is approximate.

        >>> from deeppose.skeleton import COCO, LSP
        >>> str(mapping(COCO, LSP))
        'coco to lsp: 12 of 14 joints; cannot map neck, head_top'
        """
        found = len(self.target) - len(self.missing)
        line = f"{self.source.name} to {self.target.name}: {found} of {len(self.target)} joints"
        if self.approximate:
            line += f"; as the middle of two others: {', '.join(self.approximate)}"
        return line + (f"; cannot map {', '.join(self.missing)}" if self.missing else "")


def mapping(source: Skeleton, target: Skeleton) -> Mapping:
    """The mapping by joint names: the same name, a second name (`SAME`), or the middle of two (`MIDDLE`)."""
    return Mapping(source, target, tuple(_parts(source, joint) for joint in target.joints))


def _parts(source: Skeleton, joint: str) -> tuple[int, ...]:
    for names in ((joint,), (SAME.get(joint, joint),), MIDDLE.get(joint, (joint,))):
        if all(name in source.joints for name in names):
            return tuple(source.index(name) for name in names)
    return ()
