"""Keep of an evaluation what a claim needs: PCP, PDJ at 0.1 and 0.2 and their intervals, every stage.

    deeppose evaluate lsp --root DATA --json | python benchmarks/lean.py lsp-test

writes benchmarks/results/lsp-test.json. Curves, error kinds and other metrics are in the report (`--report`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
DROPPED = {
    "pdj_curve", "pdj_area", "pck", "pckh", "endpoint_error", "errors", "buffy_kit", "0.3", "0.4", "0.5", "thresholds",
}  # fmt: skip


def lean(value: Any) -> Any:
    """The same JSON without `DROPPED`, numbers rounded to six digits."""
    if isinstance(value, dict):
        return {key: lean(inner) for key, inner in value.items() if key not in DROPPED}
    if isinstance(value, list):
        return [lean(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


def keep(name: str, result: Any) -> Path:
    """Write benchmarks/results/NAME.json."""
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(lean(result), indent=1) + "\n")
    return path


if __name__ == "__main__":
    print(keep(sys.argv[1], json.load(sys.stdin)))
