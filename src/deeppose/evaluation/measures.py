"""Every metric of one set of predictions, as one value."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from deeppose.errors import ConfigError
from deeppose.evaluation import endpoint, limbs, oks, stickmen, taxonomy, uncertainty
from deeppose.evaluation import joints as by_joint
from deeppose.evaluation.counts import Counts
from deeppose.evaluation.joints import Sizes
from deeppose.evaluation.outcome import (
    Curve,
    EndpointErrors,
    FoundRates,
    JointRates,
    KitRates,
    LimbRates,
    Measured,
    Mistakes,
    Pcp,
    Pdj,
)
from deeppose.evaluation.protocol import People, Protocol
from deeppose.evaluation.uncertainty import Interval
from deeppose.skeleton import Skeleton
from deeppose.types import Floats

PCP_THRESHOLD, PCK_THRESHOLD, PCKH_THRESHOLD = 0.5, 0.2, 0.5
CURVE = np.linspace(0.0, 0.5, 51)
"""Thresholds of the PDJ curve: the range of the paper's Figs. 3, 4, 5 and 7."""


def measure(people: People, predicted: Floats, protocol: Protocol, samples: int = 0) -> Measured:
    """Every metric of one set of predictions (N, K, 2), with intervals from so many bootstrap samples."""
    area = oks.areas(people.joints, people.labelled) if people.areas is None else people.areas
    box = by_joint.box_sizes(people.joints, people.labelled)
    mean, share, errors = _similarity(people, predicted, area)
    return Measured(
        _pcp(people, predicted),
        _pdj(people, predicted, protocol),
        _found(people, predicted, box, PCK_THRESHOLD),
        _pckh(people, predicted),
        _lengths(people, predicted),
        mean,
        share,
        errors,
        _intervals(people, predicted, protocol, samples) if samples else {},
    )


def _pcp(people: People, predicted: Floats) -> Pcp:
    poses, skeleton = (people.joints, people.counted, predicted, people.skeleton), people.skeleton
    strict = _limb_rates(limbs.pcp(*poses, PCP_THRESHOLD, "strict"), skeleton)
    loose = _limb_rates(limbs.pcp(*poses, PCP_THRESHOLD, "loose"), skeleton)
    if not {"torso", "head"} <= {limb.kind for limb in skeleton.limbs}:
        return Pcp(strict, loose, None)
    detected = stickmen.detected_people(*poses)
    kit = _limb_rates(stickmen.kit_pcp(*poses, detected, PCP_THRESHOLD), skeleton)
    share = float(detected.mean()) if len(detected) else float("nan")
    return Pcp(strict, loose, KitRates(kit.kinds, kit.mean, kit.mean_of_sticks, share))


def _limb_rates(counts: Counts, skeleton: Skeleton) -> LimbRates:
    return LimbRates(
        {kind: c.rate().item() for kind, c in limbs.by_kind(counts, skeleton).items()},
        limbs.mean_of_kinds(counts, skeleton).item(),
        limbs.mean_of_sticks(counts).item(),
    )


def _pdj(people: People, predicted: Floats, protocol: Protocol) -> Pdj | None:
    if not people.skeleton.torso:
        return None
    sizes = by_joint.torso_sizes(people.joints, people.labelled, people.skeleton, protocol.diagonal)
    poses = (people.joints, people.counted, predicted, sizes)
    counts, curve = by_joint.found(*poses, np.array(protocol.thresholds)), by_joint.found(*poses, CURVE)
    at = {t: _joint_rates(counts[i], people.skeleton) for i, t in enumerate(protocol.thresholds)}
    return Pdj(at, _curve(curve, people.skeleton), endpoint.area(CURVE, curve.mean()).item())


def _curve(counts: Counts, skeleton: Skeleton) -> Curve:
    joints = dict(zip(skeleton.joints, counts.rate().T.tolist(), strict=True))
    return Curve(CURVE.round(4).tolist(), counts.mean().tolist(), joints)


def _joint_rates(counts: Counts, skeleton: Skeleton) -> JointRates:
    rates = counts.rate().tolist()
    return JointRates(counts.mean().item(), dict(zip(skeleton.joints, rates, strict=True)))


def _found(people: People, predicted: Floats, sizes: Sizes, threshold: float) -> FoundRates:
    counts = by_joint.found(people.joints, people.counted, predicted, sizes, np.array([threshold]))
    rates = _joint_rates(counts[0], people.skeleton)
    return FoundRates(rates.mean, rates.joints, threshold)


def _pckh(people: People, predicted: Floats) -> FoundRates | None:
    try:
        sizes = people.heads or by_joint.head_sizes(people.joints, people.labelled, people.skeleton)
    except ConfigError:
        return None
    return _found(people, predicted, sizes, PCKH_THRESHOLD)


def _lengths(people: People, predicted: Floats) -> EndpointErrors:
    known = people.counted if people.absent is None else people.counted & ~people.absent
    poses = (people.joints, known, predicted)
    each = zip(people.skeleton.joints, endpoint.endpoint_errors(*poses), strict=True)
    return EndpointErrors(**asdict(endpoint.endpoint_error(*poses)), joints=dict(each))


def _similarity(
    people: People, predicted: Floats, area: Floats
) -> tuple[float | None, oks.Share | None, Mistakes | None]:
    """Mean OKS, the share of people found by it (where the data set gives areas), and the kinds of mistakes."""
    try:
        sigma = oks.sigmas(people.skeleton)
    except ConfigError:
        return None, None, None
    truth, labelled, skeleton = people.joints, people.labelled, people.skeleton
    each = oks.oks(truth, people.counted, predicted, sigma, area)[people.counted.any(1)]
    verdicts = taxonomy.kinds(truth, labelled, predicted, skeleton, sigma, area, people.pictures)
    share = None
    if people.areas is not None:
        share = oks.share(truth, labelled, predicted, skeleton, area, people.given)
    mean = float(each.mean()) if each.size else float("nan")
    return mean, share, _mistakes(taxonomy.counts(verdicts & people.counted), skeleton)


def _mistakes(counts: Counts, skeleton: Skeleton) -> Mistakes:
    columns = zip(skeleton.joints, counts.rate().T.tolist(), strict=True)
    joints = {joint: dict(zip(taxonomy.KINDS, column, strict=True)) for joint, column in columns}
    return Mistakes(dict(zip(taxonomy.KINDS, counts.pooled().rate().tolist(), strict=True)), joints)


def _intervals(people: People, predicted: Floats, protocol: Protocol, samples: int) -> dict[str, Interval]:
    """95 % bootstrap intervals of the two numbers the paper reports."""
    poses, skeleton = (people.joints, people.counted, predicted), people.skeleton
    strict = limbs.pcp_outcomes(*poses, skeleton, PCP_THRESHOLD)
    pcp = uncertainty.interval(strict, lambda counts: limbs.mean_of_kinds(counts, skeleton), samples=samples)
    found = {"pcp_strict_mean": pcp}
    if skeleton.torso:
        sizes = by_joint.torso_sizes(people.joints, people.labelled, skeleton, protocol.diagonal)
        outcomes = by_joint.found_outcomes(*poses, sizes, 0.2)
        found["pdj_0.2_mean"] = uncertainty.interval(outcomes, samples=samples)
    return found
