"""Training the person detector: looks, answers, who answers for whom, an update; on one CPU or GPU, resumable."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from deeppose import files
from deeppose.errors import ModelError, TrainingError
from deeppose.training.checkpoint import unpickled
from deeppose.training.detector import looks
from deeppose.training.detector.assignment import assign, detection_loss
from deeppose.training.detector.looks import Looking
from deeppose.training.detector.material import Material
from deeppose.training.detector.network import PersonDetector, cells
from deeppose.training.detector.scenes import Scene
from deeppose.training.optimisation import decayed, moving_average
from deeppose.training.starts.rtmdet import load_rtmdet

FORMAT = 2
CHECKPOINT = "checkpoint.pt"

CHANGES = ("samples",)
"""Settings that a resumed run may have otherwise."""

DECAY = 0.5
"""The last part of the budget, in which the learning rate falls to zero. Before it the rate is constant, so that a run
may be given more samples when it is resumed."""


@dataclass(frozen=True)
class Settings:
    """How the detector is trained.

    Attributes:
        samples: looks learned from; a resumed run may have more.
        warmup: steps in which the learning rate rises.
        average: decay of the weights' moving average, which is what is kept.
    """

    samples: int = 16_000
    batch: int = 16
    lr: float = 5e-5
    weight_decay: float = 0.02
    warmup: int = 100
    average: float = 0.998
    seed: int = 0
    looking: Looking = field(default_factory=Looking)


Watch = Callable[["Training"], None]


class Training:
    """One run: network, optimizer, random looks.

    Args:
        material: what to learn from.
        start: RTMDet-nano's file, whose weights the network starts with.
        out: the run's folder; an unfinished run there goes on.
    """

    def __init__(
        self, settings: Settings, material: Material, start: Path, out: Path, device: str = "cpu"
    ) -> None:
        self.settings, self.material, self.device = settings, material, torch.device(device)
        self.path, self.step = out / CHECKPOINT, 0
        self.network = PersonDetector()
        self._rng = np.random.default_rng(settings.seed)
        if not self.path.exists():
            load_rtmdet(self.network, start)
        self.network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # as in `Run`
        self.averaged = AveragedModel(self.network, multi_avg_fn=moving_average(settings.average))
        self.optimizer = torch.optim.AdamW(
            decayed(self.network.parameters(), settings.weight_decay), settings.lr
        )
        self._cells = cells(settings.looking.side, settings.looking.side).to(self.device)
        if self.path.exists():
            self._resume()

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return math.ceil(self.settings.samples / self.settings.batch)

    def run(self, every: int, watch: Watch) -> PersonDetector:
        """Train to the end of the budget; save and call `watch` every so many steps. Returns the averaged network.

        Raises:
            TrainingError: the loss is no longer finite.
        """
        began, first = time.monotonic(), self.step
        bar = tqdm(
            total=self.steps,
            initial=first,
            desc="person-detector",
            unit="step",
            file=sys.stderr,
            mininterval=10,
        )
        self.network.train()
        while self.step < self.steps:
            loss = self._update()
            self.step += 1
            bar.update()
            if self.step % every == 0 or self.step == self.steps:
                self._check(loss)
                speed = (self.step - first) * self.settings.batch / (time.monotonic() - began)
                bar.set_postfix_str(f"loss {loss.item():.3f}, {speed:.1f} looks/s")
                self.save()
                watch(self)
                self.network.train()
        bar.close()
        return self.result()

    def result(self) -> PersonDetector:
        """The averaged network."""
        network = self.averaged.module
        assert isinstance(network, PersonDetector)
        return network

    def _update(self) -> Tensor:
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        pixels, people, known = self._batch()
        logits, boxes = self.network(pixels)
        loss = detection_loss(logits, boxes, assign(logits, boxes, people, known, self._cells))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        return loss.detach()

    def _rate(self) -> float:
        left = (self.steps - self.step) / (DECAY * self.steps)
        return self.settings.lr * min(1.0, left, (self.step + 1) / self.settings.warmup)

    def _batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """New looks: pixels (B, 3, H, W), boxes (B, M, 4), which of them are certain (B, M)."""
        drawn = [self._look() for _ in range(self.settings.batch)]
        people, known = zip(*(looks.packed(d.people, d.known) for d in drawn), strict=True)
        boxes = torch.from_numpy(np.stack(people)).to(self.device)
        most = max(1, int((boxes[..., 2] > boxes[..., 0]).sum(1).max()))
        sure = torch.from_numpy(np.stack(known)).to(self.device)
        return _normal(np.stack([d.pixels for d in drawn])).to(self.device), boxes[:, :most], sure[:, :most]

    def _look(self) -> Scene:
        return looks.draw(self.material.scenes, self.material.shares, self._rng, self.settings.looking)

    def _check(self, loss: Tensor) -> None:
        if not torch.isfinite(loss):
            raise TrainingError(
                f"person-detector: the loss is {loss.item()} at step {self.step}; lower the learning rate "
                f"(now {self.settings.lr:g}); the last checkpoint is intact"
            )

    def save(self) -> None:
        """Write the checkpoint, replacing the last one in one step."""
        state = {
            "format": FORMAT, "settings": asdict(self.settings), "step": self.step,
            "network": self.network.state_dict(), "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(), "random": self._rng.bit_generator.state,
        }  # fmt: skip
        files.write(self.path, lambda file: torch.save(state, file))

    def _resume(self) -> None:
        state = load(self.path)
        ours, theirs = asdict(self.settings), state["settings"]
        differ = sorted(k for k in ours if k not in CHANGES and not _same(ours[k], theirs.get(k)))
        if differ:
            raise ModelError(
                f"{self.path} belongs to another run (differs in: {', '.join(differ)}); name another --out"
            )
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self._rng.bit_generator.state = state["step"], state["random"]


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint of a detector.

    Raises:
        ModelError: there is none, or it is not one of ours.
    """
    state = unpickled(path)
    if not isinstance(state, dict) or state.get("format") != FORMAT or "averaged" not in state:
        raise ModelError(f"{path}: not a checkpoint of a person detector of format {FORMAT}")
    return state


def _same(ours: Any, theirs: Any) -> bool:
    """Equal but for tuples that a file made lists of."""
    return json.dumps(ours) == json.dumps(theirs)


def _normal(pixels: np.ndarray[Any, Any]) -> Tensor:
    """(B, H, W, 3) uint8 to (B, 3, H, W) of x / 127.5 - 1."""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)
