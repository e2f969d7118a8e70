"""How accuracy and scores fall as pictures get worse, and what another model makes of the same pictures.

    python benchmarks/robustness.py --root DATA [--people 24] [--against lsp-compact]

The first N people of LSP test (full-image box) and of LSPet's last 1000, who are found in the distorted picture. The
shipped weights were trained on none of them, but for a few of LSPet's photographs (`data.lsp.AGAIN`). PDJ@0.2 after the
last stage with 95 % bootstrap intervals, paired by person. Writes results/robustness.json, and docs/robustness.svg with
every stage and strict PCP too.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from common import asked, keep
from distortions import EFFECTS, Effect, Floats, Mask, Scene
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from tqdm import tqdm

from deeppose.data import datasets
from deeppose.data.annotation import Dataset
from deeppose.data.boxes import full_image_boxes
from deeppose.data.images import read_image
from deeppose.evaluation import joints as by_joint
from deeppose.evaluation import limbs, uncertainty
from deeppose.evaluation.counts import Outcomes
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.predictor import Predictor
from deeppose.show.plots import FLOOR, stage_colour
from deeppose.skeleton import LSP

FIGURE = Path(__file__).parents[1] / "docs" / "robustness.svg"
NAMES = {"lsp": "LSP test", "lspet": "LSPet's last 1000, found"}


def main() -> None:
    """Predict, measure, print, write, draw."""
    parser = asked(__doc__)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--model", default="body-compact")
    parser.add_argument("--against", default="lsp-compact")
    args = parser.parse_args()
    models = [Predictor(name, skeleton="lsp") for name in (args.model, args.against)]
    people = {name: read(name, args.root, args.people) for name in NAMES}
    finder, curves = PersonFinder(), {}
    for name in tqdm(EFFECTS, unit="effect", file=sys.stderr):
        curves["lsp", name] = curve(people["lsp"], EFFECTS[name], models, None)
        if name != "loose box":
            curves["lspet", name] = curve(people["lspet"], EFFECTS[name], models, finder)
    result = {"model": args.model, "against": args.against, "people": args.people, "rows": [*rows(curves)]}
    keep("robustness", result)
    text = io.StringIO()
    drawn(curves).savefig(text, format="svg", metadata={"Date": None})
    FIGURE.write_text(re.sub(r"(\.\d\d)\d+", r"\1", text.getvalue()))  # hundredths of a point will do


def read(name: str, root: Path, count: int) -> Dataset:
    """The first so many people of LSP test or LSPet's last 1000."""
    people = datasets.read(name, root / name, "test" if name == "lsp" else "last-1000")
    return replace(people, annotations=people.annotations[:count])


@dataclass(frozen=True, eq=False)
class Answers:
    """A model's predictions under one effect at one level, in the distorted pictures' pixels.

    Attributes:
        truth: (N, K, 2).
        labelled: (N, K).
        joints: (N, S, K, 2).
        scores: (N, S, K).
    """

    truth: Floats
    labelled: Mask
    joints: Floats
    scores: Floats

    def hits(self, stage: int = -1) -> Outcomes:
        """PDJ@0.2 of a stage, by joint."""
        sizes = by_joint.torso_sizes(self.truth, self.labelled, LSP)
        return by_joint.found_outcomes(self.truth, self.labelled, self.joints[:, stage], sizes, 0.2)

    def rates(self, stage: int) -> dict[str, Any]:
        """PDJ@0.2 and strict PCP of a stage with their intervals."""
        strict = limbs.pcp_outcomes(self.truth, self.labelled, self.joints[:, stage], LSP)
        pcp = uncertainty.interval(strict, lambda counts: limbs.mean_of_kinds(counts, LSP))
        return {"pdj": uncertainty.interval(self.hits(stage)), "pcp": pcp}


Level = tuple[float, list[Answers]]
"""A level, and the answers of both models."""


def curve(
    people: Dataset, effect: Effect, models: list[Predictor], finder: PersonFinder | None
) -> list[Level]:
    """Everyone at each of an effect's levels."""
    return [(level, answers([*scenes(people, effect, level, finder)], models)) for level in effect.levels]


def scenes(people: Dataset, effect: Effect, level: float, finder: PersonFinder | None) -> Iterator[Scene]:
    """Distorted, with the box that is found in the distorted picture; without a finder that of the full image."""
    boxes = full_image_boxes([person.image for person in people.annotations])
    for number, person in enumerate(people.annotations):
        picture = read_image(person.image)
        scene = effect(Scene(picture, person.joints, person.labelled, boxes[number], number), level)
        yield replace(scene, box=finder(scene.picture)[0]) if finder else scene


def answers(seen: list[Scene], models: list[Predictor]) -> list[Answers]:
    """Of each model."""
    truth, labelled = np.stack([s.joints for s in seen]), np.stack([s.labelled for s in seen])
    every = [[model.predict(s.picture, s.box) for s in seen] for model in models]
    return [
        Answers(
            truth,
            labelled,
            *(np.concatenate([getattr(p, what) for p in poses]) for what in ("stages", "stage_scores")),
        )
        for poses in every
    ]


def rows(curves: dict[tuple[str, str], list[Level]]) -> Iterator[dict[str, Any]]:
    """What the table prints: the undistorted once, then every level of every effect."""
    for k, name in enumerate(EFFECTS):
        first = curves["lsp", name][0][1][0].hits()
        for i, (level, both) in enumerate(curves["lsp", name]):
            if i == 0 and k > 0:
                continue
            there = dict(curves.get(("lspet", name if i else "rotation"), [])).get(level if i else 0)
            change = uncertainty.compare(first, both[0].hits()).difference.value
            yield {
                "damage": f"{name}, {level:g}" if i else "none", "lsp": beside(both),
                **({"change": change} if i else {}), "score": both[0].scores[:, -1][both[0].labelled].mean().item(),
                **({"lspet": beside(there)} if there else {}),
            }  # fmt: skip


def beside(both: list[Answers]) -> dict[str, Any]:
    """PDJ@0.2 of both models, and what the first has more of it."""
    ours, theirs = (each.hits() for each in both)
    more = asdict(uncertainty.compare(theirs, ours).difference)
    return {"ours": ours.counts().mean().item(), "theirs": theirs.counts().mean().item(), "more": more}


def drawn(curves: dict[tuple[str, str], list[Level]]) -> Figure:
    """A panel a curve."""
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "deeppose", "font.size": 8})
    figure = Figure(figsize=(11, 2.5 * -(-len(curves) // 4) + 0.4), layout="constrained")
    grid = figure.subplots(-(-len(curves) // 4), 4, sharey=True, squeeze=False).ravel()
    for axes, ((people, effect), levels) in zip(
        grid, sorted(curves.items(), key=lambda each: each[0][0]), strict=False
    ):
        panel(axes, f"{NAMES[people]}: {effect}", levels, EFFECTS[effect].unit)
    for axes in grid[len(curves) :]:
        axes.set_axis_off()
    figure.legend(
        handles=key(levels[0][1][0].joints.shape[1]), loc="outside lower center", ncols=6, frameon=False
    )
    return figure


def panel(axes: Axes, title: str, levels: list[Level], unit: str) -> None:
    """Every stage's two numbers; the last stage's with their 95 % intervals."""
    last = levels[0][1][0].joints.shape[1]
    for number in range(1, last + 1):
        rates = [both[0].rates(number - 1) for _, both in levels]
        for metric, style in (("pdj", "-"), ("pcp", "--")):
            cells, colour = [rate[metric] for rate in rates], stage_colour(number)
            axes.plot([cell.value for cell in cells], style, color=colour, linewidth=1.4)
            if number == last:
                low, high = ([getattr(cell, end) for cell in cells] for end in ("low", "high"))
                axes.fill_between(range(len(cells)), low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_title(title, fontsize=9)
    axes.set_xticks(range(len(levels)), [f"{level:g}" for level, _ in levels])
    axes.set(xlabel=unit, ylim=(0, 1))
    axes.grid(alpha=0.25, linewidth=0.6)


def key(stages: int) -> list[Line2D]:
    """The legend."""
    coloured = [Line2D([], [], color=stage_colour(n), label=f"stage {n}") for n in range(1, stages + 1)]
    styles = {"-": "PDJ@0.2", "--": "strict PCP@0.5"}
    return coloured + [Line2D([], [], color=FLOOR, linestyle=s, label=label) for s, label in styles.items()]


if __name__ == "__main__":
    main()
