"""The paper's body detector (section 4.1): a face, enlarged by a fixed scaler determined on training data.

"The detected face rectangle is enlarged by a fixed scaler. This scaler is determined on the training data such that
it contains all labeled joints." A face is at the top of a person, so the enlarged box is also moved down by a fitted
multiple of the face's height. No face: the full image.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.data.images import as_rgb
from deeppose.errors import ConfigError, DataError, ModelError
from deeppose.inference.detector_faces import Faces, face_detector

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FORMAT = 1
SHARE = 0.95
"""Share of training people whose labelled joints the enlarged box contains. The paper's words mean 1; a few upside-down
people and wrong faces would then decide the size of everyone's box."""

HEAD = ("head_top", "neck", "upper_neck", "nose", "left_eye", "right_eye", "left_ear", "right_ear")
"""Joints whose mean tells, in training data, which of several faces is the labelled person's."""

HEAD_ABOVE, HEAD_WITHIN = 0.95, 0.5
"""Where a face is over a given torso: so many of its heights above its centre, give or take so many."""

_OFFSETS = np.arange(0.0, 15.01, 0.05)


@dataclass(frozen=True)
class Enlargement:
    """How a face box becomes a body box.

    Attributes:
        scaler: the body box's sides over the face's.
        offset: from the face's centre down to the body box's, in heights of the face.
        share: of the training people, those whose labelled joints the box was made to contain.
        people: training people fitted on: those with a face.
        of: training people looked at.
        dataset: where they come from, e.g. "lsp train".
    """

    scaler: float
    offset: float
    share: float = SHARE
    people: int = 0
    of: int = 0
    dataset: str = ""

    def __call__(self, faces: Floats) -> Floats:
        """Body boxes (..., 4) of face boxes (..., 4), both cx, cy, w, h."""
        down = np.stack([np.zeros_like(faces[..., 3]), self.offset * faces[..., 3]], axis=-1)
        return np.concatenate([faces[..., :2] + down, self.scaler * faces[..., 2:]], axis=-1)


def fit_scaler(face_boxes: Floats, joints: Floats, labelled: Mask, share: float = SHARE) -> Enlargement:
    """The smallest scaler, over all offsets, whose boxes contain all labelled joints of a share of people.

    No sideways offset is fitted: training people are mirrored, so left and right count alike.

    Args:
        face_boxes: (N, 4) cx, cy, w, h of each person's own face.
        joints: (N, K, 2) pixels.
        labelled: (N, K).
        share: in (0, 1]; 1 is the paper's reading.

    Raises:
        DataError: nobody has a face and a labelled joint.
        ConfigError: a share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise ConfigError(f"share {share}: of the training people, more than 0 and at most 1")
    usable = labelled.any(1) & (face_boxes[:, 2:] > 0).all(1)
    if not usable.any():
        raise DataError("no person has both a face found and a labelled joint: nothing to fit the scaler on")
    away = (joints - face_boxes[:, None, :2])[usable] / face_boxes[usable, None, 2:]
    seen = labelled[usable]
    side = np.where(seen, np.abs(away[..., 0]), 0.0).max(1)
    low = np.where(seen, away[..., 1], np.inf).min(1)
    high = np.where(seen, away[..., 1], -np.inf).max(1)
    # (offsets, people): half the scaler each person needs at each offset.
    reach = np.maximum(side, np.maximum(high - _OFFSETS[:, None], _OFFSETS[:, None] - low))
    needed = 2 * np.quantile(reach, share, axis=1, method="inverted_cdf")
    best = int(needed.argmin())
    offset, people = float(_OFFSETS[best].round(2)), int(usable.sum())
    return Enlargement(float(needed[best]), offset, share, people, len(face_boxes))


def own_face(faces: Floats, joints: Floats, labelled: Mask, names: tuple[str, ...]) -> Floats | None:
    """In training data: the face (4,) nearest the labelled person's head, if its centre is within its own diagonal.

    Args:
        faces: (F, 4).
        joints: (K, 2), labelled (K,) and named by `names`.
    """
    head = [i for i, name in enumerate(names) if name in HEAD and labelled[i]]
    if not head or not len(faces):
        return None
    distance = np.linalg.norm(faces[:, :2] - joints[head].mean(0), axis=1)
    nearest = int(distance.argmin())
    return faces[nearest] if distance[nearest] <= np.hypot(*faces[nearest, 2:]) else None


def main_face(faces: Floats, size: tuple[int, int]) -> Floats:
    """Of several faces the one that is large and central. Which one is labelled nobody may know at test time.

    The greatest area times (1 - d), d the distance from the picture's centre in shares of its sides. Among LSP's
    training people with their own face found, that is the own one in 96 %; the largest in 94, the most central in 93.

    Args:
        faces: (F, 4), F >= 1.
        size: (H, W) of the picture.
    """
    sides = np.array([size[1], size[0]])
    away = np.linalg.norm((faces[:, :2] - sides / 2) / sides, axis=1)
    return np.asarray(faces[(faces[:, 2] * faces[:, 3] * (1 - away)).argmax()])


def face_above(faces: Floats, torso: Floats) -> Floats | None:
    """The face (4,) over a torso (4,) that the data set gives, or None where there is none.

    Over FLIC's torso boxes, which are a detector's, the eyes of its training people are 0.95 heights of the torso above
    its centre, 99 % of them within 0.39 heights of that place.

    Args:
        faces: (F, 4).
    """
    if not len(faces):
        return None
    distance = np.linalg.norm(faces[:, :2] - torso[:2] + [0, HEAD_ABOVE * torso[3]], axis=1)
    nearest = int(distance.argmin())
    return faces[nearest] if distance[nearest] <= HEAD_WITHIN * torso[3] else None


class FaceBodyDetector:
    """A face enlarged to the body's box and cut at the picture's edges: the main face, or the one over a given torso.

    Args:
        enlargement: as fitted on training data with the same face detector.
        faces: a face detector; by default the one of scikit-image.
    """

    def __init__(self, enlargement: Enlargement, faces: Faces | None = None) -> None:
        self.enlargement, self.faces = enlargement, faces or face_detector()

    def detect(
        self, image: NDArray[np.uint8] | str | Path, torso: Floats | None = None
    ) -> tuple[Floats, bool]:
        """The box (1, 4) cx, cy, w, h in pixels, and whether a face was found; without one it is the full image.

        Args:
            torso: (4,) the box of the torso of the person meant, where the data set says at test time who that is.

        Raises:
            ImageError: the picture cannot be read.
        """
        picture = as_rgb(image)
        size = picture.shape[0], picture.shape[1]
        face = chosen_face(self.faces(picture), size, torso)
        box, found = body_box(face, self.enlargement, size)
        return box[None], found


def chosen_face(faces: Floats, size: tuple[int, int], torso: Floats | None = None) -> Floats | None:
    """Of faces (F, 4) in a picture of `size` (H, W) the one over the torso if one is given, else the main one."""
    if torso is not None:
        return face_above(faces, torso)
    return main_face(faces, size) if len(faces) else None


def body_box(face: Floats | None, enlargement: Enlargement, size: tuple[int, int]) -> tuple[Floats, bool]:
    """The body's box (4,) of a face (4,), cut at the edges of a picture of `size` (H, W), and whether it is one.

    Without a face, or where hardly a pixel is left, it is the full image.
    """
    height, width = size
    if face is not None and (face[2:] > 0).all():
        box = _within(enlargement(face), width, height)
        if (box[2:] >= 1).all():
            return box, True
    return np.array([width / 2, height / 2, width, height], np.float64), False


def beside(model: Path) -> Path:
    """The file of enlargements that belongs to a model: `model.onnx` -> `model.face.json`."""
    return model.with_suffix(".face.json")


def read_enlargement(path: Path, detector: str) -> Enlargement:
    """The enlargement fitted with that face detector.

    Raises:
        ModelError: no such file, not one of ours, or not fitted with this detector; says how to fit it.
    """
    model = " --face-model FILE" if detector == "yunet" else ""
    remedy = f"fit it with `deeppose faces DATASET --root DIR --out {path}{model}`"
    entries = _read(path, remedy)
    if detector not in entries:
        raise ModelError(f"{path}: has no scaler for the face detector {detector!r}; {remedy}")
    try:
        return Enlargement(**entries[detector])
    except TypeError as error:
        raise ModelError(f"{path}: {error}; {remedy}") from error


def write_enlargement(path: Path, detector: str, enlargement: Enlargement) -> None:
    """Keep an enlargement under its detector's name; other detectors' stay."""
    entries = _read(path, "name another --out") if path.exists() else {}
    entries = {**entries, detector: asdict(enlargement)}
    try:
        path.write_text(json.dumps({"format": FORMAT, "detectors": entries}, indent=1) + "\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}; choose another") from error


def _read(path: Path, remedy: str) -> Mapping[str, Any]:
    try:
        said = json.loads(path.read_text())
    except OSError as error:
        raise ModelError(f"{path}: the face box's scaler is not there; {remedy}") from error
    except ValueError as error:
        raise ModelError(f"{path}: is not JSON: {error}; {remedy}") from error
    entries = said.get("detectors") if isinstance(said, dict) and said.get("format") == FORMAT else None
    if not isinstance(entries, dict):
        raise ModelError(f"{path}: is not a file of face scalers of format {FORMAT}; {remedy}")
    return entries


def _within(box: Floats, width: float, height: float) -> Floats:
    """The part of a box inside the picture: labelled joints lie there, and there is nothing to see beyond."""
    low = np.clip(box[:2] - box[2:] / 2, 0, [width, height])
    high = np.clip(box[:2] + box[2:] / 2, 0, [width, height])
    return np.concatenate([(low + high) / 2, high - low])
