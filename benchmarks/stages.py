"""What each stage of a cascade brings, person by person: differences to the stage before, with their 95 % intervals.

    deeppose evaluate lsp --root DATA --model MODEL --save-predictions lsp.json
    python benchmarks/stages.py "LSP test" lsp lsp.json --root DATA

Writes its rows of results/stages.json.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from common import asked_of_predictions, keep, kept, read

from deeppose.data.annotation import Dataset
from deeppose.evaluation.comparison import compared
from deeppose.evaluation.predictions import Predictions

THRESHOLDS = (0.05, 0.1, 0.2)


def main() -> None:
    """Compare, print, write."""
    args = asked_of_predictions(__doc__).parse_args()
    people, predicted = read(args)
    rows = {
        f"{args.name}, stage {stage} to {stage + 1}": gain(people, predicted, stage)
        for stage in range(1, len(predicted.stages))
    }
    keep("stages", kept("stages") | rows)


def gain(people: Dataset, predicted: Predictions, stage: int) -> dict[str, Any]:
    """What the stage after `stage` (from 1) adds to every measure."""
    before, after = (replace(predicted, stages=predicted.stages[:n], scores=None) for n in (stage, stage + 1))
    found = compared(people, before, after, f"stage {stage + 1}", thresholds=THRESHOLDS).of
    return {
        name: {
            "p": c.p_value,
            "value": c.difference.value,
            "low": c.difference.low,
            "high": c.difference.high,
        }
        for name, c in found.items()
    }


if __name__ == "__main__":
    main()
