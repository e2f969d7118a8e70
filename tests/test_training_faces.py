"""FLIC in training: the paper's recipe, boxes from faces, the face over a given torso, pictures that are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.datasets import read, with_pictures
from deeppose.errors import DataError
from deeppose.inference.finders.enlargement import Enlargement, read_enlargement
from deeppose.inference.finders.face_body import FaceBodyDetector, face_above
from deeppose.skeleton import FLIC

WIDTH, HEIGHT = 120, 80


class Faces:
    """Two faces wherever a picture is bright: one over the person, and a larger one in the middle."""

    name = "two"

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        self.calls += 1
        return np.array([[30.0, 20, 10, 10], [60, 40, 30, 30]] if picture.mean() > 100 else np.zeros((0, 4)))


@pytest.fixture
def films(tmp_path: Path) -> Dataset:
    """Three frames; the person's head is at (30, 20), the hips at y = 60; no face is to be seen in the last frame."""
    joints = np.tile([[30.0, 40.0]], (10, 1))
    for joint, at in {"left_eye": [32, 20], "right_eye": [28, 20], "left_hip": [34, 60]}.items():
        joints[FLIC.index(joint)] = at
    people = []
    for i, light in enumerate((200, 200, 20)):
        Image.new("RGB", (WIDTH, HEIGHT), (light,) * 3).save(tmp_path / f"{i}.png")
        mask = np.ones(10, bool)
        people.append(Annotation(tmp_path / f"{i}.png", joints, mask, mask))
    return Dataset("flic", "train", FLIC, people)


def test_boxes_come_from_the_persons_own_face_and_else_from_the_full_image(films, tmp_path, capsys) -> None:
    pytest.importorskip("torch")
    from deeppose.training.face_boxes import FACE_BOX, face_rule

    finder = Faces()
    rule = face_rule(films, finder, tmp_path)
    # In face heights of 10 from the face's centre (30, 20): eyes at 0, hips 4 below; so 4 times as large, 2 below.
    assert rule(films.annotations[0], (WIDTH, HEIGHT)) == pytest.approx([30, 40, 40, 40])
    assert rule(films.annotations[2], (WIDTH, HEIGHT)) == pytest.approx([60, 40, 120, 80])
    assert "no face, full image: 1 of 3 people" in capsys.readouterr().err
    kept = read_enlargement(tmp_path / FACE_BOX, "two")
    assert (kept.scaler, kept.offset, kept.people, kept.of) == (pytest.approx(4), 2.0, 2, 3)
    assert finder.calls == 3
    face_rule(films, finder, tmp_path)
    assert finder.calls == 3, "a resumed run looks for no face again"


def test_a_given_torso_says_whose_face_is_meant(films) -> None:
    body = FaceBodyDetector(Enlargement(4.0, 2.0), Faces())
    picture = films.annotations[0].image
    # The eyes are 0.95 heights of the torso above its centre.
    over_small, over_none = np.array([30.0, 39, 14, 20]), np.array([100.0, 39, 14, 20])
    box, found = body.detect(picture, over_small)
    assert found
    assert box[0] == pytest.approx([30, 40, 40, 40])
    assert body.detect(picture)[0][0] != pytest.approx([30, 40, 40, 40])  # the larger, central one
    box, found = body.detect(picture, over_none)
    assert not found
    assert box[0] == pytest.approx([60, 40, 120, 80])
    assert face_above(np.zeros((0, 4)), over_small) is None


def test_missing_pictures_are_counted_and_the_remedy_is_named(films) -> None:
    assert with_pictures(films) is films
    for person in films.annotations[1:]:
        person.image.unlink()
    with pytest.raises(
        DataError, match=r"flic train: 2 of 3 pictures are missing, the first of them .*1\.png; unpack"
    ):
        with_pictures(films)


def test_the_papers_recipe_for_flic_is_the_papers() -> None:
    """Sections 3.1 and 4.1: a face-based box, sigma 1.0, three stages, 3987 x 40 x 2 x 10 samples."""
    pytest.importorskip("torch")
    from deeppose.training import recipes

    recipe = recipes.get("flic-paper")
    assert (recipe.sigma, len(recipe.stages), recipe.held_out) == (1.0, 3, 50)
    assert recipe.data == (("flic", "train", "face"),)
    assert [s.samples for s in recipe.stages[1:]] == [3987 * 40 * 2 * 10] * 2
    same = recipes.get("lsp-paper")
    assert recipe.augment == same.augment
    assert [(s.config, s.lr, s.batch) for s in recipe.stages] == [
        (s.config, s.lr, s.batch) for s in same.stages
    ]
    assert not recipes.get("flic-compact").augment.tumble


@pytest.mark.realdata
def test_flic_with_its_frames(data_root: Path, golden_root: Path) -> None:
    """The authors' file and the observer-centric one: the same people, sides exchanged for those seen from behind."""
    if not (data_root / "flic").is_dir():
        pytest.skip(f"{data_root}/flic does not exist: FLIC's frames are not at hand")
    for split, people, behind in (("train", 3987, 199), ("test", 1016, 48)):
        ours = with_pictures(read("flic", data_root, split))
        theirs = read("flic", golden_root / "flic-joints-oc.mat", split)
        assert (len(ours), ours.labels, theirs.labels) == (people, "PC", "OC")
        apart = np.abs(ours.joints() - theirs.joints()).max(-1) > 1e-6
        swapped = np.abs(ours.joints()[:, FLIC.mirror] - theirs.joints()).max(-1) < 1e-6
        assert apart.any(1).sum() == behind
        body = [i for i, joint in enumerate(FLIC.joints) if "eye" not in joint]
        assert swapped[apart.any(1)][:, body].all()
