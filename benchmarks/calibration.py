"""Do scores mean what they say? Reliability of every stage on labelled joints, and on all that were asked for.

    deeppose evaluate lsp --root DATA --save-predictions lsp.json
    python benchmarks/calibration.py lsp lsp lsp.json --root DATA

A score is the probability that a joint is in the picture and within 0.2 diagonals of the truth. Where annotators may
leave a joint out (COCO), those they left out were asked for as well, and there is no truth they could be near: the
second number counts them. Adds a row to benchmarks/results/calibration.json; with --plot it is drawn as SVG.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import saved

from deeppose.evaluation.joints import found_outcomes, torso_sizes
from deeppose.evaluation.reliability import reliability

OUT = Path(__file__).parent / "results/calibration.json"
NEAR = 0.2


def main() -> None:
    """Count, print, write."""
    parser = saved.parser(__doc__)
    parser.add_argument("--plot", type=Path, help="an SVG file: the last stage's reliability")
    args = parser.parse_args()
    people, predicted = saved.read(args)
    assert predicted.scores is not None
    truth, labelled = people.joints(), people.labelled() & predicted.given
    sizes = torso_sizes(truth, labelled, people.skeleton)
    asked = np.broadcast_to(predicted.given & labelled.any(0), labelled.shape) & sizes[1][:, None]
    stages = []
    for joints, scores in zip(predicted.stages, predicted.scores, strict=True):
        hits = found_outcomes(truth, labelled, joints, sizes, NEAR)
        stages.append({"labelled": told(scores, hits.correct, hits.counted),
                       "asked": told(scores, hits.correct & hits.counted, asked)})  # fmt: skip
    every = json.loads(OUT.read_text()) if OUT.exists() else {}
    every[args.name] = {"people": int(sizes[1].sum()), "box": predicted.box, "stages": stages}
    OUT.write_text(json.dumps(every, indent=1) + "\n")
    print(json.dumps(every[args.name], indent=1))
    if args.plot:
        draw(asdict(reliability(predicted.scores[-1], hits.correct & hits.counted, asked)), args.plot)


def told(scores: Any, hits: Any, counted: Any) -> dict[str, Any]:
    """The summaries, to four digits."""
    of = asdict(reliability(scores, hits, counted))
    return {key: round(of[key], 4) for key in ("joints", "ece", "brier", "auc")}


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
