"""What every data-set reader returns: one `Annotation` a person, in one convention.

Readers convert at the door and nowhere else: joints are x, y in pixels of the original picture with pixel
centres at +0.5 (the picture's corner is (0, 0)); masks are boolean; an unlabelled joint's coordinates are 0 and
mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deeppose.skeleton import Skeleton

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Annotation:
    """One labelled person.

    Attributes:
        image: the picture's file.
        joints: (K, 2) x, y in pixels.
        labelled: (K,) the joint has coordinates.
        visible: (K,) labelled and not occluded.
        box: (4,) cx, cy, w, h of the person where the data set gives one, else None.
        torso: (4,) the same of the torso (FLIC), else None.
        head: the length in pixels that PCKh divides by (MPII: 0.6 of the head box's diagonal), else None.
    """

    image: Path
    joints: Floats
    labelled: Mask
    visible: Mask
    box: Floats | None = None
    torso: Floats | None = None
    head: float | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Annotations of one split, and the protocol words a caption needs.

    Attributes:
        name: as on the command line, e.g. "lsp".
        split: one of the data set's own, e.g. "train" or "test", or "all".
        labels: "PC" (person-centric) or "OC" (observer-centric) left and right.
    """

    name: str
    split: str
    skeleton: Skeleton
    annotations: list[Annotation] = field(repr=False)
    labels: str = "PC"

    def __len__(self) -> int:
        return len(self.annotations)

    def joints(self) -> Floats:
        """(N, K, 2) pixels."""
        return np.stack([a.joints for a in self.annotations])

    def labelled(self) -> Mask:
        """(N, K)."""
        return np.stack([a.labelled for a in self.annotations])
