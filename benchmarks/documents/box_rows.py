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
    """The person-box card: overlaps, and lsp-compact from each box."""
    for name, label in (("lsp", "LSP test, 1000"), ("lspet", "LSPet's last 1000"), ("parse", "Image Parse test, 205"),
                        ("buffy", "Buffy test, 276 (upper bodies, OC labels)")):  # fmt: skip
        row = _from_boxes(result(f"boxes-{name}")[name], True)
        yield Row(BOX_CARD, "Mean intersection over union", (label,), row)
    person, full = (
        [strict(result(f"boxes-{n}")[n][kind]["stages"][-1]) for n in ("parse", "buffy")]
        for kind in ("person", "full-image")
    )
    yield Phrase(
        README,
        "strict PCP from {} to {}, on Buffy's film frames from {} to {} (",
        three(full[0], person[0], full[1], person[1]),
    )


def _from_boxes(kinds: dict[str, Any], overlaps: bool) -> tuple[str | None, ...]:
    """Overlaps of full image and found box, and PCP / PDJ@0.2 from each box."""
    stages = (kinds[kind]["stages"][-1] for kind in ("full-image", "person", "ground-truth"))
    scores = [" / ".join(three(strict(stage), stage["pdj_0.2"]["mean"])) for stage in stages]
    iou = three(*(kinds[kind]["box"]["iou"] for kind in ("full-image", "person")))
    return (*(iou if overlaps else (None, None)), *scores)


def person_first() -> Iterator[Place]:
    """PDJ@0.2 from the full image and from the box that `deeppose predict` finds."""
    values = [
        result(f"boxes-{name}")[name][kind]["stages"][-1]["pdj_0.2"]["mean"]
        for name in ("lspet", "parse", "buffy", "lsp")
        for kind in ("full-image", "person")
    ]
    words = "(LSPet's last 1000 {} to {}, Image Parse {} to {}, Buffy {} to {}, LSP {} to {})"
    yield Phrase("docs/decisions.md", words, three(*values))


def upper_bodies() -> Iterator[Place]:
    """What flic-compact, and lsp-compact, make of stage 0's boxes on films."""
    flic, buffy = (result(f"boxes-{name}-flic-compact")[name] for name in ("flic", "buffy"))
    found = {name: kinds["person"]["stages"][-1] for name, kinds in (("flic", flic), ("buffy", buffy))}
    joints = [pdj(found["buffy"]["pdj_0.2"], joint) for joint in ("elbow", "wrist")]
    at_02 = {name: stage["pdj_0.2"]["mean"] for name, stage in found.items()}
    full = flic["full-image"]["stages"][-1]["pdj_0.2"]["mean"]
    words = "stage 3 finds {} at 0.2; from `person-box`'s, which is what `deeppose predict` starts from, {}:"
    yield Phrase(FLIC_CARD, words, three(full, at_02["flic"]))
    words = "stage 3 reaches {} strict PCP and {} at 0.2** (elbows {}, wrists {})"
    yield Phrase(FLIC_CARD, words, three(strict(found["buffy"]), at_02["buffy"], *joints))
    main_face = buffy["face"]["stages"][-1]["pdj_0.2"]["mean"]
    yield Phrase(BOX_CARD, "{} at 0.2 against {} from this box", three(main_face, at_02["buffy"]))
    for label, kinds in (("... by `flic-compact`", buffy), ("FLIC test, 1016, by `flic-compact`", flic)):
        yield Row(BOX_CARD, "Mean intersection over union", (label,), _from_boxes(kinds, label[0] == "F"))
    whole = [f"{100 * joint:.0f}" for joint in joints]
    yield Phrase(README, "never trained on, {} % and {} % at 0.2, the person found first", tuple(whole))


def acrobats() -> Iterator[Place]:
    """lsp-compact's card, from stage 0's boxes."""
    lspet, flic = (result(f"boxes-{name}")[name]["person"]["stages"][-1] for name in ("lspet", "flic"))
    yield Phrase(
        CARD, "{} and {} after stage 3 from `person-box`'s", three(strict(lspet), lspet["pdj_0.2"]["mean"])
    )
    yield Phrase(CARD, "PDJ@0.2 {} from `person-box`'s boxes", three(flic["pdj_0.2"]["mean"]))
