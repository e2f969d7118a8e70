"""Accuracy against time where people whom stage 1 is sure of skip stage 2: the default model, LSP test and COCO test.

    python benchmarks/exits.py --root DATA --pictures COCO_IMAGES [--people 150]

Every nth person of either test set with ten labelled joints or more, in a box around these; one prediction with all
stages; who would skip is then decided by the mean score of stage 1 alone, at every bound. Time is CPU time on one
thread of the whole model and of its first stage alone, in turn, so that ratios hold on a busy machine. PDJ at 0.2 and
the share of OKS of shoulders to ankles (`evaluation.oks.share`). Writes results/exits.json and results/exits.svg.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from latency import session
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deeppose.data import datasets
from deeppose.data.boxes import tight_box
from deeppose.data.datasets import Dataset
from deeppose.evaluation.oks import areas, share
from deeppose.inference import Predictor
from deeppose.inference.everyone import predict
from deeppose.inference.shipped import SHIPPED
from deeppose.poses import Poses
from deeppose.serving.quick import first_stage

Floats = NDArray[np.float64]
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print, write, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--people", type=int, default=150)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    whole, first = costs()
    result: dict[str, Any] = {"first stage's share of the time": round(first / whole, 3)}
    sets = {
        "LSP test": ("lsp", datasets.read("lsp", args.root, "test")),
        "COCO test people": ("coco", datasets.read("coco", args.pictures, "val", args.root / "coco/people-test.json")),
    }  # fmt: skip
    for name, (skeleton, people) in sets.items():
        result[name] = curve(skeleton, some(people, args.people), first / whole)
        for row in result[name]:
            print(name, row)
    (RESULTS / "exits.json").write_text(json.dumps(result, indent=1) + "\n")
    drawn(result).savefig(RESULTS / "exits.svg")


def costs() -> tuple[float, float]:
    """CPU seconds a person of the whole model and of its first stage."""
    card = Predictor(threads=1).card
    models = [session(SHIPPED.read_bytes(), 1), session(first_stage(SHIPPED, card.stages), 1)]
    blank = np.full((1, card.canvas, card.canvas, 3), 128, np.uint8)
    feed = {"canvases": blank, "boxes": np.full((1, 4), card.canvas / 2, np.float32)}
    spent: list[list[float]] = [[], []]
    for _ in range(12):
        for model, times in zip(models, spent, strict=True):
            began = time.process_time()
            model.run(None, feed)
            times.append(time.process_time() - began)
    whole, first = (statistics.median(times[2:]) for times in spent)
    return whole, first


def some(people: Dataset, count: int) -> Dataset:
    """Of people with ten labelled joints or more, every nth."""
    whole = [person for person in people.annotations if person.labelled.sum() >= 10]
    return replace(people, annotations=whole[:: max(1, len(whole) // count)][:count])


def curve(skeleton: str, people: Dataset, first: float) -> list[dict[str, float]]:
    """Time and accuracy as more people skip the second stage, the surest first."""
    boxes = tight_box(people.joints(), people.labelled())
    poses = predict(people, boxes, Predictor(threads=1, skeleton=skeleton))
    assert poses.stages is not None
    assert poses.stage_scores is not None
    sure = poses.stage_scores[:, 0].mean(1)
    rows = []
    for skipped in np.linspace(0, 1, 11):
        skip = np.argsort(np.argsort(-sure)) < round(skipped * len(poses))
        joints = np.where(skip[:, None, None], poses.stages[:, 0], poses.stages[:, -1])
        spent = {"skip": round(float(skipped), 2), "time": round(1 - skipped * (1 - first), 3)}
        rows.append({**spent, **scored(poses, people, joints)})
    return rows


def scored(poses: Poses, people: Dataset, joints: Floats) -> dict[str, float]:
    truth, labelled = people.joints(), people.labelled()
    found = share(truth, labelled, joints, poses.skeleton, areas(truth, labelled))
    assert found.pdj is not None
    return {"oks_share": round(found.value, 4), "pdj_0.2": round(found.pdj, 4)}


def drawn(result: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name in (name for name, rows in result.items() if isinstance(rows, list)):
        rows = result[name]
        for key, dash in (("pdj_0.2", "-"), ("oks_share", "--")):
            axes.plot(
                [r["time"] for r in rows], [r[key] for r in rows], dash, marker=".", label=f"{name}, {key}"
            )
    axes.set_xlabel("time of the model, of all stages for everyone")
    axes.legend(fontsize="small")
    return figure


if __name__ == "__main__":
    main()
