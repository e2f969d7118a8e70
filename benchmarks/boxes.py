"""One model from several kinds of boxes side by side, against one or two kinds of labels.

    python benchmarks/boxes.py lsp --root DATA --face-model yunet.onnx --oc lsp-joints-OC.mat --work DIR

    python benchmarks/boxes.py lspet --split last-1000 --kinds full-image,person,ground-truth --root DATA --work DIR

Predictions of each kind of box are kept in DIR and made once. Writes benchmarks/results/boxes-DATASET.json, with a
--model boxes-DATASET-MODEL.json.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import asked, keep

from deeppose.cli import main as deeppose
from deeppose.data.annotation import Dataset
from deeppose.evaluation import assess, side_by_side
from deeppose.evaluation.as_json import as_json
from deeppose.evaluation.outcome import Evaluation
from deeppose.evaluation.reading import read_predictions
from deeppose.start_boxes import KINDS, Start, body_detector, start

Result = dict[str, Any]


def main() -> None:
    """Predict what is not there yet, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--split")
    parser.add_argument("--kinds", type=lambda text: tuple(text.split(",")), default=KINDS)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--face-model", type=Path)
    parser.add_argument("--face-box", type=Path, help="its scaler, where it is not the model's own")
    parser.add_argument("--oc", type=Path, help="LSP: its observer-centric labels, measured against as well")
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args()
    for kind in args.kinds:
        predict(args, kind)
    faces = None
    if "face" in args.kinds:
        detector = body_detector(args.model, args.face_model, args.face_box)
        faces = start("face", assess.read_truth(args.dataset, args.root), detector)
    result = {name: compare(args, name, labels, faces) for name, labels in _truths(args)}
    stem = f"-{args.model.stem}" if args.model else ""
    keep(f"boxes-{args.dataset}{stem}", result)


def _truths(args: argparse.Namespace) -> list[tuple[str, Path | None]]:
    return [(args.dataset, None)] + ([("lsp-oc", args.oc)] if args.oc else [])


def _file(args: argparse.Namespace, kind: str) -> Path:
    stem = f"{args.model.stem}-" if args.model else ""
    return Path(args.work / f"{stem}{args.dataset}-{kind}.json")


def predict(args: argparse.Namespace, kind: str) -> None:
    """Keep the predictions from one kind of box."""
    if _file(args, kind).exists():
        return
    options = {
        "--root": args.root,
        "--split": args.split,
        "--box": kind,
        "--model": args.model,
        "--save-predictions": _file(args, kind),
    }
    if kind == "face":
        options |= {"--face-model": args.face_model, "--face-box": args.face_box}
    options["--threads"] = 1
    given = [str(word) for pair in options.items() if pair[1] is not None for word in pair]
    if deeppose(["evaluate", args.dataset, *given, "--json"]):
        raise SystemExit(f"{kind}: no predictions")


def compare(args: argparse.Namespace, name: str, labels: Path | None, faces: Start | None) -> Result:
    """All kinds of boxes against one kind of labels; the table is printed."""
    dataset = assess.read_truth(name, args.root, args.split, labels)
    train = assess.training_people(name, args.root, labels)
    found = {kind: measure(dataset, train, _file(args, kind), args, faces) for kind in args.kinds}
    print(side_by_side.render(found, {}))
    return {kind: brief(as_json(each)) for kind, each in found.items()}


def measure(
    dataset: Dataset, train: Dataset | None, file: Path, args: argparse.Namespace, faces: Start | None
) -> Evaluation:
    """Everything `deeppose evaluate` measures, from a file of predictions."""
    predictions = read_predictions(file, dataset, lambda: (len(dataset), np.arange(len(dataset))))
    assert predictions.boxes is not None
    by_face = faces if predictions.box == "face" else None
    if by_face and not np.allclose(predictions.boxes, by_face.boxes, atol=0.01):
        raise SystemExit(f"{file}: other face boxes than today's; delete it")
    predictions = replace(predictions, took=by_face.note if by_face else "")
    found = assess.assess(dataset, predictions, str(args.model or "shipped model"), train)
    fallbacks = by_face.fallbacks if by_face else None
    return replace(found, box=assess.box_facts(dataset, predictions.boxes, fallbacks))


def brief(result: Result) -> Result:
    """What a table needs, of every stage and the floor."""
    floor = result["mean_pose"]
    stages = [{**_numbers(s), "interval": s["interval"]} for s in result["stages"]]
    return {
        "protocol": result["protocol"], "box": result["box"],
        "stages": stages, "mean_pose": _numbers(floor) if floor else None,
    }  # fmt: skip


def _numbers(measured: Result) -> Result:
    kept = {f"pdj_{t}": measured["pdj"][t] for t in ("0.1", "0.2")}
    return {**kept, "pcp": measured["pcp"], "endpoint_error": measured["endpoint_error"]["mean"]}


if __name__ == "__main__":
    main()
