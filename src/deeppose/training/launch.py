"""Where a run runs: one CPU, one GPU in bf16, or several processes, by Lightning Fabric."""

from __future__ import annotations

import torch
from lightning_fabric import Fabric

from deeppose.errors import ConfigError, unknown

ACCELERATORS = ("auto", "cpu", "cuda")
PRECISIONS = ("32-true", "bf16-mixed")


def launch(accelerator: str = "auto", devices: int = 1, precision: str | None = None) -> Fabric:
    """A launched Fabric: processes started, this one's device chosen.

    Args:
        accelerator: "cpu", "cuda" or "auto".
        devices: processes; on a CPU they speak over gloo.
        precision: "32-true" or "bf16-mixed"; by default bf16-mixed on a GPU, else 32-true.

    Raises:
        ConfigError: a word unknown, fewer than one process, a GPU is asked for where there is none.
    """
    if accelerator not in ACCELERATORS:
        raise unknown("--accelerator", accelerator, ACCELERATORS)
    if precision not in (None, *PRECISIONS):
        raise unknown("--precision", str(precision), PRECISIONS)
    if devices < 1:
        raise ConfigError(f"--devices {devices}: a run needs one process or more")
    if accelerator == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "--accelerator cuda: no GPU is to be seen here; use cpu, or install a CUDA build of torch"
        )
    on_gpu = accelerator == "cuda" or (accelerator == "auto" and torch.cuda.is_available())
    chosen = precision or ("bf16-mixed" if on_gpu else "32-true")
    fabric = Fabric(
        accelerator="cuda" if on_gpu else "cpu",
        devices=devices,
        strategy="ddp" if devices > 1 else "auto",
        precision=chosen,  # type: ignore[arg-type]  # one of `PRECISIONS`
    )
    fabric.launch()
    return fabric
