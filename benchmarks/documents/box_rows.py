"""What initial boxes are worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kept import BOX_CARD, CARD, FLIC_CARD, PROTOCOLS, README, pdj, result, spread, strict, three
from places import Phrase, Place, Row

BOXES = {
    "full-image": "full image",
    "person": "person",
    "face": "face",
    "own-face": "own face",
    "ground-truth": "ground truth",
}
SETS = {
    "lsp": ("LSP test, 1000", "PC"), "lsp-oc": ("LSP test, 1000", "OC"), "parse": ("Image Parse test, 205", "PC"),
    "buffy": ("Buffy test, 276", "OC"), "lspet": ("LSPet's last 1000", "PC"), "flic": ("FLIC test, 1016", "PC"),
}  # fmt: skip


def table(anchor: str, sets: tuple[str, ...], suffix: str) -> Iterator[Place]:
    """Every box of every set, and the mean pose in it."""
    for name in sets:
        for labels, kinds in result(f"boxes-{name}{suffix}").items():
            for kind, told in kinds.items():
                if kind in BOXES:
                    name_of_box = (*SETS[labels], _called(kind, labels, suffix))
                    yield Row(PROTOCOLS, anchor, name_of_box, _box(told, kind, suffix))
                    yield from _floor(told, anchor, (*SETS[labels], f"{BOXES[kind]}, mean pose"))


def _called(kind: str, labels: str, suffix: str) -> str:
    """The two tables' words for a box."""
    if not suffix or kind not in ("person", "face"):
        return BOXES[kind]
    if kind == "person":
        return "stage 0's (`person-box`)"
    return "face over the given torso" if labels == "flic" else "face, the main one"


def _box(told: dict[str, Any], kind: str, suffix: str) -> tuple[str | None, ...]:
    stage, interval = told["stages"][-1], told["stages"][-1]["interval"]
    upper = [pdj(stage["pdj_0.2"], joint) for joint in ("elbow", "wrist")] if suffix else []
    overlap = told["box"]["iou"]
    return (
        *three(stage["pdj_0.1"]["mean"]),
        spread({"value": stage["pdj_0.2"]["mean"]} | interval["pdj_0.2_mean"]),
        spread({"value": strict(stage)} | interval["pcp_strict_mean"]),
        *three(*upper),
        None if kind == "ground-truth" or overlap is None else f"{overlap:.3f}",
    )


def _floor(told: dict[str, Any], anchor: str, labels: tuple[str, ...]) -> Iterator[Place]:
    if told.get("mean_pose"):
        floor = told["mean_pose"]
        values = floor["pdj_0.1"]["mean"], floor["pdj_0.2"]["mean"], strict(floor)
        yield Row(PROTOCOLS, anchor, labels, three(*values))


def stage_zero() -> Iterator[Place]:
    """The person-box card: overlaps, and both cascades from each box; README's two sets."""
    rows = (
        ("LSP test, 1000", "lsp", True), ("LSPet's last 1000", "lspet", True), ("Image Parse test, 205", "parse", True),
        ("Buffy test, 276 (upper bodies, OC labels)", "buffy", True),
        ("... by `flic-compact`", "buffy-flic-compact", False),
        ("FLIC test, 1016, by `flic-compact`", "flic-flic-compact", True),
    )  # fmt: skip
    for label, name, overlaps in rows:
        yield Row(BOX_CARD, "Mean intersection over union", (label,), _from_boxes(name, overlaps))
    values = [strict(_last(name, kind)) for name in ("parse", "buffy") for kind in ("full-image", "person")]
    words = "strict PCP from {} to {}, on Buffy's film frames from {} to {} ("
    yield Phrase(README, words, three(*values))


def _last(name: str, kind: str) -> dict[str, Any]:
    """Stage 3 from one kind of box; the name is a data set's, or data set's and model's."""
    stage: dict[str, Any] = result(f"boxes-{name}")[name.split("-")[0]][kind]["stages"][-1]
    return stage


def _from_boxes(name: str, overlaps: bool) -> tuple[str | None, ...]:
    """Overlaps of full image and found box, and PCP / PDJ@0.2 from each box."""
    stages = (_last(name, kind) for kind in ("full-image", "person", "ground-truth"))
    scores = (" / ".join(three(strict(stage), pdj(stage["pdj_0.2"]))) for stage in stages)
    kinds = result(f"boxes-{name}")[name.split("-")[0]]
    iou = three(*(kinds[kind]["box"]["iou"] for kind in ("full-image", "person")))
    return (*(iou if overlaps else (None, None)), *scores)


def person_first() -> Iterator[Place]:
    """PDJ@0.2 from the full image and from the box that `deeppose predict` finds."""
    sets, kinds = ("lspet", "parse", "buffy", "lsp"), ("full-image", "person")
    values = (pdj(_last(name, kind)["pdj_0.2"]) for name in sets for kind in kinds)
    words = "(LSPet's last 1000 {} to {}, Image Parse {} to {}, Buffy {} to {}, LSP {} to {})"
    yield Phrase("docs/decisions.md", words, three(*values))


def upper_bodies() -> Iterator[Place]:
    """What flic-compact makes of stage 0's boxes on films."""
    flic, buffy = (_last(f"{name}-flic-compact", "person") for name in ("flic", "buffy"))
    full, main_face = _last("flic-flic-compact", "full-image"), _last("buffy-flic-compact", "face")
    found, joints = buffy["pdj_0.2"], [pdj(buffy["pdj_0.2"], joint) for joint in ("elbow", "wrist")]
    words = "stage 3 finds {} at 0.2; from `person-box`'s, which is what `deeppose predict` starts from, {}:"
    yield Phrase(FLIC_CARD, words, three(pdj(full["pdj_0.2"]), pdj(flic["pdj_0.2"])))
    words = "stage 3 reaches {} strict PCP and {} at 0.2** (elbows {}, wrists {})"
    yield Phrase(FLIC_CARD, words, three(strict(buffy), pdj(found), *joints))
    words = "{} at 0.2 against {} from this box"
    yield Phrase(BOX_CARD, words, three(pdj(main_face["pdj_0.2"]), pdj(found)))
    words = "never trained on, {} % and {} % at 0.2, the person found first"
    yield Phrase(README, words, tuple(f"{100 * joint:.0f}" for joint in joints))


def acrobats() -> Iterator[Place]:
    """lsp-compact's card, from stage 0's boxes."""
    lspet, flic = (_last(name, "person") for name in ("lspet", "flic"))
    words = "{} and {} after stage 3 from `person-box`'s"
    yield Phrase(CARD, words, three(strict(lspet), pdj(lspet["pdj_0.2"])))
    yield Phrase(CARD, "PDJ@0.2 {} from `person-box`'s boxes", three(pdj(flic["pdj_0.2"])))
