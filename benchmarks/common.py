"""What benchmarks share: how they are asked, and how a result is kept.

    deeppose evaluate lsp --root DATA --json | python benchmarks/common.py lsp-test

keeps of an evaluation what a claim needs, PCP, PDJ at 0.1 and 0.2 and their intervals of every stage, as
benchmarks/results/lsp-test.json. Curves, error kinds and other metrics are in the report (`--report`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
DROPPED = {
    "pdj_curve", "pdj_area", "pck", "pckh", "endpoint_error", "errors", "buffy_kit", "0.3", "0.4", "0.5", "thresholds",
}  # fmt: skip


def asked(said: str | None, root: bool = True) -> argparse.ArgumentParser:
    """A parser that prints the script's own words; with --root, where the data sets are."""
    parser = argparse.ArgumentParser(description=said, formatter_class=argparse.RawDescriptionHelpFormatter)
    if root:
        parser.add_argument("--root", type=Path, required=True)
    return parser


def keep(name: str, result: Any) -> Path:
    """Print it, and write benchmarks/results/NAME.json."""
    path, text = RESULTS / f"{name}.json", json.dumps(result, indent=1)
    print(text)
    path.write_text(text + "\n")
    return path


def lean(value: Any) -> Any:
    """The same JSON without `DROPPED`, numbers rounded to six digits."""
    if isinstance(value, dict):
        return {key: lean(inner) for key, inner in value.items() if key not in DROPPED}
    if isinstance(value, list):
        return [lean(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


if __name__ == "__main__":
    keep(sys.argv[1], lean(json.load(sys.stdin)))
