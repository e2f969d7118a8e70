"""What a run writes while it goes: a CSV a spreadsheet opens, TensorBoard events, and lines for a person."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from types import TracebackType

from tqdm import tqdm

from deeppose.training.validation import Score, collapsed

FIELDS = ("stage", "step", "samples", "loss", "lr", "samples_per_second", "pdj01", "pdj02", "pcp", "spread")


class Logs:
    """log.csv and TensorBoard events in a run's folder; a resumed run appends.

    Args:
        enabled: only one process of several writes.
    """

    def __init__(self, out: Path, enabled: bool = True) -> None:
        self.out, self.enabled = out, enabled

    def __enter__(self) -> Logs:
        if self.enabled:
            from torch.utils.tensorboard import SummaryWriter

            path = self.out / "log.csv"
            fresh = not path.exists()
            self._file = path.open("a", newline="")
            self._csv = csv.DictWriter(self._file, FIELDS)
            if fresh:
                self._csv.writeheader()
            self._board = SummaryWriter(str(self.out / "tensorboard"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.enabled:
            self._file.close()
            self._board.close()

    def write(self, stage: int, step: int, samples: int, numbers: dict[str, float]) -> None:
        """One row of numbers at a step."""
        if not self.enabled:
            return
        self._csv.writerow({"stage": stage, "step": step, "samples": samples, **numbers})
        self._file.flush()
        for name, value in numbers.items():
            self._board.add_scalar(f"stage{stage}/{name}", value, step)

    def validation(self, stage: int, step: int, result: Score, floor: Score) -> None:
        """Held-out scores beside the floor, and a warning where the predictions have collapsed onto it."""
        self.write(stage, step, 0, result.asdict())
        self.say(f"stage {stage}, step {step}, held out: {result}   (mean pose: {floor})")
        if collapsed(result):
            self.say(
                f"WARNING: predictions vary {result.spread:.2f} times as much as the truth: they have collapsed onto "
                "the mean pose. Train longer, raise the learning rate, or check that joints and pictures match."
            )

    def say(self, line: str) -> None:
        """A line for a person on standard error, above the progress bar."""
        if self.enabled:
            tqdm.write(line, file=sys.stderr)
