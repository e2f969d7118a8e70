"""An exported cascade as a start: its first stage's parameters, the joints of another skeleton by their names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from deeppose import skeleton_json
from deeppose.errors import ModelError
from deeppose.model.regressor import Regressor
from deeppose.skeleton import NEAR, Skeleton

PREFIX = "cascade.stages.0."
"""What the exporter calls the first stage's parameters."""

UNSURE = 2.0
"""Added to the log-scale of a joint the file does not know: seven times less sure."""


def load_first_stage(psi: Regressor, path: Path, skeleton: Skeleton) -> None:
    """Fill `psi` with the first stage of a file that `deeppose export` wrote; in use it answers as that stage does.

    Raises:
        ModelError: the file cannot be read, or its first stage is another network.
    """
    values, theirs = _read(path)
    state = psi.state_dict()
    for name in state:
        if name.endswith("num_batches_tracked"):
            continue
        value = _folded(name, values) if PREFIX + name not in values else values[PREFIX + name]
        value = (
            _by_names(value, theirs, skeleton) if name.startswith("votes.") and value is not None else value
        )
        if value is None or value.shape != state[name].shape:
            raise ModelError(f"{path}: its first stage has no {name} of shape {tuple(state[name].shape)}")
        state[name] = value
    psi.load_state_dict(state)


def _read(path: Path) -> tuple[dict[str, Tensor], Skeleton]:
    import onnx
    from onnx import numpy_helper

    try:
        model = onnx.load(str(path))
        meta = json.loads(next(p.value for p in model.metadata_props if p.key == "deeppose"))
        said = meta["skeleton"]
        theirs = skeleton_json.from_json(said) if isinstance(said, dict) else _known(said)
    except Exception as error:  # the parser's own errors, and whatever a file of others lacks
        raise ModelError(f"{path}: cannot be read as an exported cascade: {error!r}") from error
    arrays = {t.name.removesuffix(".half"): numpy_helper.to_array(t) for t in model.graph.initializer}
    floats = {name: a.astype(np.float32) for name, a in arrays.items() if a.dtype.kind == "f"}
    return {name: torch.from_numpy(array.copy()) for name, array in floats.items()}, theirs


def _known(name: str) -> Skeleton:
    from deeppose import skeleton

    return skeleton.get(name)


def _folded(name: str, values: dict[str, Tensor]) -> Tensor | None:
    """A batch norm's numbers where the exporter folded it into the convolution before it: that one's bias alone."""
    layer, _, what = name.rpartition(".")
    head, _, number = layer.rpartition(".")
    bias = values.get(f"{PREFIX}{head}.{int(number) - 1}.weight_bias") if number.isdigit() else None
    if bias is None:
        return None
    one = torch.ones_like(bias)
    slack = nn.BatchNorm2d(1).eps
    same = {"running_mean": 0 * one, "running_var": one, "weight": one * (1 + slack) ** 0.5, "bias": bias}
    return same.get(what)


def _by_names(votes: Tensor, theirs: Skeleton, ours: Skeleton) -> Tensor:
    """(5 K, ...) rows of votes for our joints; those the file lacks lie between two that it has, and are unsure."""
    rows = votes.reshape(len(theirs), 5, *votes.shape[1:])
    chosen = []
    for joint in ours.joints:
        known = joint in theirs.joints
        parts = (joint,) if known else NEAR[joint]
        row = rows[[theirs.index(part) for part in parts]].mean(0)
        if not known and votes.dim() == 1:
            row = row + torch.tensor([0, 0, 0, UNSURE, UNSURE])
        chosen.append(row)
    return torch.cat(chosen)
