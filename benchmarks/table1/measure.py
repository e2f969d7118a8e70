"""What a trained run says of LSP test: predictions as files, and every number and figure the paper prints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes
from deeppose.data.store import Store, build, full_image
from deeppose.evaluation import assess
from deeppose.evaluation.as_json import as_json
from deeppose.evaluation.reading import read_predictions
from deeppose.model import confidence
from deeppose.model.cascade import Cascade, CascadeConfig
from deeppose.model.regressor import Estimate
from deeppose.poses import Poses
from deeppose.show.report import Subject, write
from deeppose.training import validation

PREDICTIONS = "lsp-test-predictions.json"


def test_people(root: Path, config: CascadeConfig, count: int) -> tuple[Dataset, Store]:
    """The first `count` of LSP test, as annotations and decoded as that cascade sees them."""
    test = datasets.read("lsp", root, "test")
    test = replace(test, annotations=test.annotations[:count])
    return test, build(test.annotations, full_image, config.context, config.canvas)


@torch.no_grad()
def predict(cascade: Cascade, test: Dataset, people: Store, fabric: Fabric, out: Path) -> None:
    """Write every stage's joints of the test people, in pixels of their pictures, as `--save-predictions` does."""
    cascade.eval()
    with fabric.autocast():
        estimate = validation.predict(cascade, people)
        scores = confidence.scores(
            cascade, Estimate(estimate.joints, estimate.scales, estimate.context)
        ).float()
    stages = people.to_picture(estimate.joints.float().cpu()).double().numpy()
    files = [a.image for a in test.annotations]
    sure = scores.cpu().double().numpy()
    poses = Poses(test.skeleton, stages[:, -1], sure[:, -1], full_image_boxes(files), stages, sure)
    records = poses.to_records([f"images/{file.name}" for file in files], all_stages=True)
    header = {"dataset": "lsp", "split": "test", "box": "full-image", "sigma": cascade.config.sigma}
    (out / PREDICTIONS).write_text(json.dumps({**header, "people": records}))


def tables(root: Path, count: int, out: Path, observer: Path | None) -> dict[str, Any]:
    """Measure the predictions with person-centric labels and, where the file is given, observer-centric ones.

    Leaves `lsp.json` and `lsp-oc.json`, and `lsp.html`: Table 1 beside the published rows, Figs. 4, 5 and 6.
    """
    results = {}
    for name in ("lsp", "lsp-oc") if observer else ("lsp",):
        labels = observer if name == "lsp-oc" else None
        truth = assess.read_truth(name, root, None, labels, count)
        predictions = read_predictions(out / PREDICTIONS, truth, lambda: (0, torch.empty(0).long().numpy()))
        train = assess.training_people(name, root, labels)
        found = assess.assess(truth, predictions, "lsp-paper", train)
        results[name] = as_json(found)
        (out / f"{name}.json").write_text(json.dumps(results[name], indent=1))
        if name == "lsp":
            write(Subject(found), out / "lsp.html")
    return results
