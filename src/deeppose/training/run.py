"""A whole run: stages in order, each trained on displacements of the one before (paper, section 3.2)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from deeppose.data.store import Store
from deeppose.errors import ConfigError
from deeppose.files import lock
from deeppose.inference import shipped
from deeppose.model import geometry
from deeppose.model.cascade import Cascade
from deeppose.model.displacement import Displacements
from deeppose.model.regressor import Estimate, Regressor
from deeppose.training import checkpoint, examples, loop, validation
from deeppose.training.calibration import calibrate
from deeppose.training.interrupts import SAVE_SECONDS, Guard
from deeppose.training.logs import Logs
from deeppose.training.observed import observe
from deeppose.training.settings import Recipe
from deeppose.training.sources import of_stage
from deeppose.training.starts import FileStart
from deeppose.training.starts.exported import load_first_stage
from deeppose.training.views import plain
from deeppose.training.weighing import weigh

CHECKPOINT = "checkpoint.pt"

Watch = Callable[[int, int, Callable[[Store], Estimate]], None]
"""Called at each validation with the stage (from 1), the samples it has seen, and a predictor of its poses."""


@dataclass
class Run:
    """One training run in its folder.

    Attributes:
        out: holds checkpoint.pt, log.csv and TensorBoard events; displacement statistics are in the checkpoint.
        train, held_out: people, on the training device.
        portraits: people who are cut off, on any device; wanted once, when the scores are fitted.
        validate_every: steps, a multiple of `loop.LOOK_EVERY`.
        save_seconds: between two checkpoints; a signal to stop saves at once.
        watch: looks on at each validation, for a learning curve on other people.
    """

    recipe: Recipe
    fabric: Fabric
    out: Path
    train: Store
    held_out: Store
    trunk: Path | None = None
    portraits: Store | None = None
    validate_every: int = 500
    save_seconds: float = SAVE_SECONDS
    watch: Watch | None = None

    def __post_init__(self) -> None:
        self.path = self.out / CHECKPOINT
        torch.manual_seed(self.recipe.seed)
        # Every stage in one memory format from the start: a resumed run then computes with the same kernels.
        self.cascade = Cascade(self.recipe.cascade()).to(self.fabric.device)
        # torch's annotations do not know `to` with a memory format alone; its documentation does.
        self.cascade.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.done = 0
        self.displacements: list[Displacements] = []
        self._resumed: dict[str, Any] | None = None
        if self.path.exists():
            self._resume(checkpoint.load(self.path))

    def _resume(self, state: dict[str, Any]) -> None:
        checkpoint.check_people(self.path, state, self._people())
        checkpoint.check_same(self.path, state, self.recipe, self._given())
        self.cascade.load_state_dict(state["cascade"])
        self.done, self._resumed = state["stage"], state["fit"]
        self.displacements = [Displacements(*d).to(self.fabric.device) for d in state["displacements"]]

    def _people(self) -> list[int]:
        """How many are trained on and held out: fewer or more make another run."""
        return [len(self.train), len(self.held_out)]

    def _given(self) -> dict[str, Any]:
        """What a run depends on beside its recipe, for whoever goes on with it."""
        people = {"training people": self.train, "held-out people": self.held_out}
        said = {name: checkpoint.print_of(p.joints, p.boxes) for name, p in people.items()}
        return {**said, "trunk": None if self.trunk is None else self.trunk.name}

    def finish(self) -> Cascade:
        """Train what is not trained yet, weigh upright stages, calibrate the scores, and return the cascade."""
        self.train_stages()
        weigh(self.cascade, self.held_out)
        calibrate(self.cascade, self.train, self._like_training(), self.recipe.seed, self.portraits)
        self._save(None)
        return self.cascade

    def _like_training(self) -> Store:
        """The held-out people of the sets that networks learn from: among others, scores fit none of them."""
        if not self.recipe.fitted:
            return self.held_out
        return self.held_out.subset((self.held_out.sources < len(self.recipe.data)).nonzero()[:, 0])

    def train_stages(self) -> None:
        """Train every stage that is not trained yet, in order."""
        first = self.fabric.is_global_zero
        held = lock(self.out) if first else contextlib.nullcontext()
        with held, Guard(self.save_seconds) as self.guard, Logs(self.out, enabled=first) as logs:
            self._report_floor(logs)
            for stage in range(self.done, len(self.recipe.stages)):
                self._train_stage(stage, logs)
                self.done = stage + 1
                self._save(None)
                self.guard.saved(f"stage {stage + 1}, its last step")

    def _train_stage(self, stage: int, logs: Logs) -> None:
        settings, fabric = self.recipe.stages[stage], self.fabric
        # Whatever a stage draws depends on the recipe and the stage, not on what this process did before.
        torch.manual_seed(self.recipe.seed * 1000 + stage)
        psi = self.cascade.networks[stage]
        if self._resumed is None:
            self._prepare(psi, stage)
        psi.freeze(settings.frozen)
        fit = loop.start(psi, settings)
        if self._resumed is not None:
            fit.restore(self._resumed)
            self._resumed = None
        people = of_stage(self.recipe, stage, self.train)
        if stage and len(self.displacements) < stage:
            self.displacements.append(observe(self.cascade, self.recipe, stage, people))
        observed = self.displacements[stage - 1] if stage and not settings.config.upright else None
        batch = examples.batches(
            self.cascade, stage, self.recipe, people, observed, fabric.global_rank, fabric.world_size
        )

        def after(state: loop.Fit, numbers: dict[str, float]) -> None:
            logs.write(stage + 1, state.step, state.step * settings.batch, numbers)
            last = state.step == loop.steps_of(settings)
            if state.step % self.validate_every == 0 or last:
                self._validate(stage, state, logs)

        def each(state: loop.Fit) -> None:
            if state.step < loop.steps_of(settings) and self.guard.due():
                self._save(state)
                self.guard.saved(f"stage {stage + 1}, step {state.step}")

        self.guard.stepping(True)
        loop.fit(
            fabric, fit, settings, batch, f"stage {stage + 1}", self.recipe.seed * 1000 + stage, after, each
        )
        self.guard.stepping(False)
        psi.load_state_dict(fit.result().state_dict())

    def _prepare(self, psi: Regressor, stage: int) -> None:
        """Initial weights: the last stage's, or a trained trunk's with batch statistics of this stage's crops."""
        if self.recipe.stages[stage].warm_start:
            psi.load_state_dict(self.cascade.networks[stage - 1].state_dict())
            return
        if self.recipe.stages[stage].start:
            load_first_stage(psi, shipped.locate(self.recipe.stages[stage].start), self.cascade.skeleton)
            return
        if not self.recipe.pretrained:
            return
        if self.trunk is None:
            raise ConfigError(
                f"recipe {self.recipe.name} starts from a trained trunk: name it with --trunk, a .tflite or .onnx "
                "file, or lsp-compact for the one that ships"
            )
        whole = stage == 0 or self.recipe.stages[stage].config.upright
        sample = plain(self.cascade, self.held_out)
        boxes = sample.boxes[:, None] if whole else self.cascade.joint_boxes(sample.joints)[:, :1]
        crops = geometry.crop(sample.images, boxes, psi.input_size)[:, 0]
        psi.load_start(FileStart(self.trunk, crops, self.cascade.skeleton))

    def _estimate(self, stage: int, psi: Regressor, people: Store) -> Estimate:
        """The poses of stages 0 .. `stage`, the last by `psi`, on people as they are."""
        seen = plain(self.cascade, people)
        if stage == 0:
            return self.cascade.begin(psi, seen.images, seen.boxes)
        before = self.cascade(seen.images, people.boxes, depth=stage)
        last = Estimate(before.joints[:, -1], before.scales[:, -1])
        return self.cascade.advance(psi, seen.images, people.boxes, last, stage=stage)

    @torch.no_grad()
    def _validate(self, stage: int, state: loop.Fit, logs: Logs) -> None:
        psi = state.result().eval()
        self.cascade.eval()
        predict = partial(self._estimate, stage, psi)
        guess = validation.in_chunks(predict, self.held_out)
        result = validation.score(guess.joints, self.held_out, self.cascade.skeleton)
        logs.validation(stage + 1, state.step, result, self.floor)
        if self.watch is not None:
            self.watch(stage + 1, state.step * self.recipe.stages[stage].batch, predict)

    def _report_floor(self, logs: Logs) -> None:
        guess = validation.mean_pose(self.train, self.held_out)
        self.floor = validation.score(guess, self.held_out, self.cascade.skeleton)
        logs.say(f"mean-pose floor: {self.floor}")

    def _save(self, state: loop.Fit | None) -> None:
        if self.fabric.is_global_zero:
            observed = [(d.mean.cpu(), d.covariance.cpu(), d.bank.cpu()) for d in self.displacements]
            fit = None if state is None else state.state()
            checkpoint.save(
                self.path, self.recipe, self.cascade, self.done,
                fit=fit, displacements=observed, people=self._people(), given=self._given(),
            )  # fmt: skip
