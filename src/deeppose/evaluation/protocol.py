"""What is measured, on whom: the two values every evaluation starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.data.annotation import Dataset
from deeppose.evaluation.joints import Diagonal, Sizes
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True)
class Protocol:
    """What a number means.

    Attributes:
        dataset: as on the command line, e.g. "lsp".
        split: e.g. "test".
        box: what stage 1 looked at: "full-image", "ground-truth", "detector", or "unknown" for foreign predictions.
        labels: "PC" or "OC" left and right.
        predictions: the model or the file.
        diagonal: the torso diagonal of PDJ.
        thresholds: of PDJ.
        notes: whatever else a reader must know, a sentence each.
    """

    dataset: str
    split: str
    box: str
    labels: str
    predictions: str
    diagonal: Diagonal = "first"
    thresholds: tuple[float, ...] = THRESHOLDS
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class People:
    """The truth, N people.

    Attributes:
        joints: (N, K, 2) pixels.
        labelled: (N, K).
        skeleton: of K joints.
        heads: head sizes for PCKh, where the data set gives them.
        pictures: (N,) a number of the picture each is in, to tell swaps between people; None if all are alone.
        given: (K,) joints the predictions have; None for all. Others are not counted, but the size of a person is
            measured on the data set's own labels, whatever is predicted.
        absent: (N, K) joints nobody predicted: wrong, and left out of end-point errors; None for none.
        areas: (N,) square pixels for OKS, where the data set gives them.
    """

    joints: Floats
    labelled: Mask
    skeleton: Skeleton
    heads: Sizes | None = None
    pictures: NDArray[np.int64] | None = None
    given: Mask | None = None
    absent: Mask | None = None
    areas: Floats | None = None

    @property
    def counted(self) -> Mask:
        """(N, K) joints that are labelled and that the predictions could have."""
        return self.labelled if self.given is None else self.labelled & self.given


def people_of(dataset: Dataset) -> People:
    """The truth of a data set's split."""
    heads = np.array([a.head or 0.0 for a in dataset.annotations])
    sizes = (heads, heads > 0) if heads.any() else None
    _, pictures = np.unique([str(a.image) for a in dataset.annotations], return_inverse=True)
    return People(
        dataset.joints(), dataset.labelled(), dataset.skeleton, sizes, pictures, areas=_areas(dataset)
    )


def _areas(dataset: Dataset) -> Floats | None:
    """(N,) the file's areas, where everybody has one."""
    areas = [a.area for a in dataset.annotations]
    return None if None in areas else np.array(areas, np.float64)


def choose_diagonal(labelled: Mask, skeleton: Skeleton) -> Diagonal:
    """The skeleton's first diagonal, as in the paper; where nobody has it labelled, each person's first labelled."""
    a, b = skeleton.torso[0] if skeleton.torso else (0, 0)
    return "first" if (labelled[:, a] & labelled[:, b]).any() else "preferred"
