"""DeepPose: human pose estimation by a cascade of regressors (Toshev & Szegedy, CVPR 2014).

    import deeppose
    poses = deeppose.load().predict("photo.jpg")
    print(poses.joints, poses.scores)  # (N, K, 2) pixels, (N, K) in [0, 1]

What is listed in `__all__` is the public interface. Each name is imported when first used, so that `import deeppose`
costs nothing and prediction never meets torch.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deeppose.errors import ConfigError, DataError, DeepPoseError, ImageError, ModelError

if TYPE_CHECKING:
    from deeppose.data.images import read_image
    from deeppose.inference.finders.person import PersonFinder
    from deeppose.inference.predictor import Predictor
    from deeppose.poses import Poses

__version__ = "0.1.0"

__all__ = [
    "ConfigError",
    "DataError",
    "DeepPoseError",
    "ImageError",
    "ModelError",
    "PersonFinder",
    "Poses",
    "Predictor",
    "__version__",
    "load",
    "read_image",
]

_LAZY = {
    "PersonFinder": "deeppose.inference.finders.person",
    "Poses": "deeppose.poses",
    "Predictor": "deeppose.inference.predictor",
    "read_image": "deeppose.data.images",
}


def load(
    model: str | Path | None = None,
    threads: int | None = None,
    device: str = "cpu",
    skeleton: str | None = None,
) -> Predictor:
    """The predictor of one model.

    Args:
        model: a file written by `deeppose export`, or the name of weights that ship ("flic-compact"); None for
            "body-compact".
        threads: CPU threads; None for the default.
        device: cpu, cuda (extra `cuda`) or openvino (extra `openvino`).
        skeleton: the joints to answer with, by name ("coco"), if the model has them; None for its own.

    Raises:
        ModelError: the model is missing or not one of ours.
        ConfigError: threads that are no number of 1 or more, or a device or joints that are not
            there.
    """
    from deeppose.inference.predictor import Predictor

    return Predictor(model, threads, device, skeleton)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'deeppose' has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
