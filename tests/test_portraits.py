"""Portraits: which joints of cut-off people are known to be missing, and what presence learns from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from deeppose.data import datasets
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.store import Store
from deeppose.model.cascade import Cascade
from deeppose.skeleton import FLIC, LSP
from deeppose.training import recipes
from deeppose.training.calibration import calibrate
from deeppose.training.portraits import LEGS, portraits

RECIPE = replace(recipes.DEBUG, portraits=("flic", "train"))
WIDTH, HEIGHT, TORSO = 300, 200, 60


def person(folder: Path, hips: float, hidden: str | None = None) -> Annotation:
    """Somebody whose hips are so many pixels below the picture's top."""
    cv2.imwrite(str(folder / "frame.png"), np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    joints = np.random.default_rng(0).uniform((120, 60), (180, 120), (len(FLIC), 2))
    for side, x in (("left", 170.0), ("right", 130.0)):
        joints[FLIC.index(f"{side}_hip")] = x, hips
        joints[FLIC.index(f"{side}_shoulder")] = x, hips - TORSO
    labelled = np.array([joint != hidden for joint in FLIC.joints])
    return Annotation(folder / "frame.png", joints, labelled, labelled)


def read(monkeypatch: pytest.MonkeyPatch, *people: Annotation) -> None:
    monkeypatch.setattr(datasets, "read", lambda *_: Dataset("flic", "train", FLIC, list(people)))


def test_only_people_without_room_for_knees_are_portraits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off = person(tmp_path, HEIGHT - 0.4 * TORSO)
    read(monkeypatch, person(tmp_path, HEIGHT - 0.6 * TORSO), cut_off, person(tmp_path, 190, "left_wrist"))
    found = portraits(RECIPE, tmp_path)
    assert found is not None
    # One person twice: from the full image, and from a box that the picture's lower edge ends.
    assert len(found) == 2
    full, seen = found.to_picture(_corners(found))
    np.testing.assert_allclose(full, [[0, 0], [WIDTH, HEIGHT]], atol=1e-3)
    assert seen[1, 1] == pytest.approx(HEIGHT, abs=1e-3)
    assert seen[0, 0] > 0
    assert seen[1, 0] < WIDTH
    for pose, there, known in zip(found.joints, found.labelled, found.known, strict=True):
        for i, joint in enumerate(LSP.joints):
            assert bool(there[i]) == (joint in FLIC.joints)
            assert bool(known[i]) == (joint in FLIC.joints or joint in LEGS)
        assert (pose[LSP.index("left_hip")] > 0).all()


def test_recipes_without_portraits_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(monkeypatch, person(tmp_path, HEIGHT - 2 * TORSO))
    assert portraits(RECIPE, tmp_path) is None
    assert portraits(recipes.DEBUG, tmp_path) is None


def test_presence_learns_from_what_is_known_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contexts tell portraits from whole people: legs must come out absent there, and what is unknown present."""
    torch.manual_seed(0)
    cascade = Cascade(RECIPE.cascade())
    whole, cut = _people(40), _people(40)
    legs = torch.tensor([joint in LEGS for joint in LSP.joints])
    known = legs | (torch.arange(14) == LSP.index("left_wrist"))
    labelled = torch.ones(40, 14, dtype=torch.bool)
    marked = replace(
        cut, labelled=labelled & (torch.arange(14) == LSP.index("left_wrist")), scales=-cut.scales
    )

    def contexts(_cascade: Cascade, people: Store, depth: int | None = None):
        from deeppose.model.regressor import Estimate

        context = torch.zeros(len(people), cascade.presence.shape[1] - 1)
        context[:, 0] = people.scales
        joints = people.joints[:, None].expand(-1, depth or 2, -1, -1)
        return Estimate(joints, torch.ones(joints.shape[:3]), context)

    monkeypatch.setattr("deeppose.training.calibration.predict", contexts)
    calibrate(cascade, whole, whole, 0, replace(marked, known=known.expand(40, -1)))
    present = contexts(cascade, marked, 1).context @ cascade.presence[:, :-1].T + cascade.presence[:, -1]
    assert (present[:, legs] < 0).all()
    assert (present[:, ~legs] > 0).all()


def _people(n: int) -> Store:
    """n people of 256-pixel canvases whose `scales` are 1."""
    joints = torch.rand(n, 14, 2) * 200 + 20
    return Store(
        torch.zeros(n, 256, 256, 3, dtype=torch.uint8), joints, *torch.ones(2, n, 14, dtype=torch.bool),
        torch.tensor([128.0, 128, 240, 240]).repeat(n, 1), torch.zeros(n, 2), torch.ones(n),
        torch.zeros(n, dtype=torch.long),
    )  # fmt: skip


def _corners(people: Store) -> torch.Tensor:
    """(N, 2, 2) top left and bottom right of everyone's box."""
    centre, size = people.boxes[:, None, :2], people.boxes[:, None, 2:]
    return torch.cat([centre - size / 2, centre + size / 2], dim=1)
