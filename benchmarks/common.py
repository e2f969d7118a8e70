"""What benchmarks share: how they are asked, and how a result is kept.

    deeppose evaluate lsp --root DATA --json | python benchmarks/common.py lsp-test

keeps of an evaluation what the tables and sentences of the documentation read, as benchmarks/results/lsp-test.json: PCP
and PDJ of every stage with their intervals, the floor, the box, COCO's AP. The rest is in the report (`--report`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from deeppose.commands import measuring
from deeppose.data.annotation import Dataset
from deeppose.evaluation import assess
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.reading import Options

RESULTS = Path(__file__).parent / "results"
KEPT = {
    "boxes", "full-image", "person", "face", "own-face", "given", "ground-truth",
    "protocol", "dataset", "split", "labels", "predictions", "people", "box", "iou",
    "stages", "mean_pose", "interval", "pcp_strict_mean", "pdj_0.2_mean", "value", "low", "high",
    "pcp", "strict", "kinds", "upper arm", "lower arm", "upper leg", "lower leg", "mean",
    "pdj", "0.1", "0.2", "joints", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "oks_share", "coco", "AP", "AP50", "AP large",
}  # fmt: skip
"""Keys of `deeppose evaluate --json`, with `--box all` too."""


def asked(said: str | None, root: bool = True) -> argparse.ArgumentParser:
    """A parser that prints the script's own words; with --root, where the data sets are."""
    parser = argparse.ArgumentParser(description=said, formatter_class=argparse.RawDescriptionHelpFormatter)
    if root:
        parser.add_argument("--root", type=Path, required=True)
    return parser


def asked_of_predictions(said: str | None) -> argparse.ArgumentParser:
    """A parser for what is told of saved predictions; `read` takes its answer."""
    parser = asked(said)
    parser.add_argument("name", help="what the table calls them")
    parser.add_argument("dataset")
    parser.add_argument("predictions", type=Path, help="written by deeppose evaluate --save-predictions")
    parser.add_argument("--labels", type=Path, help="as of deeppose evaluate")
    parser.add_argument("--split", help="as of deeppose evaluate")
    parser.add_argument("--limit", type=int, help="as of deeppose evaluate")
    return parser


def read(args: argparse.Namespace) -> tuple[Dataset, Predictions]:
    """The people that were predicted, and their predictions."""
    people = assess.read_truth(args.dataset, args.root, args.split, args.labels, args.limit)
    return people, measuring.read(args, args.predictions, people, Options())


def kept(name: str) -> Any:
    """What benchmarks/results/NAME.json holds; {} where there is none."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(name: str, result: Any) -> None:
    """Write benchmarks/results/NAME.json, and print it."""
    text = json.dumps(rounded(result), indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)


def rounded(value: Any) -> Any:
    """The same JSON, every fraction to six digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


def lean(value: Any) -> Any:
    """The same JSON with the keys `KEPT` alone, and where kinds of boxes stand side by side only their last stages."""
    if isinstance(value, dict):
        for each in value.get("boxes", {}).values():
            each["stages"] = each["stages"][-1:]
        found = {key: lean(inner) for key, inner in value.items() if key in KEPT}
        if isinstance(found.get("predictions"), str):
            found["predictions"] = Path(found["predictions"]).name
        return found
    return [lean(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    keep(sys.argv[1], lean(json.load(sys.stdin)))
