"""Poses in another convention: one model's joints under the names, and in the order, that a tool expects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deeppose.data.mapping import Mapping, mapping
from deeppose.errors import ConfigError
from deeppose.poses import Floats, Poses
from deeppose.skeleton import Skeleton


def viewed(poses: Poses, skeleton: Skeleton) -> Poses:
    """The same people in another skeleton's joints, by their names; a joint between two scores as the lower of them.

    Raises:
        ConfigError: the poses have not all of its joints; names those that are missing.

    >>> from deeppose.poses import nobody
    >>> from deeppose.skeleton import BODY, COCO
    >>> viewed(nobody(BODY), COCO)
    Poses(0 people, 17 joints of 'coco')
    """
    if skeleton == poses.skeleton:
        return poses
    mapped = mapping(poses.skeleton, skeleton)
    if mapped.missing:
        raise ConfigError(
            f"skeleton {skeleton.name} needs {', '.join(mapped.missing)}, which {poses.skeleton.name} has not"
        )
    return replace(
        poses,
        skeleton=skeleton,
        joints=_joints(mapped, poses.joints),
        scores=_scores(mapped, poses.scores),
        stages=None if poses.stages is None else _joints(mapped, poses.stages),
        stage_scores=None if poses.stage_scores is None else _scores(mapped, poses.stage_scores),
    )


def _joints(mapped: Mapping, joints: Floats) -> Floats:
    return mapped(joints, np.ones(joints.shape[:-1], bool))[0]


def _scores(mapped: Mapping, scores: Floats) -> Floats:
    return np.stack([scores[..., list(part)].min(-1) for part in mapped.parts], axis=-1)
