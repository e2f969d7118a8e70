"""The tables of numbers in README, docs and model cards, made from benchmarks/results.

    python benchmarks/tables.py [--write]

A table stands between `<!-- table NAME -->` and `<!-- end -->`; `NAME` is one of `TABLES`. Without --write the exit
code is 1 where a document says something else than the results. Prose quotes no number that a table holds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import kept

from deeppose.evaluation.published import TABLE_1

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/*.md", "src/deeppose/weights/*.md")
MARKED = re.compile(r"(<!-- table ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Rows, and of each column the head and the form of a cell: empty where the row lacks what the form begins with."""

    rows: Callable[[], Iterable[Row]]
    columns: dict[str, str]

    def __str__(self) -> str:
        body = [[cell(form, row) for form in self.columns.values()] for row in self.rows()]
        lines = [list(self.columns), ["---"] * len(self.columns), *body]
        return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def cell(form: str, row: Row) -> str:
    """A row's values in a form, as `str.format` has it; of an empty pair not even the stroke."""
    try:
        return form.format_map(row).strip(" /")
    except KeyError as lacking:
        if "{" + lacking.args[0] in form:
            return ""
        raise


class Printed(str):
    """A number as a paper prints it, whatever form is asked for."""

    def __format__(self, _: str) -> str:
        return str(self)


def named(found: dict[str, Row]) -> list[Row]:
    """Entries with their keys as "name"."""
    return [{"name": key, **value} for key, value in found.items() if isinstance(value, dict)]


def stages(name: str) -> list[Row]:
    """An evaluation's stages."""
    return [{"name": f"stage {i}", **stage} for i, stage in enumerate(kept(name)["stages"], 1)]


PCP, PDJ1, PDJ2 = "{pcp[strict][mean]:.3f}", "{pdj[0.1][mean]:.3f}", "{pdj[0.2][mean]:.3f}"
LIMBS = ("upper arm", "lower arm", "upper leg", "lower leg")
TABLE_ONE = {
    "strict PCP@0.5": "{name}", **{limb: f"{{pcp[strict][kinds][{limb}]:.3f}}" for limb in LIMBS}, "mean": PCP,
    "PDJ@0.1": PDJ1, "PDJ@0.2": PDJ2,
}  # fmt: skip


def table_one(name: str) -> list[Row]:
    """The floor and the stages on LSP test, and the paper's stages."""
    paper = [
        {"kinds": {k: Printed(f"{v:.2f}") for k, v in row.kinds.items()}, "mean": Printed(f"{row.mean:.2f}")}
        for row in TABLE_1[:3]
    ]
    return [
        {"name": "mean pose of the training set", **kept(name)["mean_pose"]},
        *({**row, "name": f"ours, {row['name']}"} for row in stages(name)),
        *({"name": f"the paper, stage {i}", "pcp": {"strict": row}} for i, row in enumerate(paper, 1)),
    ]


SETS = {
    "lsp": "LSP test, 1000 people", "lsp-oc": "the same, observer-centric labels", "parse": "Image Parse test, 205",
    "buffy": "Buffy test, 276", "flic": "FLIC test, 1016", "lspet": "LSPet's last 1000",
}  # fmt: skip
BOXES = {
    "full-image": "full image", "person": "person found", "face": "face", "ground-truth": "ground truth",
}  # fmt: skip
BY_BOX = {
    "PDJ@0.2 / strict PCP": "{name}",
    **{box: f"{{{kind}[pdj][0.2][mean]:.3f}} / {{{kind}[pcp][strict][mean]:.3f}}" for kind, box in BOXES.items()},
}  # fmt: skip


def by_box(suffix: str = "") -> list[Row]:
    """The last stage from every kind of box, a row a test set."""
    found = {label: kept(f"boxes-{name}{suffix}") for name, label in SETS.items()}
    return [
        {"name": label, **{kind: each["stages"][-1] for kind, each in told["boxes"].items()}}
        for label, told in found.items()
        if told
    ]


def body_sets() -> list[Row]:
    """The default model's last stage ("ours") and the athletes' one's ("theirs"), a row a test set."""
    found = {"LSPet's last 1000": "lspet", "Image Parse test": "parse", "Buffy test": "buffy"}
    pairs = {"LSP test, full image": (kept("body-lsp"), kept("lsp-test"))} | {
        f"{label}, found box": (kept(f"body-{name}"), kept(f"boxes-{name}")["boxes"]["person"])
        for label, name in found.items()
    }
    rows = [{"name": k, "ours": a["stages"][-1], "theirs": b["stages"][-1]} for k, (a, b) in pairs.items()]
    label = "COCO's people, labelled box: share of OKS .50-.95 in place of PCP, 12 joints"
    return [*rows, {"name": label, "ours": _by_oks("body-coco"), "theirs": _by_oks("coco-test")}]


def _by_oks(name: str) -> Row:
    """The last stage's share of OKS in PCP's place."""
    share = kept(name)["stages"][-1]["oks_share"]
    pdj = {"0.1": {"mean": Printed("")}, "0.2": {"mean": share["pdj"]}}
    return {"pcp": {"strict": {"mean": share["value"]}}, "pdj": pdj}


def both(form: str) -> str:
    """The form of one stage's number for ours and theirs."""
    return " / ".join(re.sub(r"{(\w+)", rf"{{{who}[\1]", form) for who in ("ours", "theirs"))


def upper_bodies(name: str) -> list[Row]:
    """An evaluation's stages on FLIC test, with the mean of both elbows and of both wrists at each threshold."""
    return [
        row
        | {
            joint: {t: sum(at["joints"][f"{side}_{joint}"] for side in ("left", "right")) / 2
                    for t, at in row["pdj"].items()}
            for joint in ("elbow", "wrist")
        }
        for row in stages(name)
    ]  # fmt: skip


def people_found() -> list[Row]:
    """Detectors, with the worst of LSPet's three turns."""
    turns = [f"lspet_{degrees}" for degrees in (90, 180, 270)]
    return [{**row, "turned": min(row[turn]["any"] for turn in turns)} for row in named(kept("people-found"))]


def questions(stage: int) -> list[Row]:
    """What the paper leaves open: each answer, and what it changes of the recipe's rates on the same people."""
    rows = [row for row in kept("questions") if row["stage"] == stage]
    return [{"name": f"{row['question']}: {row['answer']}", "of": row} for row in rows]


def scaling() -> list[Row]:
    """Stage 1's scores on held-out people at several widths, by thousands of samples."""
    blank = {"pdj02": Printed("-"), "pcp": Printed("-")}
    return [
        {"name": f"1/{1 / row['width']:.0f}", **dict.fromkeys(SEEN, blank)}
        | {f"k{point['samples'] // 1000}": point for point in row["curve"]}
        for row in kept("scaling")
    ]


SEEN = ("k24", "k48", "k72", "k96")
GAIN = "{{of[{0}]{1}[value]:+.3f}} ({{of[{0}]{1}[low]:+.3f}} to {{of[{0}]{1}[high]:+.3f}})"
ANSWERED = {"change": "{name}"} | {
    name: f"{{of[{name}][second]:.3f}}, {GAIN.format(name, '[difference]')}"
    for name in ("PDJ@0.2", "strict PCP", "strict PCP, LSP")
}  # fmt: skip
UPPER = {
    "": "{name}", "strict PCP": PCP, "PDJ@0.1": PDJ1, "PDJ@0.2": PDJ2, "elbow @0.2": "{elbow[0.2]:.3f}",
    "wrist @0.1": "{wrist[0.1]:.3f}", "wrist @0.2": "{wrist[0.2]:.3f}",
}  # fmt: skip
TRACKERS = ("deeppose", "ByteTrack", "SORT", "rtmlib")
STEPS = ("decode", "find", "find (detector's file)", "poses", "track", "draw", "encode")
SPREAD = "{{{0}[value]:{1}}} ({{{0}[low]:{1}}}-{{{0}[high]:{1}}})"
TABLES = {
    "body": Table(lambda: table_one("body-lsp"), TABLE_ONE),
    "lsp": Table(lambda: table_one("lsp-test")[:-3], TABLE_ONE),
    "body-sets": Table(body_sets, {
        "body-compact / lsp-compact": "{name}", "strict PCP": both(PCP), "PDJ@0.1": both(PDJ1), "PDJ@0.2": both(PDJ2),
    }),
    "peers": Table(lambda: named(kept("peer")), {"": "{name}"} | {
        f"{name}: {what}": SPREAD.format(f"{key}[{what}]", ".3f")
        for key, name in {"lsp": "LSP test", "lspet": "acrobats"}.items() for what in ("strict PCP", "PDJ@0.2")
    }),
    "boxes": Table(by_box, BY_BOX),
    "boxes-flic": Table(lambda: by_box("-flic-compact"), BY_BOX),
    "paper-small": Table(lambda: table_one("paper-small"), TABLE_ONE),
    "paper-small-flic": Table(lambda: upper_bodies("paper-small-flic"), UPPER),
    "paper-small-buffy": Table(lambda: upper_bodies("paper-small-buffy"), UPPER),
    "questions-1": Table(lambda: questions(1), ANSWERED),
    "questions-2": Table(lambda: questions(2), ANSWERED),
    "scaling": Table(scaling, {"width": "{name}"} | {
        f"{seen[1:]},000": f"{{{seen}[pdj02]:.3f}} / {{{seen}[pcp]:.3f}}" for seen in SEEN
    }),
    "stages": Table(lambda: [{"name": name, "of": of} for name, of in kept("stages").items()], {"": "{name}"} | {
        **{f"PDJ@{t}": GAIN.format(f"pdj_{t}_mean", "") for t in (0.05, 0.1, 0.2)},
        "strict PCP": GAIN.format("pcp_strict_mean", ""),
    }),
    "upper-bodies": Table(lambda: upper_bodies("flic-test"), UPPER),
    "damage": Table(lambda: kept("robustness")["rows"], {
        "PDJ@0.2, body-compact / lsp-compact": "{damage}", "LSP": "{lsp[ours]:.3f} / {lsp[theirs]:.3f}",
        "change": "{change:+.3f}", "mean score": "{score:.2f}",
        "LSPet found": "{lspet[ours]:.3f} / {lspet[theirs]:.3f}",
    }),
    "reliability": Table(lambda: [{"name": row["name"], **row["stages"][-1]} for row in named(kept("calibration"))], {
        "": "{name}", "ECE, labelled joints": "{labelled[ece]:.3f}", "ECE, all asked for": "{asked[ece]:.3f}",
        "Brier": "{labelled[brier]:.3f}", "AUC": "{labelled[auc]:.3f}",
    }),
    "coco-peers": Table(lambda: named(kept("coco-peers")), {
        "": "{name}", **{what: f"{{coco[{what}]:.3f}}" for what in ("AP", "AP50", "AP medium", "AP large")},
    }),
    "left-out": Table(lambda: named(kept("left-out")), {
        "stage 2 learned from": "{name}", "samples": "{samples:,}",
        **{label: f"{{{key}[pdj][0.1]:.3f}} / {{{key}[pdj][0.2]:.3f}}" for label, key in
           {"COCO": "coco", "LSP": "lsp", "LSPet": "lspet-repaired", "FLIC": "flic"}.items()},
    }),
    "heights": Table(lambda: named(kept("heights")), {
        "height": "{name}", "people": "{people}",
        "PDJ@0.05, stage 1 to 2": "{first[0]:.3f} to {last[0]:.3f}", "PDJ@0.1": "{first[1]:.3f} to {last[1]:.3f}",
    }),
    "twins": Table(lambda: named(kept("twins")), {
        "": "{name}", "twins": "{twins}", "distance, median": "{median:.3f}",
        "within 0.1 diagonals": "{within[0.1]:.3f}", "within 0.2": "{within[0.2]:.3f}",
    }),
    "own": Table(lambda: kept("own"), {
        "labels": "{labels}", "to learn from, held out": "{people[train]}, {people[held_out]}",
        "processor time": "{cpu_minutes:.1f} min",
        "median error, px": SPREAD.format("metrics[model][median error, px]", ".1f"),
        "mean error, px": SPREAD.format("metrics[model][mean error, px]", ".1f"),
        "mean pose, median px": "{metrics[mean_pose][median error, px][value]:.0f}",
    }),
    "people-found": Table(people_found, {
        "": "`{name}`", "MB": "{file_mb:.1f}", "COCO AP": "{coco_test[ap]:.3f}", "AP50": "{coco_test[ap50]:.3f}",
        "the large": "{coco_test[recall_tall]:.3f}", "LSPet": "{lspet[any]:.3f}", "turned, the worst": "{turned:.3f}",
        "LSPet, the surest box": "{lspet[best]:.3f}", "Buffy": "{buffy[any]:.3f}",
    }),
    "nobody": Table(lambda: named(kept("nobody")), {
        "": "`{name}`", "AUC": "{auc:.3f}", "people missed": "{missed_by_default:.0%}",
        "seen where nobody is": "{dreamt_by_default:.0%}", "the best bound": "{least:.3f}",
        "missed": "{people_missed:.0%}", "seen": "{people_dreamt:.0%}",
    }),
    "tracking": Table(lambda: named(kept("tracking")), {"MOTA, IDF1, switches": "{name}"} | {
        who: f"{{{who}[MOTA]:.3f}}, {{{who}[IDF1]:.3f}}, {{{who}[switches]:.0f}}" for who in TRACKERS
    }),
    "smoothing": Table(lambda: named(kept("smoothing")), {
        "": "{name}", "RMSE, %": "{rmse:.2f}", "jitter, %": "{jitter:.2f}",
    }),
    "video": Table(lambda: named(kept("costs")), {
        "": "{name}", **{step: f"{{{step}:.1f}}" for step in STEPS}, "all, without the detector's file": "{all:.0f}",
    }),
}  # fmt: skip


def rendered(text: str) -> str:
    """The document with every table made anew."""
    return MARKED.sub(lambda found: f"{found[1]}{TABLES[found[2]]}{found[3]}", text)


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
