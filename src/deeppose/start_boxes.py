"""What stage 1 looks at, for everyone of a data set: full image, stage 0's or a face-based box, or ground truth."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes, tight_box
from deeppose.data.datasets import with_pictures
from deeppose.data.images import read_image
from deeppose.errors import DataError
from deeppose.inference.finders.enlargement import SHARE, Enlargement, beside, fit_scaler, read_enlargement
from deeppose.inference.finders.face_body import FaceBodyDetector, body_box, own_face
from deeppose.inference.finders.faces import Faces, face_detector
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.shipped import locate
from deeppose.rectangles import grown
from deeppose.types import Floats

KINDS = ("full-image", "person", "face", "ground-truth")
"""What stands side by side. "given" is the data set's own box, where it has one; "own-face" lets the labels say whose
face is meant, and nothing else."""

FACES = ("face", "own-face")


@dataclass(frozen=True, eq=False)
class Start:
    """Where stage 1 starts for N people.

    Attributes:
        boxes: (N, 4) cx, cy, w, h in pixels.
        note: for the caption, empty where the kind says it all.
        fallbacks: people whose box is the full image because no face was found; None where no face is sought.
    """

    boxes: Floats
    note: str = ""
    fallbacks: int | None = None


def body_detector(model: Path | None, face_model: Path | None, face_box: Path | None) -> FaceBodyDetector:
    """The face-based detector fitted for a model.

    Args:
        model: the pose model: a file, a name, or None for the default.
        face_model: a YuNet file, None for scikit-image's detector.
        face_box: the file of its scaler, None for the one beside the model.

    Raises:
        ModelError: scikit-image, the face model or the scaler is missing; says what to do.
    """
    faces = face_detector(face_model)
    path = face_box or beside(locate(model))
    return FaceBodyDetector(read_enlargement(path, faces.name), faces)


def start(kind: str, dataset: Dataset, detector: FaceBodyDetector | None = None, grow: float = 1.0) -> Start:
    """The boxes of one of `KINDS`, of "own-face" or "given"; those of `FACES` need the detector.

    Args:
        kind: which.
        dataset: N people.
        detector: of faces.
        grow: how many times as long the sides of the data set's own boxes are made, for "given".

    Raises:
        DataError: pictures are missing.
        ImageError: a picture is unreadable.
    """
    files = [person.image for person in with_pictures(dataset).annotations]
    if kind == "full-image":
        return Start(full_image_boxes(files))
    if kind == "ground-truth":
        return _checked(tight_box(dataset.joints(), dataset.labelled()), dataset, "")
    if kind == "given":
        return _given(dataset, grow)
    if kind == "person":
        find = PersonFinder()
        found = [find(file)[0] for file in tqdm(files, desc="people", unit="picture", file=sys.stderr)]
        return Start(np.stack(found), "the most prominent person's box, by stage 0")
    assert detector is not None
    if kind == "own-face":
        faces, which = own_faces(dataset, detector.faces), "the person's own face, chosen by the labels,"
        enlarged = [_enlarged(detector, *pair) for pair in zip(faces, full_image_boxes(files), strict=True)]
    else:
        people = tqdm(dataset.annotations, desc="faces", unit="person", file=sys.stderr)
        detected = [detector.detect(person.image, person.torso) for person in people]
        enlarged = [(box[0], seen) for box, seen in detected]
        given = any(person.torso is not None for person in dataset.annotations)
        which = "the face over the given torso" if given else "main face"
    missed = sum(not seen for _, seen in enlarged)
    return Start(np.stack([box for box, _ in enlarged]), _told(detector, missed, len(files), which), missed)


def _given(dataset: Dataset, grow: float) -> Start:
    """The data set's own boxes, grown; of people without one, that of their joints."""
    tight = tight_box(dataset.joints(), dataset.labelled())
    own = [person.box for person in dataset.annotations]
    lacking = sum(box is None for box in own)
    if lacking == len(own):
        raise DataError(f"{dataset.name} gives no boxes of people: choose another --box")
    boxes = np.stack([t if box is None else grown(box, grow) for box, t in zip(own, tight, strict=True)])
    note = f"the data set's own boxes, grown by {grow:g}"
    if lacking:
        note += f"; {lacking} people have none: the ground-truth box of their joints"
    return _checked(boxes, dataset, note)


def _checked(boxes: Floats, dataset: Dataset, note: str) -> Start:
    """No box below a pixel: whoever has one joint starts from the data set's own box, else from the full image."""
    small = np.flatnonzero((boxes[:, 2:] < 1).any(1))
    if not small.size:
        return Start(boxes, note)
    people = [dataset.annotations[n] for n in small]
    full = full_image_boxes([person.image for person in people])
    own = [f if p.box is None else p.box for p, f in zip(people, full, strict=True)]
    boxes = boxes.copy()
    boxes[small] = [f if (b[2:] < 1).any() else b for b, f in zip(own, full, strict=True)]
    told = f"{small.size} people have joints on one spot: the data set's own box, or the full image"
    return Start(boxes, "; ".join(n for n in (note, told) if n))


def _enlarged(detector: FaceBodyDetector, face: Floats, full: Floats) -> tuple[Floats, bool]:
    """A face (4,) of a picture whose full image is the box `full` (4,); zeros for none."""
    return body_box(face, detector.enlargement, (int(full[3]), int(full[2])))


def own_faces(dataset: Dataset, finder: Faces) -> Floats:
    """(N, 4) everyone's own face by their labels; zeros where it is not found.

    Raises:
        DataError: pictures are missing.
        ImageError: a picture is unreadable.
    """
    boxes = np.zeros((len(dataset), 4))
    for i, person in enumerate(
        tqdm(with_pictures(dataset).annotations, desc="faces", unit="person", file=sys.stderr)
    ):
        found = finder(read_image(person.image))
        face = own_face(found, person.joints, person.labelled, dataset.skeleton.joints)
        boxes[i] = 0 if face is None else face
    return boxes


def fit(dataset: Dataset, faces: Floats, share: float = SHARE) -> Enlargement:
    """The enlargement of training people's own faces (N, 4), named after them.

    Raises:
        DataError: nobody has a face and a labelled joint.
        ConfigError: a share outside (0, 1].
    """
    fitted = fit_scaler(faces, dataset.joints(), dataset.labelled(), share)
    return replace(fitted, dataset=f"{dataset.name} {dataset.split}")


def _told(detector: FaceBodyDetector, missed: int, people: int, which: str) -> str:
    e = detector.enlargement
    return (
        f"face box: {which} by {detector.faces.name}, {e.scaler:.2f} times as large and {e.offset:.2f} face "
        f"heights down (fitted on {e.dataset}, {e.people} people, {e.share:.0%} contained); "
        f"no face, full image: {missed} of {people} people"
    )
