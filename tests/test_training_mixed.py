"""Data sets of several skeletons in one recipe: whose joints serve, what stays unlabelled, which box, what is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

import torch

from deeppose.data import datasets
from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import tight_box
from deeppose.data.edges import visible_box
from deeppose.data.store import Store
from deeppose.errors import ConfigError
from deeppose.model import confidence
from deeppose.model.cascade import Cascade
from deeppose.model.regressor import Estimate
from deeppose.skeleton import BOX, FLIC, LSP, MPII, Skeleton
from deeppose.training import calibration, recipes
from deeppose.training.calibration import calibrate
from deeppose.training.examples import batches
from deeppose.training.sources import of_stage, stores

WIDTH, HEIGHT = 200, 120
MIXED = replace(
    recipes.DEBUG, data=(("lsp", "train", "full-image"), ("flic", "train", "visible")), held_out=3
)


def people(folder: Path, skeleton: Skeleton, count: int) -> list[Annotation]:
    """Everyone's joints at random, shoulders at y = 40 and hips at 100, in pictures that end 20 pixels below."""
    generator = np.random.default_rng(len(skeleton))
    made = []
    for i in range(count):
        file = folder / f"{skeleton.name}-{i}.png"
        Image.new("RGB", (WIDTH, HEIGHT), (i, 90, 120)).save(file)
        joints = generator.uniform((60, 30), (140, 110), (len(skeleton), 2))
        for k, joint in enumerate(skeleton.joints):
            joints[k, 1] = 40 if "shoulder" in joint else 100 if "hip" in joint else joints[k, 1]
        labelled = np.array([joint != "left_wrist" for joint in skeleton.joints])
        joints[~labelled] = 0
        made.append(Annotation(file, joints, labelled, labelled))
    return made


def clipped(box: np.ndarray) -> np.ndarray:
    """A box cut at the picture's edges."""
    corners = np.clip([box[:2] - box[2:] / 2, box[:2] + box[2:] / 2], 0, (WIDTH, HEIGHT))
    return np.concatenate([corners.mean(0), corners[1] - corners[0]])


@pytest.fixture(autouse=True)
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Dataset]:
    made = {s.name: Dataset(s.name, "train", s, people(tmp_path, s, 8)) for s in (LSP, FLIC, MPII, BOX)}
    monkeypatch.setattr(datasets, "read", lambda name, *_: made[name])
    return made


def test_upper_bodies_serve_a_whole_body_by_their_joints_names(
    mixed: dict[str, Dataset], tmp_path: Path
) -> None:
    train, held_out = stores(MIXED, tmp_path)
    assert (len(train), len(held_out)) == (5 + 8, 3)
    for person, row in zip(mixed["flic"].annotations, range(5, 13), strict=True):
        joints = train.to_picture(train.joints)[row]
        for k, joint in enumerate(LSP.joints):
            there = joint in FLIC.joints and joint != "left_wrist"
            assert bool(train.labelled[row, k]) == there
            # A wrist that its labels are asked for and lack is not to be seen; of a knee FLIC says nothing.
            assert bool(train.known[row, k]) == (joint in FLIC.joints)
            if there:
                np.testing.assert_allclose(joints[k], person.joints[FLIC.index(joint)], atol=1e-3)
    assert train.known[:5].all()
    assert held_out.known.all()


def test_people_of_every_set_are_held_out_where_the_recipe_says_so(tmp_path: Path) -> None:
    train, held_out = stores(replace(MIXED, held_out_others=2), tmp_path)
    assert train.sources.tolist() == 5 * [0] + 6 * [1]
    assert held_out.sources.tolist() == 3 * [0] + 2 * [1]
    everyone = torch.cat([train.joints, held_out.joints]).flatten(1)
    assert len(everyone.unique(dim=0)) == 16  # nobody is both
    assert not held_out.known[3:].all()


def test_sets_to_fit_on_teach_no_network(tmp_path: Path) -> None:
    without = stores(MIXED, tmp_path)
    train, held_out = stores(replace(MIXED, fitted=(("mpii", "train", "person"),)), tmp_path)
    assert torch.equal(train.joints, without[0].joints)
    assert torch.equal(held_out.joints[:3], without[1].joints)
    assert held_out.sources.tolist() == 3 * [0] + 8 * [2]
    fewer = replace(MIXED, fitted=(("mpii", "train", "person"),), held_out_others=2)
    assert stores(fewer, tmp_path)[1].sources.tolist() == 3 * [0] + 2 * [1] + 2 * [2]


def test_calibration_does_not_take_unasked_joints_for_misses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions that are all right, of people half of whose data set labels no knees: scores near one."""
    _, held_out = stores(replace(MIXED, held_out_others=4), tmp_path)
    held_out = replace(held_out, labelled=held_out.known)
    cascade = Cascade(MIXED.cascade())

    def right(_cascade: Cascade, seen: Store, depth: int | None = None) -> Estimate:
        joints = seen.joints[:, None].expand(-1, depth or 2, -1, -1)
        return Estimate(joints, torch.ones(joints.shape[:3]))

    monkeypatch.setattr(calibration, "predict", right)
    calibration._fit_scores(cascade, held_out, torch.ones(len(held_out)))
    assert confidence.scores(cascade, right(cascade, held_out)).min() > 0.95


def test_a_stage_learns_from_the_sets_it_names(tmp_path: Path) -> None:
    recipe = replace(MIXED, emphasis=2, stages=(MIXED.stages[0], replace(MIXED.stages[1], only=("flic",))))
    train, _ = stores(recipe, tmp_path)
    assert train.sources.tolist() == 10 * [0] + 8 * [1]
    assert len(of_stage(recipe, 0, train)) == 18
    upper = of_stage(recipe, 1, train)
    assert torch.equal(upper.joints, train.joints[10:])
    assert torch.equal(upper.canvases, train.canvases[10:])


def test_a_stage_that_names_another_set_is_refused(tmp_path: Path) -> None:
    recipe = replace(MIXED, stages=(replace(MIXED.stages[0], only=("flicc",)),))
    with pytest.raises(ConfigError, match=r"flicc.*did you mean 'flic'"):
        of_stage(recipe, 0, stores(MIXED, tmp_path)[0])


def test_a_visible_persons_box_ends_where_the_picture_does(mixed: dict[str, Dataset], tmp_path: Path) -> None:
    train, _ = stores(MIXED, tmp_path)
    bottom = train.to_picture(train.boxes[:, None, :2] + train.boxes[:, None, 2:] / 2)[5:, 0, 1]
    np.testing.assert_allclose(bottom, HEIGHT, atol=1e-3)
    # Eyes are no joints of LSP, but the box is of all that FLIC labels.
    top = train.to_picture(train.boxes[:, None, :2] - train.boxes[:, None, 2:] / 2)[5:, 0, 1]
    for person, y in zip(mixed["flic"].annotations, top, strict=True):
        assert y < person.joints[person.labelled, 1].min()


def test_without_hips_nobody_knows_where_a_body_ends(mixed: dict[str, Dataset]) -> None:
    person = mixed["flic"].annotations[0]
    size = np.array([WIDTH, HEIGHT], float)
    hip = person.labelled.copy()
    hip[FLIC.index("left_hip")] = False
    unknown = replace(person, labelled=hip, joints=np.where(hip[:, None], person.joints, 0))
    assert visible_box(person, size, FLIC)[1]
    box, ends = visible_box(unknown, size, FLIC)
    assert not ends
    assert box == pytest.approx(clipped(tight_box(unknown.joints, unknown.labelled)))


def test_what_a_data_set_does_not_label_moves_no_gradient(tmp_path: Path) -> None:
    train, _ = stores(MIXED, tmp_path)
    flic = train.subset(torch.arange(5, 13))
    recipe = replace(MIXED, augment=replace(MIXED.augment, mirror=False))
    seen = batches(Cascade(recipe.cascade()), 0, recipe, flic, None)(0)
    wanted = [joint in FLIC.joints and joint != "left_wrist" for joint in LSP.joints]
    assert seen.labelled.tolist() == [wanted] * len(seen.labelled)


def test_joints_that_are_the_middle_of_two_and_second_names(
    mixed: dict[str, Dataset], tmp_path: Path
) -> None:
    recipe = replace(MIXED, data=(("mpii", "train", "visible"), ("lsp", "train", "person")), skeleton=MPII)
    train, _ = stores(recipe, tmp_path)
    joints = train.to_picture(train.joints)[5:]
    for person, pose in zip(mixed["lsp"].annotations, joints, strict=True):
        hips = person.joints[[LSP.index("left_hip"), LSP.index("right_hip")]]
        np.testing.assert_allclose(pose[MPII.index("pelvis")], hips.mean(0), atol=1e-3)
        np.testing.assert_allclose(
            pose[MPII.index("upper_neck")], person.joints[LSP.index("neck")], atol=1e-3
        )


def test_a_data_set_without_a_joint_of_the_recipe_is_refused(tmp_path: Path) -> None:
    recipe = replace(MIXED, data=(*MIXED.data, ("box", "train", "person")))
    with pytest.raises(
        ConfigError, match="data set box has none of the joints of skeleton lsp: it labels top"
    ):
        stores(recipe, tmp_path)


def test_an_unknown_box_rule_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="visible"):
        stores(replace(MIXED, data=(("lsp", "train", "visibel"),)), tmp_path)


def test_presence_does_not_take_unasked_joints_for_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One feature tells FLIC's people from LSP's. Their knees, never asked for, must not come out missing."""
    train, held_out = stores(MIXED, tmp_path)
    cascade = Cascade(MIXED.cascade())

    def contexts(_cascade: Cascade, seen: Store, depth: int | None = None) -> Estimate:
        context = torch.zeros(len(seen), cascade.presence.shape[1] - 1)
        context[:, 0] = (~seen.known.all(-1)).float()
        joints = seen.joints[:, None].expand(-1, depth or 2, -1, -1)
        return Estimate(joints, torch.ones(joints.shape[:3]), context)

    monkeypatch.setattr("deeppose.training.calibration.predict", contexts)
    monkeypatch.setattr("deeppose.training.calibration.framed", lambda people, _: people)
    calibrate(cascade, train, held_out)
    context = contexts(cascade, train, 1).context
    assert context is not None
    present = (context @ cascade.presence[:, :-1].T + cascade.presence[:, -1])[5:]
    knee, wrist = LSP.index("left_knee"), LSP.index("left_wrist")
    assert (present[:, knee] > 0).all()
    assert (present[:, wrist] < 0).all()
