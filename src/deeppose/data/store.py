"""The store: every picture decoded once and kept as tensors, so that training touches no file and no Python loop.

A batch is then an index tensor; `model.geometry.crop` cuts stage-1 inputs, random crops and joint crops alike, on
whatever device the store lives on. 0.2 MB a person; where canvases are larger than `SIZE`, each person has their own
size of them, and a batch is as large as its largest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from deeppose.data.annotation import Annotation
from deeppose.data.boxes import BoxRule
from deeppose.data.canvas import FILL, SIZE, cut
from deeppose.data.images import read_image
from deeppose.data.mapping import Mapping
from deeppose.types import Floats

SLACK = 1.2
"""Ragged canvases show so much more than the context of a person's box, for looks that move and grow it."""


@dataclass(frozen=True)
class Ragged:
    """Canvases of different sides, (C, C, 3) uint8 each, of N people; choosing some copies none."""

    pictures: tuple[Tensor, ...]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Tensor) -> Ragged:
        return Ragged(tuple(self.pictures[i] for i in index.tolist()))

    @property
    def device(self) -> torch.device:
        """Where they all lie."""
        return self.pictures[0].device

    def to(self, device: torch.device | str) -> Ragged:
        """A copy on that device."""
        return Ragged(tuple(picture.to(device) for picture in self.pictures))

    def dense(self) -> Tensor:
        """(N, C, C, 3) of the largest side; mid-grey right of and below the smaller ones, whose corner stays (0, 0)."""
        side = max(len(picture) for picture in self.pictures)
        canvases = self.pictures[0].new_full((len(self), side, side, 3), FILL)
        for canvas, picture in zip(canvases, self.pictures, strict=True):
            canvas[: len(picture), : len(picture)] = picture
        return canvases


@dataclass(frozen=True)
class Store:
    """N people on one device, everything in canvas pixels.

    Attributes:
        canvases: (N, C, C, 3) uint8, or one of its own size for each of N people.
        joints: (N, K, 2).
        labelled: (N, K) bool.
        known: (N, K) whether labels say if the joint is in the picture, as they do of all joints they are asked for.
        boxes: (N, 4) people's boxes.
        origins, scales: (N, 2) and (N,): canvas = (picture - origin) * scale.
        sources: (N,) which of a recipe's data sets each is of, from 0.
    """

    canvases: Tensor | Ragged
    joints: Tensor
    labelled: Tensor
    known: Tensor
    boxes: Tensor
    origins: Tensor
    scales: Tensor
    sources: Tensor

    def __len__(self) -> int:
        return len(self.canvases)

    def _map(self, function: Callable[[Any], Any]) -> Store:
        return Store(*(function(getattr(self, name)) for name in self.__dataclass_fields__))

    def dense(self) -> Tensor:
        """(N, C, C, 3) canvases of one size: of a batch, not of everyone."""
        return self.canvases.dense() if isinstance(self.canvases, Ragged) else self.canvases

    def to(self, device: torch.device | str) -> Store:
        """A copy on that device."""
        return self._map(lambda t: t.to(device))

    def subset(self, index: Tensor) -> Store:
        """The people at `index`, (M,) long."""
        return self._map(lambda t: t[index.to(t.device)])

    def in_terms_of(self, mapped: Mapping) -> Store:
        """The same people in another skeleton's joints; of joints that theirs lacks nothing is known."""
        pose, labels, asked = (t.cpu().numpy() for t in (self.joints.double(), self.labelled, self.known))
        joints, labelled = mapped(pose, labels)
        _, known = mapped(pose, asked)
        return replace(
            self,
            joints=torch.from_numpy(joints).to(self.joints),
            labelled=torch.from_numpy(labelled).to(self.labelled),
            known=torch.from_numpy(known).to(self.known),
        )

    def to_picture(self, points: Tensor) -> Tensor:
        """Canvas points (N, ..., 2) to picture pixels."""
        shape = (-1, *[1] * (points.dim() - 2))
        return points / self.scales.view(*shape, 1) + self.origins.view(*shape, 2)


def concatenate(stores: Iterable[Store]) -> Store:
    """The people of several stores, in order."""
    parts = list(stores)
    return Store(*(_joined([getattr(p, name) for p in parts]) for name in Store.__dataclass_fields__))


def _joined(parts: list[Any]) -> Any:
    if not any(isinstance(part, Ragged) for part in parts):
        return torch.cat(parts)
    return Ragged(tuple(picture for part in parts for picture in getattr(part, "pictures", part)))


def full_image(annotation: Annotation, size: tuple[int, int]) -> Floats:
    """The box rule of LSP: the whole picture, "since the humans are relatively tightly cropped by design"."""
    del annotation
    return np.array([size[0] / 2, size[1] / 2, *size], dtype=np.float64)


def build(
    annotations: list[Annotation], box_rule: BoxRule, context: float, size: int = SIZE, jobs: int = 2
) -> Store:
    """Decode all pictures and lay each person's box, enlarged by `context`, on a canvas.

    Args:
        size: of every canvas; the most of ragged ones if it is above `SIZE`.

    Raises:
        ImageError: naming the first picture that cannot be read.
    """
    n, k = len(annotations), len(annotations[0].joints)
    canvases: list[Tensor] = [torch.empty(0)] * n
    joints, boxes = np.zeros((n, k, 2)), np.zeros((n, 4))
    origins, scales = np.zeros((n, 2)), np.zeros(n)

    def place(i: int) -> None:
        a = annotations[i]
        picture = read_image(a.image)
        box = box_rule(a, (picture.shape[1], picture.shape[0]))
        side = size if size <= SIZE else min(size, math.ceil(box[2:].max() * context * SLACK))
        canvas = cut(picture, np.concatenate([box[:2], box[2:] * context]), side)
        canvases[i] = torch.from_numpy(canvas.pixels)
        joints[i], boxes[i] = canvas.to_canvas(a.joints), canvas.box_to_canvas(box)
        origins[i], scales[i] = canvas.origin, canvas.scale

    with ThreadPoolExecutor(jobs) as pool:
        for _ in tqdm(pool.map(place, range(n)), total=n, desc="decoding", unit="img", disable=None):
            pass
    labelled = torch.from_numpy(np.stack([a.labelled for a in annotations]))
    joints[~labelled.numpy()] = 0
    pose, box, origin, scale = (torch.from_numpy(x).float() for x in (joints, boxes, origins, scales))
    sources = torch.zeros(n, dtype=torch.long)
    laid = torch.stack(canvases) if size <= SIZE else Ragged(tuple(canvases))
    return Store(laid, pose, labelled, torch.ones_like(labelled), box, origin, scale, sources)
