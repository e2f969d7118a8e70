"""The known skeletons: a convenience, not a gate; every model and data set may bring its own."""

from __future__ import annotations

from dataclasses import replace

from deeppose.errors import unknown
from deeppose.skeleton.value import DIAGONALS, Skeleton, build

_ARMS = {
    "right_elbow-right_wrist": "lower arm", "left_elbow-left_wrist": "lower arm",
    "right_shoulder-right_elbow": "upper arm", "left_shoulder-left_elbow": "upper arm",
}  # fmt: skip
_LEGS = {
    "right_knee-right_ankle": "lower leg", "left_knee-left_ankle": "lower leg",
    "right_hip-right_knee": "upper leg", "left_hip-left_knee": "upper leg",
}  # fmt: skip
_TORSO = {"right_hip+left_hip-right_shoulder+left_shoulder": "torso"}
_TRUNK = "right_hip-left_hip right_shoulder-left_shoulder right_hip-right_shoulder left_hip-left_shoulder"

LSP = build(
    "lsp",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist neck head_top",
    {**_LEGS, **_ARMS, "neck-head_top": "head", **_TORSO},
    edges=_TRUNK + " neck-right_shoulder neck-left_shoulder",
)
FLIC = build(
    "flic",
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist left_hip right_hip left_eye right_eye",
    _ARMS | _TORSO,
    edges=f"{_TRUNK} right_eye-left_eye",
)
BUFFY = build(
    "buffy",
    "head_top neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist pelvis "
    "right_hip left_hip",
    {**_ARMS, "neck-head_top": "head", "pelvis-neck": "torso"},
    torso=(*DIAGONALS, ("neck", "pelvis")),
    edges="right_shoulder-left_shoulder",
)
MPII = build(
    "mpii",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist",
    {**_LEGS, **_ARMS, "upper_neck-head_top": "head", **_TORSO},
    edges="right_hip-pelvis pelvis-left_hip pelvis-thorax right_shoulder-thorax thorax-left_shoulder "
    "thorax-upper_neck",
)
COCO = build(
    "coco",
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle",
    {**_LEGS, **_ARMS, **_TORSO},
    edges=f"{_TRUNK} nose-left_eye nose-right_eye left_eye-right_eye left_eye-left_ear right_eye-right_ear "
    "left_ear-left_shoulder right_ear-right_shoulder",
)
BOX = replace(
    build(
        "box",
        "top bottom left_side right_side",
        {"top-bottom": "height", "left_side-right_side": "width"},
        torso=(("top", "bottom"), ("left_side", "right_side")),
    ),
    turned=(3, 2, 0, 1),  # the right edge comes to lie on top, the left one below
)
"""The middles of a person's box's four edges, as seen in the picture: a box is regressed as a pose is (stage 0)."""

BODY = build(
    "body",
    f"{' '.join(LSP.joints)} nose left_eye right_eye left_ear right_ear",
    {**_LEGS, **_ARMS, "neck-head_top": "head", **_TORSO},
    edges=f"{_TRUNK} neck-right_shoulder neck-left_shoulder nose-left_eye nose-right_eye left_eye-left_ear "
    "right_eye-right_ear",
)
"""LSP's joints in their order, then COCO's face: what the second weights find; LSP and COCO are views of it."""

NEAR = {
    "neck": ("left_shoulder", "right_shoulder"),
    "head_top": ("left_ear", "right_ear"),
    **dict.fromkeys(("nose", "left_eye", "right_eye", "left_ear", "right_ear"), ("neck", "head_top")),
}
"""Where a joint lies roughly, as the middle of two others: what a network that never saw it starts from."""

SKELETONS = {s.name: s for s in (LSP, FLIC, BUFFY, MPII, COCO, BODY, BOX)}
"""The known ones, by name: a convenience, not a gate; every model and data set may bring its own."""


def get(name: str) -> Skeleton:
    """The skeleton of that name.

    Raises:
        ConfigError: naming the nearest known one.
    """
    if name not in SKELETONS:
        raise unknown("skeleton", name, SKELETONS)
    return SKELETONS[name]
