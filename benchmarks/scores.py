"""Of saved predictions: do scores mean what they say, and what do later stages bring to people of each size?

    deeppose evaluate lsp --root DATA --save-predictions lsp.json
    python benchmarks/scores.py "LSP test" lsp lsp.json --root DATA [--plot docs/reliability.svg]

A score is the probability that a joint is in the picture and within 0.2 diagonals of the truth. Where annotators may
leave a joint out (COCO), those they left out were asked for as well, and there is no truth they could be near: "asked"
counts them. With --plot the last stage's is drawn.

A person's height is the one they would have standing: the torso diagonal over its share of a standing body, so that the
bent and the cut off are as tall as they are close; of each, PDJ@0.05 and @0.1 after every stage.

Writes a row of results/calibration.json, and with --heights some of results/heights.json.
"""

from __future__ import annotations

import io
import re
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from common import asked_of_predictions, keep, kept, read

from deeppose.data.annotation import Dataset
from deeppose.evaluation.joints import found, found_outcomes, torso_sizes
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.reliability import reliability
from deeppose.skeleton import BODY_SHARE

NEAR, NEARER = 0.2, np.array([0.05, 0.1])
EDGES = (0, 100, 200, 300, np.inf)


def main() -> None:
    """Count, print, write, draw."""
    parser = asked_of_predictions(__doc__)
    parser.add_argument("--heights", action="store_true")
    parser.add_argument("--plot", type=Path, help="an SVG file: the last stage's reliability")
    args = parser.parse_args()
    people, predicted = read(args)
    stages = calibration(people, predicted)
    row = {"box": predicted.box, "stages": [lean(stage) for stage in stages]}
    keep("calibration", kept("calibration") | {args.name: row})
    if args.heights:
        keep(
            "heights",
            kept("heights") | {f"{args.name}, {k} px": v for k, v in heights(people, predicted).items()},
        )
    if args.plot:
        draw(stages[-1]["asked"], args.plot)


def calibration(people: Dataset, predicted: Predictions) -> list[dict[str, dict[str, Any]]]:
    """Every stage's reliability on labelled joints, and on all that were asked for."""
    assert predicted.scores is not None
    truth, labelled = people.joints(), people.labelled() & predicted.given
    sizes = torso_sizes(truth, labelled, people.skeleton)
    every = np.broadcast_to(predicted.given & labelled.any(0), labelled.shape) & sizes[1][:, None]
    stages = []
    for joints, scores in zip(predicted.stages, predicted.scores, strict=True):
        hits = found_outcomes(truth, labelled, joints, sizes, NEAR)
        of = {"labelled": (hits.correct, hits.counted), "asked": (hits.correct & hits.counted, every)}
        stages.append({name: asdict(reliability(scores, *each)) for name, each in of.items()})
    return stages


def lean(stage: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The summaries, to four digits."""
    return {
        of: {key: round(said[key], 4) for key in ("joints", "ece", "brier", "auc")}
        for of, said in stage.items()
    }


def heights(people: Dataset, predicted: Predictions) -> dict[str, dict[str, Any]]:
    """How many people of each height, and PDJ at both distances after the first and the last stage."""
    truth, labelled = people.joints(), people.labelled() & predicted.given
    sizes, known = torso_sizes(truth, labelled, people.skeleton)
    rows = {}
    for low, high in pairwise(EDGES):
        of = known & (sizes / BODY_SHARE >= low) & (sizes / BODY_SHARE < high)
        first, last = (
            found(truth[of], labelled[of], predicted.stages[s][of], (sizes[of], known[of]), NEARER).mean()
            for s in (0, -1)
        )
        if of.any():
            label = f"{low} to {high}" if high < np.inf else f"from {low}"
            rows[label] = {
                "people": int(of.sum()),
                "first": first.round(4).tolist(),
                "last": last.round(4).tolist(),
            }
    return rows


def draw(stage: dict[str, Any], out: Path) -> None:
    """The report's figure of a stage."""
    import matplotlib

    from deeppose.show import plots

    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "deeppose"})
    text = io.StringIO()
    plots.reliability(stage).savefig(text, format="svg", metadata={"Date": None})
    out.write_text(re.sub(r"(\.\d\d)\d+", r"\1", text.getvalue()))


if __name__ == "__main__":
    main()
