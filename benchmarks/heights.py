"""What a later stage brings to people of each size: PDJ@0.05 and @0.1 of every stage, by the person's height.

    deeppose evaluate flic --root DATA --box ground-truth --save-predictions flic.json
    python benchmarks/heights.py flic flic flic.json --root DATA

The height is the one a person would have standing: the torso diagonal over its share of a standing body, so that the
bent and the cut off are as tall as they are close. Adds a row to benchmarks/results/heights.json.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import saved

from deeppose.evaluation.joints import found, torso_sizes
from deeppose.skeleton import BODY_SHARE

OUT = Path(__file__).parent / "results/heights.json"
EDGES = (0, 100, 200, 300, np.inf)
NEAR = np.array([0.05, 0.1])


def main() -> None:
    """Count, print, write."""
    args = saved.parser(__doc__).parse_args()
    people, predicted = saved.read(args)
    truth, labelled = people.joints(), people.labelled() & predicted.given
    sizes, known = torso_sizes(truth, labelled, people.skeleton)
    rows = {}
    for low, high in pairwise(EDGES):
        of = known & (sizes / BODY_SHARE >= low) & (sizes / BODY_SHARE < high)
        if not of.any():
            continue
        stages = [
            found(truth[of], labelled[of], stage[of], (sizes[of], known[of]), NEAR).mean().round(4).tolist()
            for stage in predicted.stages
        ]
        label = f"{low} to {high}" if high < np.inf else f"from {low}"
        rows[label] = {"people": int(of.sum()), "stages": stages}
    told = json.loads(OUT.read_text()) if OUT.exists() else {}
    told[args.name] = {"near": NEAR.tolist(), "box": predicted.box, "heights": rows}
    OUT.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told[args.name], indent=1))


if __name__ == "__main__":
    main()
