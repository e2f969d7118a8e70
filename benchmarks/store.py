"""What feeding the network costs: the store's crops as a share of a step, and against a per-sample loader.

    python benchmarks/store.py --root DATA [--people 2000]

Both pipelines make the same augmented 128 x 128 stage-1 samples of the same LSPet people in the same run: the store by
one batched crop, the peer as is usual, one picture at a time (read, warpAffine, normalise) in a `Dataset` behind a
`DataLoader` with one worker a core.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from deeppose.data import datasets, store
from deeppose.data.annotation import Annotation
from deeppose.data.images import read_image
from deeppose.model.cascade import Cascade
from deeppose.training import examples, loop, recipes
from deeppose.training.launch import launch
from deeppose.training.sources import person_box

BATCH = 64


class PerSample(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The conventional way: every sample read from disk and warped on its own."""

    def __init__(self, annotations: list[Annotation]) -> None:
        self.annotations = annotations

    def __len__(self) -> int:
        return len(self.annotations)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        a, rng = self.annotations[i], np.random.default_rng(i)
        picture = read_image(a.image)
        box = person_box(a, (0, 0))
        side = box[2:].max() * 1.3 ** rng.uniform(-1, 1)
        matrix = cv2.getRotationMatrix2D((box[0], box[1]), float(rng.normal() * 25), 128 / side)
        matrix[:, 2] += 64 - box[:2]
        crop = cv2.warpAffine(
            picture, matrix, (128, 128), flags=cv2.INTER_LINEAR, borderValue=(128, 128, 128)
        )
        joints = a.joints @ matrix[:, :2].T + matrix[:, 2]
        gain = rng.uniform(0.8, 1.2, 3)
        pixels = (crop.astype(np.float32) / 127.5 - 1) * gain.astype(np.float32)
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))), torch.from_numpy(
            joints / 128 - 0.5
        )


def median_seconds(function: Callable[[int], object], repeats: int = 12) -> float:
    """Median over `repeats` calls after two to warm up."""
    taken = []
    for i in range(repeats + 2):
        began = time.perf_counter()
        function(i)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[2:])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--people", type=int, default=2000)
    args = parser.parse_args()
    recipe = recipes.get("lsp-compact")
    people = [a for a in datasets.read("lspet", args.root, "train").annotations if a.labelled.sum() >= 2][
        : args.people
    ]
    began = time.perf_counter()
    resident = store.build(people, person_box, 1.25)
    built = time.perf_counter() - began
    cascade = Cascade(recipe.cascade())
    cascade.stages[0].trunk.freeze(recipe.stages[0].frozen)  # type: ignore[union-attr,operator]
    batch = examples.batches(cascade, 0, recipe, resident, None)
    fabric = launch("cpu", 1, "bf16-mixed")
    fit = loop.start(cascade.stages[0], recipe.stages[0])
    psi, optimizer = fabric.setup(fit.psi, fit.optimizer)
    ready = batch(0)
    feed = median_seconds(batch)
    update = median_seconds(lambda _i: loop._update(fabric, psi, optimizer, ready, "laplace"))
    loader = iter(DataLoader(PerSample(people), BATCH, shuffle=True, num_workers=os.cpu_count() or 1))
    usual = median_seconds(lambda _i: next(loader))
    result = {
        "decode_once_seconds_a_1000": 1000 * built / len(people),
        "store_ms_a_batch": 1000 * feed,
        "update_ms_a_batch": 1000 * update,
        "store_share_of_step": feed / (feed + update),
        "store_samples_a_second": BATCH / feed,
        "per_sample_loader_samples_a_second": BATCH / usual,
        "ratio": usual / feed,
        "machine": f"{os.cpu_count()} cores, torch {torch.__version__}, {torch.get_num_threads()} threads",
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
