"""LSPet with its most suspect labels repaired: "lspet-repaired".

`assets/lspet-suspects.json` lists labels that two models contradict in the same way
(`tools/lspet_suspects.py`). Exchanged limbs are exchanged back; a misplaced joint loses its label. Only training
reads it: under the name "lspet" the data set stays as published.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.lsp import read_lspet
from deeppose.skeleton import LSP
from deeppose.types import Mask

SUSPECTS = Path(__file__).parents[1] / "assets" / "lspet-suspects.json"
"""Picture numbers, as in the file names, by finding; misplaced joints by picture number."""

GROUPS = {"arms": ("shoulder", "elbow", "wrist"), "legs": ("hip", "knee", "ankle")}
"""Joints whose sides are exchanged together."""


def read_lspet_repaired(root: Path, split: str) -> Dataset:
    """LSPet as `read_lspet` gives it, with the suspects' labels repaired."""
    dataset = read_lspet(root, split)
    return replace(dataset, name="lspet-repaired", annotations=[_repaired(a) for a in dataset.annotations])


def members(group: str) -> Mask:
    """(K,) which of LSP's joints belong to a group."""
    return np.array([joint.endswith(GROUPS[group]) for joint in LSP.joints])


@cache
def _suspects() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SUSPECTS.read_text())
    return found


def _repaired(person: Annotation) -> Annotation:
    number = int(person.image.stem.removeprefix("im"))
    source = _sources(number)
    lost = _suspects()["misplaced"].get(str(number), [])
    kept = np.array([joint not in lost for joint in LSP.joints])
    labelled = person.labelled[source] & kept
    joints = np.where(labelled[:, None], person.joints[source], 0.0)
    return replace(person, joints=joints, labelled=labelled, visible=person.visible[source] & kept)


def _sources(number: int) -> NDArray[np.int64]:
    """(K,) the joint whose label each joint of a picture gets: its own, or that of its other side."""
    sources = np.arange(len(LSP))
    for group in GROUPS:
        if number in _suspects()[f"{group} exchanged"]:
            sources = np.where(members(group), LSP.mirror, sources)
    return sources
