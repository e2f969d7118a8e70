"""Every metric of one set of predictions, as nested dictionaries of fractions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from deeppose.errors import ConfigError
from deeppose.evaluation import endpoint, limbs, oks, stickmen, taxonomy, uncertainty
from deeppose.evaluation import joints as by_joint
from deeppose.evaluation.counts import Counts, Floats, Mask
from deeppose.evaluation.joints import Sizes
from deeppose.evaluation.protocol import People, Protocol
from deeppose.skeleton import Skeleton

PCP_THRESHOLD, PCK_THRESHOLD, PCKH_THRESHOLD = 0.5, 0.2, 0.5
CURVE = np.linspace(0.0, 0.5, 51)
"""Thresholds of the PDJ curve: the range of the paper's Figs. 3, 4, 5 and 7."""

Result = dict[str, Any]


def measure(people: People, predicted: Floats, protocol: Protocol, samples: int = 0) -> Result:
    """Every metric of one set of predictions (N, K, 2): the keys are "pcp", "pdj", "pdj_curve", "pdj_area", "pck",
    "pckh", "oks", "endpoint_error" (pixels), "errors" (the taxonomy) and, with samples, "interval".

    What a skeleton cannot have (PDJ without a torso, PCKh without a head, OKS without sigmas) is None.
    """
    result: Result = {
        "pcp": _pcp(people, predicted),
        **_pdj(people, predicted, protocol),
        "pck": _found(people, predicted, by_joint.box_sizes(people.joints, people.labelled), PCK_THRESHOLD),
        "pckh": _pckh(people, predicted),
        "endpoint_error": _lengths(people, predicted),
        **_similarity(people, predicted),
    }
    if samples:
        result["interval"] = _intervals(people, predicted, protocol, samples)
    return result


def _pcp(people: People, predicted: Floats) -> Result:
    poses, skeleton = (people.joints, people.counted, predicted, people.skeleton), people.skeleton
    rules = {
        "strict": limbs.pcp(*poses, PCP_THRESHOLD, "strict"),
        "loose": limbs.pcp(*poses, PCP_THRESHOLD, "loose"),
    }
    result: Result = {rule: _limb_rates(counts, skeleton) for rule, counts in rules.items()}
    if {"torso", "head"} <= {limb.kind for limb in skeleton.limbs}:
        detected = stickmen.detected_people(*poses)
        kit = _limb_rates(stickmen.kit_pcp(*poses, detected, PCP_THRESHOLD), skeleton)
        result["buffy_kit"] = {**kit, "detected": float(detected.mean()) if len(detected) else None}
    return result


def _limb_rates(counts: Counts, skeleton: Skeleton) -> Result:
    kinds = {kind: c.rate().item() for kind, c in limbs.by_kind(counts, skeleton).items()}
    means = {
        "mean": limbs.mean_of_kinds(counts, skeleton).item(),
        "mean_of_sticks": limbs.mean_of_sticks(counts).item(),
    }
    return {"kinds": kinds, **means}


def _pdj(people: People, predicted: Floats, protocol: Protocol) -> Result:
    if not people.skeleton.torso:
        return {"pdj": None, "pdj_curve": None, "pdj_area": None}
    sizes = by_joint.torso_sizes(people.joints, people.labelled, people.skeleton, protocol.diagonal)
    poses = (people.joints, people.counted, predicted, sizes)
    counts, curve = by_joint.found(*poses, np.array(protocol.thresholds)), by_joint.found(*poses, CURVE)
    rates = {f"{t:g}": _joint_rates(counts[i], people.skeleton) for i, t in enumerate(protocol.thresholds)}
    area = endpoint.area(CURVE, curve.mean()).item()
    return {"pdj": rates, "pdj_curve": _curve(curve, people.skeleton), "pdj_area": area}


def _curve(counts: Counts, skeleton: Skeleton) -> Result:
    joints = dict(zip(skeleton.joints, counts.rate().T.tolist(), strict=True))
    return {"thresholds": CURVE.round(4).tolist(), "mean": counts.mean().tolist(), "joints": joints}


def _joint_rates(counts: Counts, skeleton: Skeleton) -> Result:
    rates = counts.rate().tolist()
    return {"mean": counts.mean().item(), "joints": dict(zip(skeleton.joints, rates, strict=True))}


def _found(people: People, predicted: Floats, sizes: Sizes, threshold: float) -> Result:
    counts = by_joint.found(people.joints, people.counted, predicted, sizes, np.array([threshold]))
    return {"threshold": threshold, **_joint_rates(counts[0], people.skeleton)}


def _pckh(people: People, predicted: Floats) -> Result | None:
    try:
        sizes = people.heads or by_joint.head_sizes(people.joints, people.labelled, people.skeleton)
    except ConfigError:
        return None
    return _found(people, predicted, sizes, PCKH_THRESHOLD)


def _lengths(people: People, predicted: Floats) -> Result:
    known = people.counted if people.absent is None else people.counted & ~people.absent
    poses = (people.joints, known, predicted)
    each = zip(people.skeleton.joints, endpoint.endpoint_errors(*poses), strict=True)
    return {
        **asdict(endpoint.endpoint_error(*poses)),
        "joints": {joint: asdict(lengths) for joint, lengths in each},
    }


def _similarity(people: People, predicted: Floats) -> Result:
    """Mean OKS and the error taxonomy, None where a joint of the skeleton has no published sigma."""
    try:
        sigma = oks.sigmas(people.skeleton)
    except ConfigError:
        return {"oks": None, "oks_share": None, "errors": None}
    area = oks.areas(people.joints, people.labelled) if people.areas is None else people.areas
    each = oks.oks(people.joints, people.counted, predicted, sigma, area)[people.counted.any(1)]
    verdicts = taxonomy.kinds(
        people.joints, people.labelled, predicted, people.skeleton, sigma, area, people.pictures
    )
    judged = verdicts & people.counted
    share = None
    if people.areas is not None:
        share = asdict(
            oks.share(people.joints, people.labelled, predicted, people.skeleton, area, people.given)
        )
    mean = float(each.mean()) if each.size else None
    return {"oks": mean, "oks_share": share, "errors": _errors(judged, people.skeleton)}


def _errors(verdicts: Mask, skeleton: Skeleton) -> Result:
    counts = taxonomy.counts(verdicts)
    columns = zip(skeleton.joints, counts.rate().T.tolist(), strict=True)
    joints = {joint: dict(zip(taxonomy.KINDS, column, strict=True)) for joint, column in columns}
    return {"all": dict(zip(taxonomy.KINDS, counts.pooled().rate().tolist(), strict=True)), "joints": joints}


def _intervals(people: People, predicted: Floats, protocol: Protocol, samples: int) -> Result:
    """95 % bootstrap intervals of the two numbers the paper reports."""
    poses, skeleton = (people.joints, people.counted, predicted), people.skeleton
    strict = limbs.pcp_outcomes(*poses, skeleton, PCP_THRESHOLD)
    pcp = uncertainty.interval(strict, lambda counts: limbs.mean_of_kinds(counts, skeleton), samples=samples)
    result = {"pcp_strict_mean": asdict(pcp)}
    if skeleton.torso:
        sizes = by_joint.torso_sizes(people.joints, people.labelled, skeleton, protocol.diagonal)
        found = by_joint.found_outcomes(*poses, sizes, 0.2)
        result["pdj_0.2_mean"] = asdict(uncertainty.interval(found, samples=samples))
    return result
