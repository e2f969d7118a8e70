"""What each stage of a cascade brings, person by person: differences to the stage before, with their 95 % intervals.

    deeppose evaluate lsp --root DATA --model MODEL --save-predictions lsp.json
    python benchmarks/stages.py "LSP test" lsp lsp.json --root DATA

Writes its rows of results/stages.json.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from common import asked, keep, kept

from deeppose.commands import measuring
from deeppose.data.annotation import Dataset
from deeppose.evaluation import assess, joints, limbs
from deeppose.evaluation.counts import Counts, Outcomes
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.protocol import choose_diagonal
from deeppose.evaluation.reading import Options
from deeppose.evaluation.uncertainty import compare


def main() -> None:
    """Compare, print, write."""
    parser = asked(__doc__)
    parser.add_argument("name", help="what the table calls them")
    parser.add_argument("dataset")
    parser.add_argument("predictions", type=Path, help="written by deeppose evaluate --save-predictions")
    parser.add_argument("--labels", type=Path, help="as of deeppose evaluate")
    args = parser.parse_args()
    people = assess.read_truth(args.dataset, args.root, None, args.labels)
    predicted = measuring.read(args, args.predictions, people, Options())
    rows = {
        f"{args.name}, stage {stage} to {stage + 1}": gain(people, predicted, stage)
        for stage in range(1, len(predicted.stages))
    }
    keep("stages", kept("stages") | rows)


def gain(people: Dataset, predicted: Predictions, stage: int) -> dict[str, Any]:
    """What the stage after `stage` (from 1) adds to every measure."""
    before, after = (outcomes(people, predicted, number) for number in (stage - 1, stage))
    statistics = dict.fromkeys(before, Counts.mean) | {
        "strict PCP": lambda counts: limbs.mean_of_kinds(counts, people.skeleton)
    }
    return {
        name: {"p": compared.p_value, **asdict(compared.difference)}
        for name, compared in (
            (name, compare(before[name], after[name], statistics[name])) for name in before
        )
    }


def outcomes(people: Dataset, predicted: Predictions, number: int) -> dict[str, Outcomes]:
    """Which joints are near enough and which limbs right after a stage (from 0)."""
    truth, labelled, guess = people.joints(), people.labelled(), predicted.stages[number]
    sizes = joints.torso_sizes(truth, labelled, people.skeleton, choose_diagonal(labelled, people.skeleton))
    near = {f"PDJ@{t}": joints.found_outcomes(truth, labelled, guess, sizes, t) for t in (0.05, 0.1, 0.2)}
    return near | {"strict PCP": limbs.pcp_outcomes(truth, labelled, guess, people.skeleton)}


if __name__ == "__main__":
    main()
