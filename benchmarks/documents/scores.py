"""Scores of the shipped cascades, and of what they are compared with."""

from __future__ import annotations

from collections.abc import Iterator

from kept import CARD, FLIC_CARD, README, ROBUSTNESS, TRAINING, pdj, result, spread, strict, three
from places import Phrase, Place, Row


def lsp() -> Iterator[Place]:
    """LSP test: README's headline and table, and the card's."""
    told = result("lsp-test")
    for i, stage in enumerate([told["mean_pose"], *told["stages"]]):
        kinds = stage["pcp"]["strict"]["kinds"]
        limbs = [kinds[f"{half} {limb}"] for limb in ("arm", "leg") for half in ("upper", "lower")]
        row = three(*limbs, strict(stage), pdj(stage["pdj"]["0.1"]), pdj(stage["pdj"]["0.2"]))
        ours = f"ours, stage {i}" if i else "mean pose of the training set"
        yield Row(README, "LSP, 1000 test people", (ours,), row)
        yield Row(CARD, "LSP test, 1000 people", (f"stage {i}" if i else "mean pose",), row)
    last = told["stages"][-1]
    yield Phrase(README, "Strict PCP@0.5 on LSP is {} (", three(strict(last)))
    gain = 100 * (pdj(last["pdj"]["0.1"]) - pdj(told["stages"][0]["pdj"]["0.1"]))
    yield Phrase(CARD, "adds little here: {} points of PDJ@0.1", (f"{gain:.1f}",))


def other_sets() -> Iterator[Place]:
    """Other labels, other data sets, another trunk."""
    oc, parse, lspet = (result(name)["stages"] for name in ("lsp-test-oc", "parse-test", "lspet-last-1000"))
    yield Phrase(README, "for which this model was not trained, score {}.", three(strict(oc[-1])))
    yield Phrase(README, "stage 3 scores {}, the paper's cascade 0.69", three(strict(parse[-1])))
    yield Phrase(CARD, "for which it was not trained: {}, {}, {}.", three(*map(strict, oc)))
    yield Phrase(CARD, "full-image box): strict PCP {}, {}, {}.", three(*map(strict, parse)))
    yield Phrase(
        CARD,
        "strict PCP {}, {}, {} and PDJ@0.2 {}, {}, {} from full-image boxes",
        three(*map(strict, lspet), *(pdj(stage["pdj"]["0.2"]) for stage in lspet)),
    )
    imagenet = result("lsp-test-imagenet")["stages"]
    last = strict(imagenet[-1]), pdj(imagenet[-1]["pdj"]["0.2"])
    yield Phrase(README, "it scores {} strict PCP and {} PDJ@0.2**", three(*last))
    first = strict(imagenet[0]), pdj(imagenet[0]["pdj"]["0.2"])
    yield Phrase(README, "after stage 3 (stage 1: {} and {};", three(*first))


def upper_bodies() -> Iterator[Place]:
    """The flic-compact card."""
    for i, stage in enumerate(result("flic-test")["stages"], start=1):
        kinds = stage["pcp"]["strict"]["kinds"]
        row = (
            kinds["upper arm"], kinds["lower arm"], strict(stage), pdj(stage["pdj"]["0.1"]), pdj(stage["pdj"]["0.2"]),
            pdj(stage["pdj"]["0.2"], "elbow"), pdj(stage["pdj"]["0.1"], "wrist"), pdj(stage["pdj"]["0.2"], "wrist"),
        )  # fmt: skip
        yield Row(FLIC_CARD, "FLIC test, 1016 people", (f"stage {i}",), three(*row))
    for i, stage in enumerate(result("buffy-flic")["stages"], start=1):
        joints = (pdj(stage["pdj"]["0.2"], joint) for joint in ("elbow", "wrist"))
        row = (strict(stage), pdj(stage["pdj"]["0.1"]), pdj(stage["pdj"]["0.2"]), *joints)
        yield Row(FLIC_CARD, "Buffy test (episodes", (f"stage {i}",), three(*row))


def peers() -> Iterator[Place]:
    """Beside what people use."""
    lsp, lspet = result("peer-lsp"), result("peer-lspet")
    for label, key in (("MoveNet Lightning, int8", "peer"), ("ours, full-image box", "ours, full-image, stage 3"),
                       ("ours, the person found first", "ours, person, stage 3")):  # fmt: skip
        values = [lsp[key][what] for what in ("strict PCP", "PDJ@0.1", "PDJ@0.2")]
        values += [lspet[key][what] for what in ("strict PCP", "PDJ@0.2")]
        yield Row(README, "Beside what people use", (label,), tuple(map(spread, values)))
    yield Phrase(
        README,
        "MoveNet Lightning, from whose trunk ours started: {})",
        three(lsp["peer"]["strict PCP"]["value"]),
    )


def switches() -> Iterator[Place]:
    """The shipped parameters with each habit switched off."""
    rows = {
        (told["looks"], told["flip"], told["fuse"]): told["stages"] for told in result("switches")["rows"]
    }
    named = {
        (1, False, False): ("one, as in the paper", "no"),
        (1, False, True): ("one", "yes"),
        (2, False, True): ("two, the second instead of the first", "yes"),
        (2, True, False): ("two, the second mirrored and averaged", "no"),
        (2, True, True): ("two, the second mirrored and averaged", "yes"),
    }
    for habits, labels in named.items():
        cells = (" / ".join(three(s["pdj01"], s["pdj02"], s["pcp"])) for s in rows[habits])
        yield Row(CARD, "each habit switched off", labels, tuple(cells))


def trunks() -> Iterator[Place]:
    """What a start is worth with few people."""
    labels = ("none", "of an ImageNet classifier", "of MoveNet Lightning", "`lsp-compact`")
    for label, told in zip(labels, result("trunks")["rows"], strict=True):
        row = three(told["pdj01"], told["pdj02"], told["pcp"])
        yield Row(TRAINING, "What a start is worth with few people", (label,), row)


def portraits() -> Iterator[Place]:
    """Scores of legs that are not in the picture."""
    flic, buffy = (result(f"portraits-{name}")["person"] for name in ("flic", "buffy"))
    knees, ankles, *others = (f"{told[k]['mean']:.2f}" for told in (flic, buffy) for k in ("knees", "ankles"))
    high = max(told[k]["above one half"] for told in (flic, buffy) for k in ("knees", "ankles"))
    words = (
        "unseen knees and ankles score {} and {} on average from `person-box`'s box, of Buffy's 129 {} and {} "
        "(at most {} % above one half;"
    )
    yield Phrase(CARD, words, (knees, ankles, *others, f"{100 * high:.1f}"))


def reliability() -> Iterator[Place]:
    """Share of joints found by score, the expected calibration error, and the area under the curve."""
    told = result("lsp-test-calibration")
    for i, stage in enumerate(told, start=1):
        found = (f"{bin_['rate']:.3f}".lstrip("0") for bin_ in stage["bins"])
        yield Row(
            CARD, "Share found by score", (f"stage {i}",), (*found, *three(stage["ece"], stage["brier"]))
        )
    counts = (f"{bin_['count']}" for bin_ in told[-1]["bins"])
    yield Row(CARD, "Share found by score", ("joints, stage 3",), tuple(counts))
    films = [result(f"{name}-test-calibration")[-1]["ece"] for name in ("buffy", "flic")]
    words = "stage 3 is {} on Buffy test and {} on FLIC test"
    yield Phrase(CARD, words, three(*films))
    yield Phrase(CARD, "(AUC) of {}, {} and {} after the three", three(*(stage["auc"] for stage in told)))
    words = "calibration error is {} ({} and {} after stages 1 and 2)"
    yield Phrase(ROBUSTNESS, words, three(told[-1]["ece"], told[0]["ece"], told[1]["ece"]))
