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
from deeppose.errors import ModelError
from deeppose.training.checkpoint import unpickled
from deeppose.training.detector import looks
from deeppose.training.detector.assignment import assign, detection_loss
from deeppose.training.detector.looks import Looking
from deeppose.training.detector.material import Material
from deeppose.training.detector.network import PersonDetector, centres
from deeppose.training.detector.scenes import Scene
from deeppose.training.loop import TrainingError, moving_average
from deeppose.training.starts.trunk import load_trunk

FORMAT = 1
CHECKPOINT = "checkpoint.pt"

CHANGES = ("samples", "frozen", "reuse", "pool")
"""Settings that a resumed run may have otherwise."""

MEASURED = 8
"""Looks on which the trunk's batch statistics are measured; they hold many thousand cells each."""

DECAY = 0.2
"""The last part of the budget, in which the learning rate falls to zero. Before it the rate is constant, so that a run
may be given more samples when it is resumed."""


@dataclass(frozen=True)
class Settings:
    """How the detector is trained.

    Attributes:
        samples: looks learned from, repeated ones counted; a resumed run may have more.
        warmup: steps in which the learning rate rises.
        frozen: trunk blocks held at their weights: 7, those up to stride 8, or 14, up to stride 16; a resumed run may
            hold fewer, and its optimizer then begins anew.
        reuse: how often a look is learned from; what the frozen blocks make of it is computed once.
        pool: looks kept to draw batches from.
        average: decay of the weights' moving average, which is what is kept.
    """

    samples: int = 100_000
    batch: int = 16
    lr: float = 2e-3
    weight_decay: float = 0.02
    warmup: int = 100
    frozen: int = 7
    reuse: int = 4
    pool: int = 768
    average: float = 0.998
    width: int = 96
    seed: int = 0
    looking: Looking = field(default_factory=Looking)


Watch = Callable[["Training"], None]


class Training:
    """One run: network, optimizer, the pool of looks.

    Args:
        material: what to learn from.
        trunk: a file whose network has MobileNetV2 for a trunk, to start from.
        out: the run's folder; an unfinished run there goes on.
    """

    def __init__(
        self, settings: Settings, material: Material, trunk: Path, out: Path, device: str = "cpu"
    ) -> None:
        self.settings, self.material, self.device = settings, material, torch.device(device)
        self.path, self.step, self.since = out / CHECKPOINT, 0, 0
        torch.manual_seed(settings.seed)
        self.network = PersonDetector(settings.width)
        self._rng = np.random.default_rng(settings.seed)
        if not self.path.exists():
            load_trunk(
                self.network.trunk, trunk, _normal(np.stack([self._look().pixels for _ in range(MEASURED)]))
            )
        self.network.trunk.freeze(settings.frozen)
        self.network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = AveragedModel(
            self.network, multi_avg_fn=moving_average(settings.average), use_buffers=True
        )
        self.optimizer = torch.optim.AdamW(_groups(self.network, settings.weight_decay), settings.lr)
        self._cells = centres(settings.looking.side, settings.looking.side).to(self.device)
        self._pool: list[tuple[Tensor, ...]] = []
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
        maps, people, known = self._batch()
        logits, boxes = self.network.go_on(maps, self.settings.frozen)
        loss = detection_loss(logits, boxes, assign(logits, boxes, people, known, self._cells))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        return loss.detach()

    def _rate(self) -> float:
        left = (self.steps - self.step) / (DECAY * self.steps)
        return self.settings.lr * min(1.0, left, (self.step - self.since + 1) / self.settings.warmup)

    def _batch(self) -> tuple[list[Tensor], Tensor, Tensor]:
        """The frozen blocks' maps (B, C, H, W), boxes (B, M, 4), which are certain (B, M), of the refreshed pool."""
        room = self.settings.pool - len(self._pool)
        fresh = max(1, round(self.settings.batch / self.settings.reuse))
        self._pool += self._fresh(min(room, 8 * fresh) if room else fresh)
        self._pool = self._pool[-self.settings.pool :]
        chosen = self._rng.choice(len(self._pool), min(self.settings.batch, len(self._pool)), replace=False)
        people, known, *maps = (
            torch.stack(parts) for parts in zip(*[self._pool[i] for i in chosen], strict=True)
        )
        most = max(1, int((people[..., 2] > people[..., 0]).sum(1).max()))
        maps = [m.float().contiguous(memory_format=torch.channels_last) for m in maps]
        return maps, people[:, :most], known[:, :most]

    @torch.no_grad()
    def _fresh(self, count: int) -> list[tuple[Tensor, ...]]:
        """New looks: boxes, which are certain, and what the frozen blocks see."""
        drawn = [self._look() for _ in range(count)]
        pixels = _normal(np.stack([d.pixels for d in drawn])).to(self.device)
        maps = [m.half().contiguous() for m in self.network.seen_by(pixels, self.settings.frozen)]
        labels = zip(*(looks.packed(d.people, d.known) for d in drawn), strict=True)
        people, known = (torch.from_numpy(np.stack(part)).to(self.device) for part in labels)
        return list(zip(people, known, *maps, strict=True))

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
            "format": FORMAT, "settings": asdict(self.settings), "step": self.step, "since": self.since,
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
        if theirs["frozen"] == ours["frozen"]:
            self.optimizer.load_state_dict(state["optimizer"])
        self.since = state.get("since", 0) if theirs["frozen"] == ours["frozen"] else state["step"]
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


def network_of(state: dict[str, Any]) -> PersonDetector:
    """The averaged network a checkpoint holds."""
    network = PersonDetector(state["settings"]["width"])
    prefix = "module."
    kept = {k.removeprefix(prefix): v for k, v in state["averaged"].items() if k.startswith(prefix)}
    network.load_state_dict(kept)
    return network.eval()


def _same(ours: Any, theirs: Any) -> bool:
    """Equal but for tuples that a file made lists of."""
    return json.dumps(ours) == json.dumps(theirs)


def _normal(pixels: np.ndarray[Any, Any]) -> Tensor:
    """(B, H, W, 3) uint8 to (B, 3, H, W) of x / 127.5 - 1."""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def _groups(network: PersonDetector, decay: float) -> list[dict[str, Any]]:
    """Biases, batch norm and other vectors are not decayed."""
    trained = [p for p in network.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": decay},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]
