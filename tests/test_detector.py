"""The face-based body detector: the fit against a plain search, containment, choice of face, files, fallback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from deeppose.cli import main
from deeppose.errors import ConfigError, DataError, ModelError
from deeppose.inference.finders import enlargement
from deeppose.inference.finders.enlargement import Enlargement, fit_scaler
from deeppose.inference.finders.face_body import FaceBodyDetector, main_face, own_face
from deeppose.inference.finders.faces import YunetFaces, face_detector
from deeppose.skeleton import BUFFY, FLIC, LSP


class Fixed:
    """A face detector that always finds the same faces."""

    name = "fixed"

    def __init__(self, *faces: tuple[float, float, float, float]) -> None:
        self.faces = np.array(faces, np.float64).reshape(-1, 4)

    def __call__(self, _: np.ndarray) -> np.ndarray:
        return self.faces


def crowd(people: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces (N, 4), joints (N, 14, 2) mostly below them, and a mask."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(10, 40, (people, 1)) * [1.0, 1.3]
    faces = np.concatenate([rng.uniform(50, 100, (people, 2)), size], axis=1)
    joints = faces[:, None, :2] + rng.normal([0, 4], [1.5, 2.0], (people, 14, 2)) * size[:, None]
    return faces, joints, rng.random((people, 14)) < 0.8


def contained(fit: Enlargement, faces: np.ndarray, joints: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """(N,) by a plain loop, all labelled joints lie in the enlarged box."""
    inside = []
    for face, pose, mask in zip(faces, joints, labelled, strict=True):
        cx, cy, w, h = fit(face)
        inside.append(
            all(
                abs(x - cx) <= w / 2 + 1e-9 and abs(y - cy) <= h / 2 + 1e-9
                for (x, y), m in zip(pose, mask, strict=True)
                if m
            )
        )
    return np.array(inside)


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_the_enlarged_box_contains_the_joints_of_that_share_and_no_smaller_one_does(share: float) -> None:
    faces, joints, labelled = crowd()
    fit = fit_scaler(faces, joints, labelled, share)
    assert contained(fit, faces, joints, labelled).mean() >= share
    for offset in np.arange(0, 15, 0.05):
        smaller = Enlargement(fit.scaler * 0.999, offset)
        assert contained(smaller, faces, joints, labelled).mean() < share


def test_a_known_person() -> None:
    """Feet 8 heights below the face's centre, head top half a height above it, hands 3 widths to the sides."""
    face = np.array([[100.0, 50.0, 10.0, 20.0]])
    joints = np.array([[[100.0, 40.0], [100.0, 210.0], [70.0, 100.0], [130.0, 100.0], [999.0, 999.0]]])
    fit = fit_scaler(face, joints, np.array([[True] * 4 + [False]]), 1.0)
    assert fit.scaler == pytest.approx(8.5)
    assert fit.offset == pytest.approx(3.75)
    np.testing.assert_allclose(fit(face), [[100, 125, 85, 170]])


def test_the_fit_knows_neither_place_nor_size_of_a_person() -> None:
    faces, joints, labelled = crowd()
    fit = fit_scaler(faces, joints, labelled)
    moved = fit_scaler(faces * 3 + [7, -5, 0, 0], joints * 3 + [7, -5], labelled)
    assert (moved.scaler, moved.offset) == pytest.approx((fit.scaler, fit.offset))


def test_people_without_a_face_are_counted_and_left_out() -> None:
    faces, joints, labelled = crowd()
    kept = fit_scaler(faces[10:], joints[10:], labelled[10:])
    faces[:10] = 0
    fit = fit_scaler(faces, joints, labelled)
    assert (fit.people, fit.of) == (30, 40)
    assert (fit.scaler, fit.offset) == (kept.scaler, kept.offset)
    with pytest.raises(DataError, match="nothing to fit"):
        fit_scaler(faces[:10], joints[:10], labelled[:10])
    with pytest.raises(ConfigError, match="share"):
        fit_scaler(faces, joints, labelled, 0.0)


def test_in_training_a_face_is_the_persons_own() -> None:
    for skeleton, head in ((LSP, "head_top"), (BUFFY, "neck"), (FLIC, "left_eye")):
        joints = np.full((len(skeleton), 2), 500.0)
        labelled = np.zeros(len(skeleton), bool)
        joints[skeleton.index(head)], labelled[skeleton.index(head)] = [40, 30], True
        faces = np.array([[200.0, 30, 60, 60], [44, 36, 20, 20]])
        np.testing.assert_array_equal(own_face(faces, joints, labelled, skeleton.joints), faces[1])
        assert own_face(faces[:1], joints, labelled, skeleton.joints) is None
        assert own_face(faces[:0], joints, labelled, skeleton.joints) is None


def test_at_test_size_and_centrality_choose_the_face() -> None:
    faces = np.array([[10.0, 10, 20, 20], [80, 50, 30, 30], [52, 50, 30, 30]])
    np.testing.assert_array_equal(main_face(faces, (100, 100)), faces[2])
    np.testing.assert_array_equal(main_face(faces[:2], (100, 100)), faces[1])


def test_a_box_is_the_enlarged_face_cut_at_the_picture_and_else_the_full_image() -> None:
    picture = np.zeros((200, 120, 3), np.uint8)
    body = FaceBodyDetector(Enlargement(4.0, 1.5), Fixed((60, 40, 20, 20)))
    boxes, found = body.detect(picture)
    assert found
    assert boxes.tolist() == [[60, 70, 80, 80]]
    body = FaceBodyDetector(Enlargement(10.0, 3.0), Fixed((60, 40, 20, 20)))
    assert body.detect(picture)[0].tolist() == [[60, 100, 120, 200]]
    boxes, found = FaceBodyDetector(Enlargement(10.0, 3.0), Fixed()).detect(picture)
    assert not found
    assert boxes.tolist() == [[60, 100, 120, 200]]


def test_the_file_keeps_a_scaler_a_detector(tmp_path: Path) -> None:
    path = enlargement.beside(tmp_path / "model.onnx")
    assert path.name == "model.face.json"
    one, two = Enlargement(9.5, 3.5, 0.95, 700, 1000, "lsp train"), Enlargement(8.0, 3.0)
    enlargement.write_enlargement(path, "lbp", one)
    enlargement.write_enlargement(path, "yunet", two)
    assert enlargement.read_enlargement(path, "lbp") == one
    assert enlargement.read_enlargement(path, "yunet") == two
    with pytest.raises(ModelError, match="no scaler for the face detector 'haar'"):
        enlargement.read_enlargement(path, "haar")
    with pytest.raises(ModelError, match="deeppose faces"):
        enlargement.read_enlargement(tmp_path / "other.face.json", "lbp")
    for text in ("{", "[]", '{"format": 2}', '{"format": 1, "detectors": {"lbp": {"size": 3}}}'):
        path.write_text(text)
        with pytest.raises(ModelError, match=r"model\.face\.json"):
            enlargement.read_enlargement(path, "lbp")


def test_the_default_detector_works_offline_and_finds_a_face() -> None:
    """scikit-image's own photograph of Eileen Collins comes inside its package."""
    data = pytest.importorskip("skimage.data")
    picture = data.astronaut()
    faces = face_detector()(picture[:300, 60:360])
    largest = main_face(faces, (300, 300))
    # Her face spans about x 170 to 275, y 65 to 205 of the whole picture.
    assert abs(largest[0] - 160) < 25
    assert abs(largest[1] - 125) < 40


def test_a_wrong_face_model_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such face model"):
        face_detector(tmp_path / "gone.onnx")
    with pytest.raises(ConfigError, match="YuNet"):
        face_detector("weights.pth")
    (tmp_path / "bad.onnx").write_bytes(b"hello")
    with pytest.raises(ModelError, match="not a YuNet model"):
        face_detector(tmp_path / "bad.onnx")


def test_fitting_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    from PIL import Image

    from deeppose.data import datasets
    from deeppose.data.annotation import Annotation, Dataset
    from deeppose.inference.finders import faces as detector_faces

    Image.new("RGB", (60, 90)).save(tmp_path / "a.png")
    joints = np.tile([[30.0, 40.0]], (14, 1))
    joints[LSP.index("head_top")], joints[LSP.index("neck")], joints[0] = [30, 5], [30, 15], [30, 80]
    mask = np.ones(14, bool)
    people = Dataset("lsp", "train", LSP, [Annotation(tmp_path / "a.png", joints, mask, mask)] * 3)
    monkeypatch.setattr(datasets, "read", lambda *_: people)
    monkeypatch.setattr(detector_faces, "face_detector", lambda _: Fixed((30, 10, 10, 10), (50, 80, 40, 40)))
    out = tmp_path / "m.face.json"
    assert main(["faces", "lsp", "--root", str(tmp_path), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["people"], said["of"], said["dataset"]) == (3, 3, "lsp train")
    # From the face's centre at 10: up to the head top at 5 and down to the ankle at 80, in heights of 10.
    assert said["scaler"] == pytest.approx(7.5)
    assert said["offset"] == pytest.approx(3.25)
    assert enlargement.read_enlargement(out, "fixed").scaler == said["scaler"]


@pytest.mark.realdata
def test_yunet_finds_most_faces_of_lsp(data_root: Path) -> None:
    from deeppose.data import datasets
    from deeppose.data.images import read_image

    model = data_root.parent / "weights" / "yunet_n_320_320.onnx"
    if not model.is_file():
        pytest.skip(f"{model} is not at hand")
    people = datasets.read("lsp", data_root / "lsp", "train").annotations[:20]
    find = YunetFaces(model)
    found = [own_face(find(read_image(p.image)), p.joints, p.labelled, LSP.joints) for p in people]
    assert sum(face is not None for face in found) >= 10


def test_nothing_is_set_for_the_machine(tmp_path: Path) -> None:
    """OpenCV's log level is back as it was after a face model was opened."""
    import cv2

    level = cv2.utils.logging.getLogLevel()
    (tmp_path / "bad.onnx").write_bytes(os.urandom(100))
    with pytest.raises(ModelError):
        face_detector(tmp_path / "bad.onnx")
    assert cv2.utils.logging.getLogLevel() == level
