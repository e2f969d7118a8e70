"""How accuracy and scores fall as pictures get worse, and what another model makes of the same pictures.

    python benchmarks/robustness.py --root DATA [--people 24] [--against lsp-compact]

The first N people of LSP test (full-image box) and of LSPet's last 1000, who are found in the distorted picture. The
shipped weights were trained on none of them, but for a few of LSPet's photographs (`data.lsp.AGAIN`). PDJ@0.2 after the
last stage; what the model has more of it than the other with 95 % bootstrap intervals, paired by person. Writes
results/robustness.json.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from common import asked, keep
from distortions import DAMAGES, Damage, Scene
from numpy.typing import NDArray
from tqdm import tqdm

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes
from deeppose.data.images import read_image
from deeppose.evaluation import uncertainty
from deeppose.evaluation.counts import Outcomes
from deeppose.evaluation.joints import found_outcomes, torso_sizes
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.predictor import Predictor
from deeppose.skeleton import LSP

SPLITS = {"lsp": "test", "lspet": "last-1000"}
Answers = tuple[Outcomes, NDArray[np.float64]]
"""Of one model: PDJ@0.2 by joint, and the scores (M,) of the labelled joints."""


def main() -> None:
    """Predict, measure, print, write."""
    parser = asked(__doc__)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--model", default="body-compact")
    parser.add_argument("--against", default="lsp-compact")
    args = parser.parse_args()
    models = [Predictor(name, skeleton="lsp") for name in (args.model, args.against)]
    lsp, lspet = (read(name, args.root, args.people) for name in SPLITS)
    finder, rows = PersonFinder(), []
    for name, damage in tqdm(DAMAGES.items(), unit="damage", file=sys.stderr):
        (hits, scores), theirs = (answers([*scenes(lsp, damage)], model) for model in models)
        row = {"damage": name, "lsp": beside(hits, theirs[0]), "score": scores.mean().item()}
        if not name.startswith("loose box"):
            seen = [*scenes(lspet, damage, finder)]
            row["lspet"] = beside(*(answers(seen, model)[0] for model in models))
        rows.append(row | {"change": row["lsp"]["ours"] - rows[0]["lsp"]["ours"]} if rows else row)
    keep("robustness", {"model": args.model, "against": args.against, "people": args.people, "rows": rows})


def read(name: str, root: Path, count: int) -> Dataset:
    """The first so many people of LSP test or LSPet's last 1000."""
    people = datasets.read(name, root / name, SPLITS[name])
    return replace(people, annotations=people.annotations[:count])


def scenes(people: Dataset, damage: Damage, finder: PersonFinder | None = None) -> Iterator[Scene]:
    """Distorted, with the box that is found in the distorted picture; without a finder that of the full image."""
    boxes = full_image_boxes([person.image for person in people.annotations])
    for number, person in enumerate(people.annotations):
        picture = read_image(person.image)
        scene = damage(Scene(picture, person.joints, person.labelled, boxes[number], number))
        yield replace(scene, box=finder(scene.picture)[0]) if finder else scene


def answers(seen: list[Scene], model: Predictor) -> Answers:
    """A model's."""
    truth, labelled = np.stack([scene.joints for scene in seen]), np.stack([scene.labelled for scene in seen])
    poses = [model.predict(scene.picture, scene.box) for scene in seen]
    joints, scores = (
        np.concatenate([getattr(each, what) for each in poses]) for what in ("joints", "scores")
    )
    return found_outcomes(truth, labelled, joints, torso_sizes(truth, labelled, LSP), 0.2), scores[labelled]


def beside(ours: Outcomes, theirs: Outcomes) -> dict[str, Any]:
    """PDJ@0.2 of both models, and what the first has more of it."""
    more = asdict(uncertainty.compare(theirs, ours).difference)
    return {"ours": ours.counts().mean().item(), "theirs": theirs.counts().mean().item(), "more": more}


if __name__ == "__main__":
    main()
