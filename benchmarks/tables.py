"""The tables of numbers in README, docs and model cards, made from benchmarks/results.

    python benchmarks/tables.py [--write]

A table stands between `<!-- table NAME -->` and `<!-- end -->`; `NAME` is a function of `TABLES`. Without --write the
exit code is 1 where a document says something else than the results. Prose quotes no number that a table holds.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DOCUMENTS = ("README.md", "docs/*.md", "src/deeppose/weights/*.md")
MARKED = re.compile(r"(<!-- table ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Row = Sequence[str]
SETS = {
    "lsp": "LSP test, 1000 people", "lsp-oc": "the same, observer-centric labels", "parse": "Image Parse test, 205",
    "buffy": "Buffy test, 276", "flic": "FLIC test, 1016", "lspet": "LSPet's last 1000",
}  # fmt: skip
BOXES = {
    "full-image": "full image", "person": "person found", "face": "face", "own-face": "own face",
    "ground-truth": "ground truth",
}  # fmt: skip


PEOPLE_FOUND = (
    "", "MB", "COCO AP", "AP50", "the large", "LSPet", "turned, the worst", "LSPet, the surest box", "Buffy",
)  # fmt: skip


@cache
def result(name: str) -> Any:
    """benchmarks/results/NAME.json."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def table(head: Row, rows: Iterable[Row]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def three(*values: float | None) -> list[str]:
    """Fractions as tables print them."""
    return ["" if value is None else f"{value:.3f}" for value in values]


def spread(value: dict[str, float]) -> str:
    """A value with its interval."""
    return "{value:.3f} ({low:.3f}-{high:.3f})".format(**value)


def pdj(stage: dict[str, Any], threshold: str, joint: str = "") -> float:
    """Mean of all joints, or of both sides of one; boxes' files name thresholds otherwise than evaluations."""
    found = stage["pdj"][threshold] if "pdj" in stage else stage[f"pdj_{threshold}"]
    sides = [found["joints"][f"{side}_{joint}"] for side in ("left", "right")] if joint else [found["mean"]]
    return float(sum(sides) / len(sides))


def strict(stage: dict[str, Any]) -> float:
    """Strict PCP, mean of the limb kinds."""
    return float(stage["pcp"]["strict"]["mean"])


def lsp(name: str = "lsp-test") -> str:
    """LSP test by stages, beside the paper's rows (its Table 1)."""
    told = result(name)
    kinds = ("upper arm", "lower arm", "upper leg", "lower leg")
    rows = []
    for name, stage in [("mean pose of the training set", told["mean_pose"])] + [
        (f"ours, stage {i}", stage) for i, stage in enumerate(told["stages"], 1)
    ]:
        limbs = [stage["pcp"]["strict"]["kinds"][kind] for kind in kinds]
        rows.append([name, *three(*limbs, strict(stage), pdj(stage, "0.1"), pdj(stage, "0.2"))])
    for i, row in enumerate(
        ("0.50 0.27 0.74 0.65 0.54", "0.56 0.36 0.78 0.70 0.60", "0.56 0.38 0.77 0.71 0.61")
    ):
        rows.append([f"the paper, stage {i + 1}", *row.split(), "", ""])
    return table(["strict PCP@0.5", *kinds, "mean", "PDJ@0.1", "PDJ@0.2"], rows)


def body_sets() -> str:
    """The default model beside the athletes' one, a row a test set."""
    boxed = {
        "lspet": "LSPet's last 1000, found box",
        "parse": "Image Parse test, found box",
        "buffy": "Buffy test, found box",
    }
    rows = [
        ["LSP test, full image", *_sides(result("body-lsp")["stages"][-1], result("lsp-test")["stages"][-1])]
    ]
    for name, label in boxed.items():
        theirs = result(f"boxes-{name}")[name]["person"]["stages"][-1]
        rows.append([label, *_sides(result(f"body-{name}")["stages"][-1], theirs)])
    ours, theirs = result("body-coco"), result("coco-test")
    cells = [three(told["share_of_oks"][-1], told["pdj_0.2"][-1]) for told in (ours, theirs)]
    share, found = (" / ".join(pair) for pair in zip(*cells, strict=True))
    rows.append(
        ["COCO's people, labelled box: share of OKS .50-.95 in place of PCP, 12 joints", share, "", found]
    )
    return table(["body-compact / lsp-compact", "strict PCP", "PDJ@0.1", "PDJ@0.2"], rows)


def _sides(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    pairs = [(strict(s), pdj(s, "0.1"), pdj(s, "0.2")) for s in (ours, theirs)]
    return [f"{a:.3f} / {b:.3f}" for a, b in zip(*pairs, strict=True)]


def peers() -> str:
    """Ours beside MoveNet Lightning, the joints both predict."""
    files, told = {"LSP test": "peer-lsp", "acrobats": "peer-lspet"}, []
    names = {
        "peer": "MoveNet Lightning, int8", "ours, full-image, stage 3": "ours, full-image box",
        "ours, person, stage 3": "ours, the person found first",
    }  # fmt: skip
    for key, name in names.items():
        values = [result(file)[key][what] for file in files.values() for what in ("strict PCP", "PDJ@0.2")]
        told.append([name, *map(spread, values)])
    head = [f"{name}: {what}" for name in files for what in ("strict PCP", "PDJ@0.2")]
    return table(["", *head], told)


def boxes(suffix: str = "") -> str:
    """What each kind of box is worth, stage 3: a row a test set."""
    files = [
        path.stem
        for path in sorted(RESULTS.glob("boxes-*.json"))
        if path.stem.endswith("-compact") == bool(suffix)
    ]
    measured = {name: kinds for file in files for name, kinds in result(file).items()}
    sets = {name: label for name, label in SETS.items() if name in measured}
    kinds = [kind for kind in BOXES if any(kind in measured[name] for name in sets)]

    def cell(found: dict[str, Any] | None) -> str:
        return " / ".join(three(pdj(s := found["stages"][-1], "0.2"), strict(s))) if found else ""

    rows = [[label, *(cell(measured[name].get(kind)) for kind in kinds)] for name, label in sets.items()]
    return table(["PDJ@0.2 / strict PCP", *(BOXES[kind] for kind in kinds)], rows)


def upper_bodies() -> str:
    """flic-compact by stages on FLIC test."""
    rows = []
    for i, stage in enumerate(result("flic-test")["stages"], 1):
        more = (pdj(stage, "0.2", "elbow"), pdj(stage, "0.1", "wrist"), pdj(stage, "0.2", "wrist"))
        rows.append([f"stage {i}", *three(strict(stage), pdj(stage, "0.1"), pdj(stage, "0.2"), *more)])
    head = ["", "strict PCP", "PDJ@0.1", "PDJ@0.2", "elbow @0.2", "wrist @0.1", "wrist @0.2"]
    return table(head, rows)


def damage() -> str:
    """What worse pictures cost the default model, beside another: LSP test in its box, LSPet where it is found."""
    told = result("robustness")
    curves = {(c["dataset"], c["box"], c["effect"]): c["levels"] for c in told["curves"]}
    rotated = curves["lsp", "full-image", "rotation"], curves["lspet", "person", "rotation"]
    rows = [["none", *_harmed(rotated[0][0], rotated[1])]]
    for (dataset, _, effect), levels in curves.items():
        found = curves.get(("lspet", "person", effect), [])
        for level in levels if dataset == "lsp" else []:
            if level["pdj_change"]["value"]:
                rows.append([f"{effect}, {level['level']:g}", *_harmed(level, found)])
    head = [f"PDJ@0.2, body-compact / {told['against']}", "LSP", "change", "mean score", "LSPet found"]
    return table(head, rows)


def _harmed(level: dict[str, Any], found: list[dict[str, Any]]) -> list[str]:
    """Cells of a level on LSP, and of the same among LSPet's `found`."""
    stage, change = level["stages"][-1], level["pdj_change"]["value"]
    there = [_beside(other) for other in found if other["level"] == level["level"]]
    return [
        _beside(level),
        f"{change:+.3f}" if change else "",
        f"{stage['score_in_picture']:.2f}",
        *(there or [""]),
    ]


def _beside(level: dict[str, Any]) -> str:
    return " / ".join(three(level["stages"][-1]["pdj"]["value"], level["against"]["pdj"]))


def reliability() -> str:
    """Calibration of the default model's scores after its last stage."""
    names = {"lsp": "LSP test", "coco": "COCO's people", "flic": "FLIC test", "buffy": "Buffy test, found"}
    rows = [
        [names[key], *three(*(stage[of]["ece"] for of in ("labelled", "asked"))),
         *three(stage["labelled"]["brier"], stage["labelled"]["auc"])]
        for key, told in result("calibration").items()
        for stage in told["stages"][-1:]
    ]  # fmt: skip
    return table(["", "ECE, labelled joints", "ECE, all asked for", "Brier", "AUC"], rows)


def heights() -> str:
    """What stage 2 brings, by the height of the person."""
    names = {"coco": "COCO's people", "flic": "FLIC test"}
    rows = []
    for key, told in result("heights").items():
        for height, row in told["heights"].items():
            first, last = row["stages"][0], row["stages"][-1]
            cells = [f"{a:.3f} to {b:.3f} ({b - a:+.3f})" for a, b in zip(first, last, strict=True)]
            rows.append([f"{names[key]}, {height} px", f"{row['people']}", *cells])
    return table(["height", "people", "PDJ@0.05, stage 1 to 2", "PDJ@0.1"], rows)


def twins() -> str:
    """Two labels of one photograph."""
    rows = [
        [name.split()[0].upper().replace("LSPET", "LSPet"), str(len(told["pairs"])),
         *three(told["median"], told["within 0.1"], told["within 0.2"])]
        for name, told in result("twins").items()
    ]  # fmt: skip
    return table(["", "twins", "distance, median", "within 0.1 diagonals", "within 0.2"], rows)


def tracking() -> str:
    """Trackers of the same people."""
    told = result("tracking")
    kinds = list(next(iter(told.values())))

    def cell(row: dict[str, float]) -> str:
        return f"{row['MOTA']:.3f}, {row['IDF1']:.3f}, {row['switches']:.0f}"

    shown = {name: each for name, each in told.items() if "labels" not in name}
    rows = [[name, *(cell(each[kind]) for kind in kinds)] for name, each in shown.items()]
    return table(["MOTA, IDF1, switches", *kinds], rows)


SMOOTHERS = (
    "raw", "outliers out", "butterworth 6 Hz", "butterworth 6 Hz, scores not used", "butterworth 6 Hz, outliers in",
    "butterworth 4 Hz", "savgol 6 Hz", "one_euro (as frames come)",
)  # fmt: skip


def smoothing() -> str:
    """Nearness and calm of smoothed motion."""
    told = result("smoothing")
    rows = [[n, f"{r['rmse']:.2f}", f"{r['jitter']:.2f}"] for n, r in told.items() if n in SMOOTHERS]
    return table(["", "RMSE, %", "jitter, %"], rows)


def video() -> str:
    """Where a video's time goes."""
    told = result("video")
    steps = list(next(iter(told.values())))
    rows = []
    for name, row in told.items():
        each = [f"{row[step]:.1f}" if step in row else "" for step in steps]
        every = row.get("all", sum(ms for step, ms in row.items() if "file" not in step))
        rows.append([name.replace("1 people", "1 person"), *each, f"{every:.0f}"])
    return table(["", *steps, "all, without the detector's file"], rows)


OWN = {
    "openfield-Pranav-2018-10-30": "openfield mouse, 4 joints, 640 x 480 pixels",
    "mirror-mouse-example/CollectedData.csv": "mirror mouse, 17 joints, 406 x 396",
    "tool/tool.json": "rendered tool, 5 joints, 240 x 180",
}
"""Labels of `benchmarks/own.py` in words."""


def own() -> str:
    """Own labels by the one command: held-out errors in pixels beside the mean pose's."""
    head = ("labels", "to learn from, held out", "samples a stage", "processor time", "median error, px",
            "mean error, px", "mean pose, median px")  # fmt: skip
    rows = []
    for run in result("own"):
        model, floor = run["metrics"]["model"], run["metrics"]["mean_pose"]
        kind = ", no trunk" if "--trunk none" in run["options"] else ""
        rows.append([
            OWN[run["labels"]] + kind, f"{run['people']['train']}, {run['people']['held_out']}",
            ", ".join(f"{n:,}" for n in run["samples"]), f"{run['cpu_seconds'] / 60:.1f} min",
            *("{value:.1f} ({low:.1f}-{high:.1f})".format(**model[f"{m} error, px"]) for m in ("median", "mean")),
            f"{floor['median error, px']['value']:.0f}",
        ])  # fmt: skip
    return table(head, rows)


def people_found() -> str:
    """Detectors on COCO's test third, LSPet's last 1000 in four quarter turns, and Buffy test."""
    found = result("people-found")
    rows = []
    for name, said in found.items():
        if "lspet" not in said:
            continue
        coco = said.get("coco_test", {})
        turned = [said[f"lspet_{degrees}"]["any"] for degrees in (90, 180, 270)]
        size = f"{said['file_mb']:.1f}" if "file_mb" in said else ""
        rows.append(
            [
                f"`{name}`", size, *three(*(coco.get(k) for k in ("ap", "ap50", "recall_tall"))),
                *three(said["lspet"]["any"], min(turned), said["lspet"]["best"], said["buffy"]["any"]),
            ]
        )  # fmt: skip
    return table(PEOPLE_FOUND, rows)


def nobody() -> str:
    """How well scores tell whether anybody is there."""
    rows = [
        [
            f"`{name}`",
            *three(said["auc"], said["least"]),
            *(f"{100 * said[k]:.0f} %" for k in ("people_missed", "people_dreamt")),
        ]
        for name, said in result("nobody").items()
    ]
    return table(["", "AUC", "bound", "pictures with people missed", "people seen where nobody is"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "own": own,
    "body-sets": body_sets,
    "body": lambda: lsp("body-lsp"), "lsp": lsp, "peers": peers, "boxes": boxes,
    "boxes-flic": lambda: boxes("-flic-compact"),
    "upper-bodies": upper_bodies, "damage": damage, "reliability": reliability,
    "heights": heights, "twins": twins, "tracking": tracking, "smoothing": smoothing, "video": video,
    "people-found": people_found, "nobody": nobody,
}  # fmt: skip


def rendered(text: str) -> str:
    """The document with every table made anew."""
    return MARKED.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)


def main() -> int:
    """Compare, or write."""
    differ = 0
    for path in sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern)):
        text = path.read_text()
        if rendered(text) != text:
            differ += 1
            print(path.relative_to(ROOT))
            if "--write" in sys.argv:
                path.write_text(rendered(text))
    return int(differ > 0 and "--write" not in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
