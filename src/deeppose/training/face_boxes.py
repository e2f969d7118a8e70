"""The initial box of FLIC in training: everyone's own face, enlarged to the body's box (paper, section 4.1)."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.boxes import BoxRule
from deeppose.files import write
from deeppose.inference.finders.enlargement import write_enlargement
from deeppose.inference.finders.face_body import body_box
from deeppose.inference.finders.faces import Faces
from deeppose.start_boxes import fit, own_faces
from deeppose.types import Floats

FACE_BOX = "face.json"
"""In a run's folder: the scaler its boxes were made with, which `deeppose export` lays beside the model."""


def face_rule(dataset: Dataset, finder: Faces, out: Path | None = None) -> BoxRule:
    """The box rule "face": the scaler is determined on these people; whoever's face is not found gets the full image.

    Args:
        dataset: the training people.
        finder: a face detector.
        out: the run's folder, where the faces found and the scaler are kept.

    Raises:
        DataError: pictures are missing, or no face is found at all.
        ImageError: a picture is unreadable.
    """
    faces = _found(dataset, finder, out)
    enlargement = fit(dataset, faces)
    if out is not None:
        write_enlargement(out / FACE_BOX, finder.name, enlargement)
    missed = len(faces) - enlargement.people
    print(
        f"face boxes by {finder.name}: {enlargement.scaler:.2f} times the face, {enlargement.offset:.2f} face heights "
        f"down; no face, full image: {missed} of {len(faces)} people",
        file=sys.stderr,
    )
    own = dict(zip(dataset.annotations, faces, strict=True))

    def rule(annotation: Annotation, size: tuple[int, int]) -> Floats:
        return body_box(own[annotation], enlargement, (size[1], size[0]))[0]

    return rule


def _found(dataset: Dataset, finder: Faces, out: Path | None) -> Floats:
    """Everyone's own face (N, 4), found once a run: a resumed run reads them again."""
    if out is None:
        return own_faces(dataset, finder)
    path = out / f"faces-{dataset.name}-{dataset.split}-{finder.name}.npy"
    if path.exists():
        kept = _kept(path)
        if kept is not None and len(kept) == len(dataset):
            return kept
    faces = own_faces(dataset, finder)
    write(path, lambda file: np.save(file, faces))
    return faces


def _kept(path: Path) -> Floats | None:
    """What an earlier run kept; None where that is damaged, so that the faces are found again."""
    try:
        kept = np.asarray(np.load(path, allow_pickle=False), np.float64)
    except (OSError, ValueError, EOFError):
        return None
    return kept if kept.ndim == 2 and kept.shape[1] == 4 else None
