"""How accuracy and scores fall as pictures get worse: curves with 95 % bootstrap intervals, every stage.

    python benchmarks/robustness/run.py --root DATA [--people 200] [--model FILE] [--against FILE] [--coarse]

DATA holds `lsp` and, where there are, `parse` and `lspet`, in their official layouts. Measured on the first N people of
LSP test (full-image box; all effects), of Image Parse test (ground-truth box; loose boxes and rotation) and of LSPet's
last 1000 (ground-truth box; all but truncation), whose pictures go on around the person; and of the latter once more as
`deeppose predict` meets them: the person is found in the distorted picture. The shipped weights were trained on none of
them, but for a few of LSPet's photographs (`data.lsp.AGAIN`).

With --against another model looks at the same pictures; with --coarse both look only at those that the documentation's
table prints. Written to OUT: `robustness.json`, `robustness.svg` (extra `plot`), and `predictions/`, by which a second
run is quick: kept by models, data set, box, effect and level, they grow with `--people`. Delete them after a change of
`distortions.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from answers import answered
from distortions import EFFECTS
from groups import Group, read
from rates import change, hits, measured, more_confident
from tqdm import tqdm

from deeppose.evaluation.as_json import plain
from deeppose.evaluation.counts import Outcomes
from deeppose.inference.finders.person import MODEL as FINDER
from deeppose.inference.finders.person import PersonFinder
from deeppose.inference.predictor import Predictor
from deeppose.inference.shipped import SHIPPED, locate

COARSE = (("lsp", "full-image"), ("lspet", "person"))
"""Whom the documentation's table prints."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, help="the folder of the data sets' folders")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="default: the one that ships")
    parser.add_argument("--against", type=Path, help="another model, measured beside it")
    parser.add_argument(
        "--coarse", action="store_true", help="every other level, LSP and LSPet's found people"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/robustness"), help="default: %(default)s")
    parser.add_argument("--threads", type=int, help="CPU threads (default: one a core)")
    parser.add_argument("--json", action="store_true", help="print the numbers, not a table")
    args = parser.parse_args()
    predictor = Predictor(args.model, args.threads, skeleton="lsp")
    files = {"model": args.model, "finder": locate(FINDER)}
    digests = {what: hashlib.sha256(file.read_bytes()).hexdigest() for what, file in files.items()}
    kept = args.out / "predictions" / "-".join(digest[:12] for digest in digests.values())
    kept.mkdir(parents=True, exist_ok=True)
    groups = list(read(args.root, args.people, PersonFinder(FINDER, args.threads)))
    if args.coarse:
        groups = [coarse(g) for g in groups if (g.name, g.box) in COARSE]
    model = {"name": predictor.card.name, "sha256": digests["model"], "finder_sha256": digests["finder"]}
    drawn = list(curves(groups, predictor, kept, args.coarse))
    result = {"model": model, "curves": drawn}
    if args.against:
        result["against"] = compare(args, groups, drawn, kept)
    if not args.coarse:
        result["two_ways_up"] = [two_ways(g, predictor, kept) for g in groups]
    text = json.dumps(rounded(plain(result)), indent=1, allow_nan=False)
    (args.out / "robustness.json").write_text(text + "\n")
    draw(result, args.out / "robustness.svg")
    print(text if args.json else table(result))


def coarse(g: Group) -> Group:
    """Of a group what the table prints: no truncation."""
    return replace(g, effects=tuple(effect for effect in g.effects if effect != "truncation"))


def levels_of(name: str, few: bool) -> tuple[float, ...]:
    """An effect's levels; of few the first, and every other from the third on."""
    levels = EFFECTS[name].levels
    return levels[:1] + levels[2::2] if few else levels


def compare(args: argparse.Namespace, groups: list[Group], drawn: list[dict[str, Any]], kept: Path) -> str:
    """Measure the other model on the same pictures: into each level its PDJ@0.2 and what the first has more of it.

    Returns:
        The other model's name.
    """
    other, curve = Predictor(args.against, args.threads, skeleton="lsp"), iter(drawn)
    theirs = kept / other.card.name
    theirs.mkdir(exist_ok=True)
    ours = Predictor(args.model, args.threads, skeleton="lsp")
    for g in groups:
        for name in g.effects:
            for level in next(curve)["levels"]:
                here, there = (
                    hits(answered(g, name, level["level"], model, folder), -1, g.people.skeleton)
                    for model, folder in ((ours, kept), (other, theirs))
                )
                level["against"] = {"pdj": float(there.counts().mean()), "more": change(there, here)}
    return other.card.name


def rounded(value: Any) -> Any:
    """Every fraction to four digits."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


def curves(
    groups: list[Group], predictor: Predictor, kept: Path, few: bool = False
) -> Iterator[dict[str, Any]]:
    """One curve for each group and effect: its levels, each with every stage's numbers."""
    total = sum(len(g.people) * len(levels_of(e, few)) for g in groups for e in g.effects)
    with tqdm(total=total, unit="person", file=sys.stderr) as bar:
        for g in groups:
            for name in g.effects:
                effect = EFFECTS[name]
                levels: list[dict[str, Any]] = []
                first: Outcomes | None = None
                for level in levels_of(name, few):
                    answer = answered(g, name, level, predictor, kept)
                    found = hits(answer, -1, g.people.skeleton)
                    first = first or found
                    levels.append(
                        {
                            "level": level,
                            "pdj_change": change(first, found),
                            **measured(answer, g.people.skeleton),
                        }
                    )
                    bar.update(len(g.people))
                yield {"dataset": g.name, "split": g.people.split, "people": len(g.people), "box": g.box,
                       "effect": name, "unit": effect.unit, "levels": levels}  # fmt: skip


def two_ways(g: Group, predictor: Predictor, kept: Path) -> dict[str, Any]:
    """What it brings to predict twice, once with the picture upside down, and to believe the higher score."""
    both = [answered(g, "rotation", degrees, predictor, kept) for degrees in (0, 180)]
    return {
        "dataset": g.name,
        "people": len(g.people),
        "box": g.box,
        **more_confident(*both, g.people.skeleton),
    }


def draw(result: dict[str, Any], out: Path) -> None:
    try:
        from figure import figure
    except ModuleNotFoundError as error:
        print(f"no figure: it needs {error.name}: pip install 'deeppose[plot]'", file=sys.stderr)
        return
    text = io.StringIO()
    figure(result).savefig(text, format="svg", metadata={"Date": None})
    out.write_text(re.sub(r"(\.\d\d)\d+", r"\1", text.getvalue()))  # hundredths of a point will do


def table(result: dict[str, Any]) -> str:
    """One line a level: PDJ@0.2 of every stage, strict PCP of the last with its interval."""
    lines = []
    for curve in result["curves"]:
        lines.append(f"\n{curve['dataset']}, {curve['people']} people, {curve['box']} box: {curve['effect']}")
        for level in curve["levels"]:
            last = level["stages"][-1]["pcp"]
            pdj = "  ".join(f"{s['pdj']['value']:.3f}" for s in level["stages"])
            pcp = f"{last['value']:.3f} ({last['low']:.3f} to {last['high']:.3f})"
            lines.append(f"{level['level']:8g}   PDJ@0.2 {pdj}   strict PCP {pcp}")
    if "two_ways_up" not in result:
        return "\n".join(lines)
    lines.append("\nPDJ@0.2 as it is, upside down, and whichever of the two scores higher")
    for row in result["two_ways_up"]:
        rates = "  ".join(f"{row[way]['value']:.3f}" for way in ("as_it_is", "upside_down", "more_confident"))
        lines.append(f"{row['dataset']:8}   {row['box']:12}   {rates}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
