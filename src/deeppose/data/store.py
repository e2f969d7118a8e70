"""The store: every picture decoded once and kept as tensors, so that training touches no file and no Python loop.

A batch is then an index tensor; `model.geometry.crop` cuts stage-1 inputs, random crops and joint crops alike, on
whatever device the store lives on. 0.2 MB a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from deeppose.data.annotation import Annotation, Floats
from deeppose.data.boxes import BoxRule
from deeppose.data.canvas import SIZE, cut
from deeppose.data.images import read_image
from deeppose.data.mapping import Mapping


@dataclass(frozen=True)
class Store:
    """N people on one device, everything in canvas pixels.

    Attributes:
        canvases: (N, C, C, 3) uint8.
        joints: (N, K, 2).
        labelled: (N, K) bool.
        known: (N, K) whether labels say if the joint is in the picture, as they do of all joints they are asked for.
        boxes: (N, 4) people's boxes.
        origins, scales: (N, 2) and (N,): canvas = (picture - origin) * scale.
        sources: (N,) which of a recipe's data sets each is of, from 0.
    """

    canvases: Tensor
    joints: Tensor
    labelled: Tensor
    known: Tensor
    boxes: Tensor
    origins: Tensor
    scales: Tensor
    sources: Tensor

    def __len__(self) -> int:
        return len(self.canvases)

    def _map(self, function: Callable[[Tensor], Tensor]) -> Store:
        return Store(*(function(getattr(self, name)) for name in self.__dataclass_fields__))

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
    return Store(*(torch.cat([getattr(p, name) for p in parts]) for name in Store.__dataclass_fields__))


def full_image(annotation: Annotation, size: tuple[int, int]) -> Floats:
    """The box rule of LSP: the whole picture, "since the humans are relatively tightly cropped by design"."""
    del annotation
    return np.array([size[0] / 2, size[1] / 2, *size], dtype=np.float64)


def build(
    annotations: list[Annotation], box_rule: BoxRule, context: float, size: int = SIZE, jobs: int = 2
) -> Store:
    """Decode all pictures and lay each person's box, enlarged by `context`, on a canvas.

    Raises:
        ImageError: naming the first picture that cannot be read.
    """
    n, k = len(annotations), len(annotations[0].joints)
    canvases = torch.empty((n, size, size, 3), dtype=torch.uint8)
    joints, boxes = np.zeros((n, k, 2)), np.zeros((n, 4))
    origins, scales = np.zeros((n, 2)), np.zeros(n)

    def place(i: int) -> None:
        a = annotations[i]
        picture = read_image(a.image)
        box = box_rule(a, (picture.shape[1], picture.shape[0]))
        canvas = cut(picture, np.concatenate([box[:2], box[2:] * context]), size)
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
    return Store(canvases, pose, labelled, torch.ones_like(labelled), box, origin, scale, sources)
