"""Buffy Stickmen V3 (Ferrari et al., CVPR 2008): 748 frames of five episodes, one upper body each, as six sticks.

The files call an arm "left" that is on the picture's left. Observer-centric labels elsewhere (FLIC, LSP) name sides
as for someone who faces the camera, whose left is on the picture's right: the reader exchanges Buffy's sides, so
that one meaning holds for all data sets with the labels "OC".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deeppose.data.annotation import Annotation, Dataset
from deeppose.data.layout import locate
from deeppose.data.matlab import centred, variable
from deeppose.errors import DataError
from deeppose.files import read_bytes
from deeppose.skeleton import BUFFY
from deeppose.types import Floats

EPISODES = {"train": (3, 4), "test": (2, 5, 6)}
"""Episodes 2, 5 and 6 (276 frames) are the test set since the first release."""

TORSO, RIGHT_UPPER, LEFT_UPPER, RIGHT_LOWER, LEFT_LOWER, HEAD = range(6)


def read_buffy(root: Path, split: str) -> Dataset:
    """`data/buffy_s5eN_sticks.txt` and `images/buffy_s5eN_original/`; splits "train" (episodes 3, 4), "test".

    Hips are no part of the official release. They are labelled where `labels/buffy_s5eN_labels.mat`, distributed
    later, lies beside it; without them diam(y) is the torso stick.
    """
    data = locate(root, "buffy", "data/buffy_s5e2_sticks.txt").parent
    people = [person for episode in EPISODES[split] for person in _episode(data.parent, episode)]
    return Dataset("buffy", split, BUFFY, people, labels="OC")


def _episode(root: Path, episode: int) -> list[Annotation]:
    frames, ends = sticks(root / f"data/buffy_s5e{episode}_sticks.txt")
    joints = centred(np.concatenate([_upper_body(ends), np.ones((len(ends), 2, 2))], axis=1))
    labelled = np.repeat([[True] * 9 + [False] * 2], len(ends), axis=0)
    hips = root / f"labels/buffy_s5e{episode}_labels.mat"
    if hips.exists():
        # Rows 8, 9: left and right hip, as seen in the picture.
        joints[:, 9:] = centred(variable(hips, "labels")[8:10].transpose(2, 0, 1))
        labelled[:, 9:] = True
    joints[~labelled] = 0
    folder = root / f"images/buffy_s5e{episode}_original"
    first = 10**4 * episode  # the release goes by episode: 2 (test), 3, 4 (train), 5, 6
    return [
        Annotation(folder / f"{frame:06d}.jpg", xy, mask, mask, row=first + i)
        for i, (frame, xy, mask) in enumerate(zip(frames, joints, labelled, strict=True))
    ]


def sticks(path: Path) -> tuple[list[int], Floats]:
    """One episode's frame numbers and sticks (N, 6, 2 ends, 2), in MATLAB's pixels as in the file.

    Sticks: torso, the upper arm on the picture's left, on its right, the lower arms likewise, head.

    Raises:
        DataError: the file is missing or is not a frame number and six lines of four numbers, again and again.
    """
    try:
        numbers = np.array(read_bytes(path).split(), np.float64).reshape(-1, 25)
        frames = [int(frame) for frame in numbers[:, 0]]
    except (ValueError, OverflowError) as error:
        raise DataError(f"{path}: is not a stickmen file of Buffy V3: {error}") from error
    return frames, numbers[:, 1:].reshape(-1, 6, 2, 2)


def _upper_body(ends: Floats) -> Floats:
    """(N, 6, 2, 2) sticks to (N, 9, 2) joints, the first nine of the skeleton."""
    right = _hinge(ends[:, RIGHT_UPPER], ends[:, RIGHT_LOWER])
    left = _hinge(ends[:, LEFT_UPPER], ends[:, LEFT_LOWER])
    head_top, neck, pelvis = _hinge(ends[:, HEAD], ends[:, TORSO])
    return np.stack([head_top, neck, *right, *left, pelvis], axis=1)


def _hinge(first: Floats, second: Floats) -> tuple[Floats, Floats, Floats]:
    """Two sticks (N, 2, 2) that share a joint: the free end of the first, the joint, the free end of the second.

    Which end comes first differs from frame to frame, so the joint is the closest pair of ends, at their middle.
    """
    distance = np.linalg.norm(first[:, :, None] - second[:, None], axis=-1).reshape(-1, 4)
    i, j = np.divmod(distance.argmin(axis=1), 2)
    n = np.arange(len(first))
    return first[n, 1 - i], (first[n, i] + second[n, j]) / 2, second[n, 1 - j]
