"""Poses in another convention: one model's joints under the names, and in the order, that a tool expects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deeppose.data.mapping import Mapping, mapping
from deeppose.errors import ConfigError
from deeppose.poses import Poses
from deeppose.skeleton import Skeleton
from deeppose.types import Floats


class View:
    """A skeleton seen as another: every joint by its name, one between two as their middle.

    Raises:
        ConfigError: the skeleton has not all joints of the other; names those that are missing.
    """

    def __init__(self, own: Skeleton, target: Skeleton) -> None:
        self.target = target
        self._mapped = None if own == target else mapping(own, target)
        if self._mapped is not None and self._mapped.missing:
            raise ConfigError(
                f"skeleton {target.name} needs {', '.join(self._mapped.missing)}, which {own.name} has not"
            )

    def __call__(self, poses: Poses) -> Poses:
        """The same people; a joint between two scores as the lower of them."""
        mapped = self._mapped
        if mapped is None:
            return poses
        return replace(
            poses,
            skeleton=self.target,
            joints=_joints(mapped, poses.joints),
            scores=_scores(mapped, poses.scores),
            stages=None if poses.stages is None else _joints(mapped, poses.stages),
            stage_scores=None if poses.stage_scores is None else _scores(mapped, poses.stage_scores),
        )


def _joints(mapped: Mapping, joints: Floats) -> Floats:
    return mapped(joints, np.ones(joints.shape[:-1], bool))[0]


def _scores(mapped: Mapping, scores: Floats) -> Floats:
    return np.stack([scores[..., list(part)].min(-1) for part in mapped.parts], axis=-1)
