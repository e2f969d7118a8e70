"""How fast people are scored: all metrics at once against a plain loop, and OKS against the library for COCO's AP.

    python benchmarks/scoring.py [--people 100000] [--loop 1000] [--library 5000]

The loop is measured on fewer people and extrapolated in proportion, which suits it: it does the same for each. The
library is measured on fewer too, a picture each; its time a person is compared, not extrapolated. Random people of 14
joints, about 15 % of them unlabelled. Needs the extra `coco`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable

import numpy as np

from deeppose.evaluation import oks
from deeppose.evaluation.measures import measure
from deeppose.evaluation.protocol import People, Protocol
from deeppose.skeleton import LSP

PROTOCOL = Protocol("random", "test", "unknown", "PC", "random")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--loop", type=int, default=1000, help="people of the plain loop")
    parser.add_argument("--library", type=int, default=5000, help="people of the library's AP")
    args = parser.parse_args()
    people, predicted = random_people(args.people)
    ours = seconds(lambda: measure(people, predicted, PROTOCOL))
    some, few = random_people(args.loop)
    loop = seconds(lambda: plain_loop(some, few)) * args.people / args.loop
    lone, guesses = random_people(args.library)
    library = seconds(lambda: average_precision(lone, guesses)) / args.library
    similarity = seconds(lambda: similarities(people, predicted)) / args.people
    result = {
        "people": args.people,
        "all_metrics_s": round(ours, 3),
        "people_per_s": round(args.people / ours),
        "plain_loop_s_extrapolated": round(loop, 1),
        "plain_loop_measured_people": args.loop,
        "times_the_plain_loop": round(loop / ours, 1),
        "oks_us_a_person": round(1e6 * similarity, 2),
        "library_ap_us_a_person": round(1e6 * library, 2),
        "library_ap_over_all_metrics": round(library / (ours / args.people), 2),
    }
    print(json.dumps(result, indent=1))


def seconds(work: Callable[[], object]) -> float:
    """Processor time: what the work costs, whoever else uses the machine."""
    start = time.process_time()
    work()
    return time.process_time() - start


def random_people(n: int) -> tuple[People, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 200, (n, 14, 2))
    labelled = rng.random((n, 14)) < 0.85
    return People(truth, labelled, LSP), truth + rng.normal(0, 15, truth.shape)


def similarities(people: People, predicted: np.ndarray) -> np.ndarray:
    area = oks.areas(people.joints, people.labelled)
    return oks.oks(people.joints, people.labelled, predicted, oks.sigmas(LSP), area)


def average_precision(people: People, predicted: np.ndarray) -> dict[str, float]:
    images, scores = range(len(predicted)), np.linspace(1, 0, len(predicted))
    truth = (people.joints, people.labelled, images)
    return oks.average_precision(*truth, predicted, scores, images, oks.sigmas(LSP))


def plain_loop(people: People, predicted: np.ndarray) -> dict[str, float]:
    """Strict and loose PCP, PDJ at five thresholds and along the curve, EPE and OKS: fewer metrics than `measure`."""
    totals: dict[str, float] = {}
    thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, *(i / 100 for i in range(51))]
    sigma = oks.sigmas(LSP)
    for truth, seen, guess in zip(people.joints, people.labelled, predicted, strict=True):
        errors = [math.hypot(guess[k][0] - truth[k][0], guess[k][1] - truth[k][1]) for k in range(14)]
        placed = [truth[k] for k in range(14) if seen[k]]
        sides = [max(p[a] for p in placed) - min(p[a] for p in placed) for a in (0, 1)] if placed else [0, 0]
        torso = math.dist(truth[9], truth[2])
        for k in range(14):
            if not seen[k]:
                continue
            scale = 2 * (2 * sigma[k]) ** 2 * (0.53 * sides[0] * sides[1] + 1e-12)
            totals["oks"] = totals.get("oks", 0) + math.exp(-(errors[k] ** 2) / scale)
            totals["epe"] = totals.get("epe", 0) + errors[k]
            if seen[9] and seen[2]:
                for t in thresholds:
                    totals[f"pdj{t}"] = totals.get(f"pdj{t}", 0) + (errors[k] <= t * torso)
        for limb in LSP.limbs:
            if not all(seen[j] for j in limb.start + limb.end):
                continue
            ends = [
                [np.mean([pose[j] for j in end], axis=0) for end in (limb.start, limb.end)]
                for pose in (truth, guess)
            ]
            length = math.dist(*ends[0])
            a, b = math.dist(ends[0][0], ends[1][0]), math.dist(ends[0][1], ends[1][1])
            totals["strict"] = totals.get("strict", 0) + (max(a, b) <= length / 2)
            totals["loose"] = totals.get("loose", 0) + ((a + b) / 2 <= length / 2)
    return totals


if __name__ == "__main__":
    main()
