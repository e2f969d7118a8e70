"""Skeletons: the only room that knows a joint's name.

Everything else works on arrays `(..., K, 2)` whose joint axis follows `Skeleton.joints`.
"""

from deeppose.skeleton.angles import Angle
from deeppose.skeleton.known import BODY, BOX, BUFFY, COCO, FLIC, LSP, MPII, NEAR, SKELETONS, get
from deeppose.skeleton.names import other_side, pairs_by_name, sideless
from deeppose.skeleton.shares import AIR, BODY_SHARE, DIAMETER_FLOOR
from deeppose.skeleton.value import Limb, Skeleton, build, from_edges

__all__ = [
    "AIR", "BODY", "BODY_SHARE", "BOX", "BUFFY", "COCO", "DIAMETER_FLOOR", "FLIC", "LSP", "MPII", "NEAR", "SKELETONS",
    "Angle", "Limb", "Skeleton", "build", "from_edges", "get", "other_side", "pairs_by_name", "sideless",
]  # fmt: skip
