"""How a face box becomes a body box: the paper's "fixed scaler" (section 4.1), fitted once and kept in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.errors import ConfigError, DataError, ModelError
from deeppose.files import read_json, write
from deeppose.types import Floats, Mask

FORMAT = 1
SHARE = 0.95
"""Share of training people whose labelled joints the enlarged box contains. The paper's words mean 1; a few upside-down
people and wrong faces would then decide the size of everyone's box."""

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
        return _numbers(Enlargement(**entries[detector]))
    except (TypeError, ValueError) as error:
        raise ModelError(f"{path}: {error}; {remedy}") from error


def _numbers(enlargement: Enlargement) -> Enlargement:
    """An enlargement whose two numbers are numbers, which a file may have made texts."""
    for name in ("scaler", "offset"):
        value = getattr(enlargement, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ValueError(f"{name} is {value!r}, not a number")
    return enlargement


def write_enlargement(path: Path, detector: str, enlargement: Enlargement) -> None:
    """Keep an enlargement under its detector's name; other detectors' stay."""
    entries = _read(path, "name another --out") if path.exists() else {}
    entries = {**entries, detector: asdict(enlargement)}
    write(path, json.dumps({"format": FORMAT, "detectors": entries}, indent=1) + "\n")


def _read(path: Path, remedy: str) -> Mapping[str, Any]:
    if not path.exists():
        raise ModelError(f"{path}: the face box's scaler is not there; {remedy}")
    try:
        said = read_json(path)
    except DataError as error:
        raise ModelError(f"{error}; {remedy}") from error
    entries = said.get("detectors") if isinstance(said, dict) and said.get("format") == FORMAT else None
    if not isinstance(entries, dict):
        raise ModelError(f"{path}: is not a file of face scalers of format {FORMAT}; {remedy}")
    return entries
