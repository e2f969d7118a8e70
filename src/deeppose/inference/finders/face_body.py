"""The paper's body detector (section 4.1): a face, enlarged by a fixed scaler determined on training data.

"The detected face rectangle is enlarged by a fixed scaler. This scaler is determined on the training data such that
it contains all labeled joints." A face is at the top of a person, so the enlarged box is also moved down by a fitted
multiple of the face's height. No face: the full image.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data.images import as_rgb
from deeppose.inference.finders.enlargement import Enlargement
from deeppose.inference.finders.faces import Faces, face_detector
from deeppose.inference.found import Found
from deeppose.rectangles import corners
from deeppose.types import Floats, Mask

HEAD = ("head_top", "neck", "upper_neck", "nose", "left_eye", "right_eye", "left_ear", "right_ear")
"""Joints whose mean tells, in training data, which of several faces is the labelled person's."""

HEAD_ABOVE, HEAD_WITHIN = 0.95, 0.5
"""Where a face is over a given torso: so many of its heights above its centre, give or take so many."""


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

    def __call__(self, picture: NDArray[np.uint8]) -> Found:
        """One person below the main face, of score 1; without a face the full image, of score 0."""
        box, seen = self.detect(picture)
        return Found(box, np.array([float(seen)]))

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


def _within(box: Floats, width: float, height: float) -> Floats:
    """The part of a box inside the picture: labelled joints lie there, and there is nothing to see beyond."""
    low, high = (np.clip(corner, 0, [width, height]) for corner in corners(box))
    return np.concatenate([(low + high) / 2, high - low])
