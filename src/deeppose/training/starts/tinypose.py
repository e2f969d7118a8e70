"""A trained PP-TinyPose (PaddleDetection) to start a `LiteNet` from: trunk, and heatmaps as the weights of votes."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from deeppose.errors import ModelError
from deeppose.skeleton import COCO, NEAR, Skeleton
from deeppose.training.starts.convolutions import Convolution, read_convolutions
from deeppose.training.starts.layers import fill, renormalise

SHARPNESS = 25.0
"""A heatmap peaks near 1, a vote's weight is the exponential of its logit: e^25 outvotes 3072 cells of background."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the channels it was trained with, in shares of 255; ours is x / 127.5 - 1, and the first layer takes it over."""


def load_tinypose(trunk: nn.Module, votes: nn.Conv2d, skeleton: Skeleton, path: Path) -> None:
    """Fill a Lite-HRNet and its votes from `tinypose_256x192.onnx`: untrained they answer as TinyPose does.

    Raises:
        ModelError: the file is missing or holds another network.
    """
    layers = [m for m in trunk.modules() if isinstance(m, nn.Conv2d)]
    found = read_convolutions(path)
    shapes = [tuple(layer.weight.shape) for layer in layers]
    if [weight.shape for weight, _ in found[:-1]] != shapes or found[-1][0].shape != (len(COCO), 40, 1, 1):
        raise ModelError(f"{path}: its convolutions are not those of PP-TinyPose 256 x 192")
    fill(layers, found)
    renormalise(layers[0], MEAN, DEVIATION, 0.5)
    _start_votes(votes, skeleton, found[-1])


def _start_votes(votes: nn.Conv2d, skeleton: Skeleton, head: Convolution) -> None:
    """The weight of a vote, of five numbers the first, from the heatmap of that joint; offsets stay near 0."""
    weight, bias = (torch.from_numpy(part.copy()) for part in head)
    assert votes.bias is not None
    for k, joint in enumerate(skeleton.joints):
        rows = [COCO.index(j) for j in ((joint,) if joint in COCO.joints else NEAR[joint])]
        votes.weight.data[5 * k] = SHARPNESS * weight[rows].mean(0)
        votes.bias.data[5 * k] = SHARPNESS * bias[rows].mean(0)
