"""Mapping between skeletons: what is exact, what is a middle, what cannot be had."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from deeppose.data.mapping import mapping
from deeppose.skeleton import BUFFY, COCO, FLIC, LSP, MPII, SKELETONS, Skeleton


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_a_skeleton_maps_onto_itself_unchanged(skeleton: Skeleton) -> None:
    same = mapping(skeleton, skeleton)
    assert same.parts == tuple((i,) for i in range(len(skeleton)))
    assert same.missing == ()


def test_what_cannot_be_mapped_is_said() -> None:
    assert mapping(COCO, LSP).missing == ("neck", "head_top")
    assert mapping(COCO, MPII).missing == ("upper_neck", "head_top")
    assert mapping(COCO, MPII).approximate == ("pelvis", "thorax")
    assert mapping(LSP, COCO).missing == COCO.joints[:5]
    assert mapping(MPII, LSP).missing == ()
    assert mapping(FLIC, BUFFY).missing == ("head_top", "neck")


def test_values_and_masks() -> None:
    joints = np.arange(2 * 17 * 2, dtype=float).reshape(2, 17, 2)
    labelled = np.ones((2, 17), bool)
    labelled[1, COCO.index("left_hip")] = False
    to = mapping(COCO, MPII)
    mapped, mask = to(joints, labelled)
    assert (mapped[0, 0] == joints[0, COCO.index("right_ankle")]).all()
    hips = joints[0, COCO.index("left_hip")], joints[0, COCO.index("right_hip")]
    assert (mapped[0, MPII.index("pelvis")] == (hips[0] + hips[1]) / 2).all()
    assert not mask[1, MPII.index("pelvis")]
    assert not mask[1, MPII.index("left_hip")]
    assert mask[1, MPII.index("right_hip")]
    assert (mapped[~mask] == 0).all()


@pytest.mark.parametrize(("source", "target"), list(product(SKELETONS.values(), repeat=2)))
def test_mapping_commutes_with_mirroring(source: Skeleton, target: Skeleton) -> None:
    rng = np.random.default_rng(0)
    joints, labelled = rng.normal(size=(3, len(source), 2)), rng.random((3, len(source))) < 0.8
    to = mapping(source, target)
    ours = to(joints[:, list(source.mirror)], labelled[:, list(source.mirror)])
    theirs = to(joints, labelled)
    for a, b in zip(ours, theirs, strict=True):
        assert np.allclose(a, b[:, list(target.mirror)])
