"""Table 1 of the paper from its own network: train and measure. One command; given again it goes on.

    python benchmarks/table1/run.py --root DATA --out RUN --budget BUDGET [--oc FILE]

DATA contains `lsp/` and `lspet/` in their official layouts. RUN receives the checkpoint, the log, predictions on LSP
test and the JSON of every measurement; what is there is not done again. Needs the extras `train`, `data`, `plot`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure
import refinement
import summary
import torch
from budgets import BUDGETS
from figures import draw
from train import train

from deeppose.training.launch import launch

ORACLE_PEOPLE = 100


def main() -> None:
    args = _arguments()
    budget, out = BUDGETS[args.budget], args.out
    fabric = launch(args.accelerator)
    test, people = measure.test_people(args.root, budget.recipe().cascade(), budget.people)
    people = people.to(fabric.device)
    run, trained_on, held_out = train(budget, args.root, out, fabric, people)
    once(out / "hardware.json", hardware)
    once(out / "predicted.json", lambda: measure.predict(run.cascade, test, people, fabric, out))
    once(out / "measured.json", lambda: measure.tables(args.root, budget.people, out, args.oc))
    some = people.subset(torch.arange(min(ORACLE_PEOPLE, len(people))))
    groups = {"training": trained_on.subset(torch.arange(len(some))), "held out": held_out, "test": some}
    depth = len(run.displacements)
    with fabric.autocast():
        once(out / "oracle.json", lambda: {
            name: [refinement.oracle(run.cascade, s, who, run.displacements[s - 1]) for s in range(1, depth + 1)]
            for name, who in groups.items()
        })  # fmt: skip
        once(out / "displacements.json", lambda: {
            name: refinement.displacements(run.cascade, who, run.displacements) for name, who in groups.items()
        })  # fmt: skip
        once(out / "moves.json", lambda: {
            name: refinement.moves(run.cascade, who) for name, who in groups.items()
        })  # fmt: skip
    draw(out)
    print(summary.write(out))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN")
    parser.add_argument("--budget", choices=BUDGETS, required=True)
    parser.add_argument("--oc", type=Path, metavar="FILE", help="LSP's observer-centric labels (.mat)")
    parser.add_argument("--accelerator", default="auto", help="cpu, cuda or auto (default)")
    return parser.parse_args()


def once(path: Path, make: Callable[[], Any]) -> None:
    """Write what `make` returns as JSON, unless the file is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    made = make()
    path.write_text(json.dumps(made, indent=1))


def hardware() -> dict[str, str | int | None]:
    """What the minutes were spent on."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"gpu": gpu, "cores": os.cpu_count(), "machine": platform.machine(), "torch": torch.__version__}


if __name__ == "__main__":
    main()
