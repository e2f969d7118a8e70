"""Checkpoints: everything a run needs to continue exactly, replaced atomically."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import torch

from deeppose import skeleton_json
from deeppose.errors import ModelError
from deeppose.files import write
from deeppose.model.cascade import Cascade, CascadeConfig, StageConfig
from deeppose.model.looks import EQUAL
from deeppose.training.settings import Recipe, StageRecipe

FORMAT = 1


def save(path: Path, recipe: Recipe, cascade: Cascade, stage: int, **more: Any) -> None:
    """Write a checkpoint beside the old one, then trade them in one step: a crash leaves the old one whole."""
    state = {
        "format": FORMAT,
        "recipe": json.dumps(described(recipe), sort_keys=True),
        "config": described(cascade.config),
        "cascade": cascade.state_dict(),
        "stage": stage,
        **more,
    }
    write(path, lambda file: torch.save(state, file))


def described(settings: Recipe | CascadeConfig) -> dict[str, Any]:
    """Settings as JSON holds them, the skeleton by value."""
    return {**asdict(settings), "skeleton": skeleton_json.to_json(settings.skeleton)}


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Raises:
        ModelError: there is none, or it is not one of ours.
    """
    state = unpickled(path)
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ModelError(f"{path}: not a checkpoint of format {FORMAT}; train again with this version")
    _widen(state["cascade"])
    return state


def unpickled(path: Path) -> Any:
    """What a file that torch wrote holds, tensors on the CPU and nothing that runs.

    Raises:
        ModelError: there is none, or it is not such a file.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such checkpoint") from error
    except Exception as error:
        raise ModelError(f"{path}: not a checkpoint of this program ({error})") from error


def _widen(parameters: dict[str, torch.Tensor]) -> None:
    """A calibration older than stage 1's part in every score gives it none; odds older than their fit are even."""
    slopes = parameters["calibration"]
    even = torch.tensor([0.0] * len(parameters["presence"]) + EQUAL).repeat(len(slopes), 1)
    parameters.setdefault("odds", even)
    if slopes.shape[1] == 3:
        parameters["calibration"] = torch.cat(
            [slopes[:, :2], torch.zeros_like(slopes[:, :1]), slopes[:, 2:]], dim=1
        )


def print_of(*tensors: torch.Tensor) -> str:
    """A short name for what tensors hold."""
    mixed = hashlib.sha256()
    for tensor in tensors:
        mixed.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return mixed.hexdigest()[:16]


def check_same(
    path: Path, state: dict[str, Any], recipe: Recipe, given: dict[str, Any] | None = None
) -> None:
    """Refuse to continue one recipe's run with another, or on other people.

    Args:
        given: what the run depends on beside the recipe; a checkpoint from before it was kept is not asked.

    Raises:
        ModelError: naming the settings that differ.
    """
    ours, theirs = (
        json.loads(json.dumps(described(recipe))),
        _with_defaults(json.loads(state["recipe"]), Recipe),
    )
    theirs["skeleton"] = skeleton_json.to_json(skeleton_json.from_json(theirs["skeleton"]))
    theirs["stages"] = [_with_defaults(stage, StageRecipe) for stage in theirs["stages"]]
    differ = sorted(key for key in ours if ours[key] != theirs.get(key))
    before = state.get("given") or {}
    differ += [key for key, value in (given or {}).items() if key in before and before[key] != value]
    if differ:
        raise ModelError(
            f"{path} belongs to another run (differs in: {', '.join(differ)}); name another --out, "
            "or give the same options to resume it"
        )


def check_people(path: Path, state: dict[str, Any], people: list[int]) -> None:
    """Refuse to continue a run with more or fewer people than it began with (`--limit`).

    Raises:
        ModelError: with both numbers.
    """
    began = state.get("people", people)
    if began != people:
        raise ModelError(
            f"{path}: this run has {began[0]} training and {began[1]} held-out people, not "
            f"{people[0]} and {people[1]}; give the same options to resume it, or name another --out"
        )


def _with_defaults(saved: dict[str, Any], kind: type[Recipe | StageRecipe]) -> dict[str, Any]:
    """Settings that are younger than the checkpoint had, without a name, the value that is now their default."""
    known = {field.name: field.default for field in fields(kind) if field.default is not MISSING}
    return {**json.loads(json.dumps(known, default=skeleton_json.to_json)), **saved}


def cascade_of(state: dict[str, Any]) -> Cascade:
    """The model a checkpoint holds, with the stages trained so far.

    Raises:
        ModelError: no stage is trained to its end yet.
    """
    if state["stage"] == 0:
        raise ModelError("no stage of this run is trained to its end yet; let `deeppose train` go on")
    config = dict(state["config"])
    stages = tuple(StageConfig(**s) for s in config.pop("stages"))
    skeleton = skeleton_json.from_json(config.pop("skeleton"))
    config.pop("doubt", None)  # of checkpoints from before odds were fitted
    cascade = Cascade(CascadeConfig(skeleton, stages, **config))
    cascade.load_state_dict(state["cascade"])
    return cascade.first(state["stage"])
