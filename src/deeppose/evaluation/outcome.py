"""One evaluation as one value: truth, predictions, protocol and every number; tables, JSON and report are views of it.

Rates are fractions; NaN stands where nothing was counted, None where a skeleton cannot have the metric at all (PDJ
without a torso, PCKh without a head, OKS without published sigmas).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deeppose.data.annotation import Dataset
from deeppose.evaluation.endpoint import Lengths
from deeppose.evaluation.joints import diagonal_name
from deeppose.evaluation.limbs import Rule
from deeppose.evaluation.oks import Share
from deeppose.evaluation.predictions import Predictions
from deeppose.evaluation.protocol import People, Protocol
from deeppose.evaluation.uncertainty import Comparison, Interval

Rates = dict[str, float]
"""By the name of a joint, a kind of limb or a kind of mistake."""


@dataclass(frozen=True)
class LimbRates:
    """PCP by limb kind, the paper's "Ave." of the four kinds, and the mean of all sticks."""

    kinds: Rates
    mean: float
    mean_of_sticks: float


@dataclass(frozen=True)
class KitRates(LimbRates):
    """PCP of detected people, and the share of people detected, as the Buffy kit counts them."""

    detected: float


@dataclass(frozen=True)
class Pcp:
    """Percentage of correct parts by every rule."""

    strict: LimbRates
    loose: LimbRates
    buffy_kit: KitRates | None

    def by(self, rule: Rule) -> LimbRates:
        """Of one of the paper's two rules."""
        return self.strict if rule == "strict" else self.loose


@dataclass(frozen=True)
class JointRates:
    """The mean over joints, and each joint's."""

    mean: float
    joints: Rates


@dataclass(frozen=True)
class FoundRates(JointRates):
    """The same at one threshold."""

    threshold: float


@dataclass(frozen=True)
class Curve:
    """PDJ over its thresholds."""

    thresholds: list[float]
    mean: list[float]
    joints: dict[str, list[float]]


@dataclass(frozen=True)
class Pdj:
    """Percentage of detected joints: at the protocol's thresholds, along the curve, and the area under it."""

    at: dict[float, JointRates]
    curve: Curve
    area: float


@dataclass(frozen=True)
class EndpointErrors(Lengths):
    """Of all joints, and of each, in pixels."""

    joints: dict[str, Lengths]


@dataclass(frozen=True)
class Mistakes:
    """The share of each kind of mistake (`taxonomy.KINDS`): of all labelled joints, and of each joint's."""

    all: Rates
    joints: dict[str, Rates]


@dataclass(frozen=True)
class Measured:
    """Every number of one set of predictions.

    Attributes:
        intervals: 95 % bootstrap intervals, by the names `measures` gives them; empty where none were asked for.
    """

    pcp: Pcp
    pdj: Pdj | None
    pck: FoundRates
    pckh: FoundRates | None
    endpoint_error: EndpointErrors
    oks: float | None
    oks_share: Share | None
    errors: Mistakes | None
    intervals: dict[str, Interval]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What was measured: on whom, under which protocol, of every stage and of the mean pose."""

    people: People
    protocol: Protocol
    stages: tuple[Measured, ...]
    mean_pose: Measured | None

    @property
    def last(self) -> Measured:
        """Of the last stage."""
        return self.stages[-1]

    @property
    def missing(self) -> int:
        """People nobody predicted."""
        return 0 if self.people.absent is None else int(self.people.absent.all(1).sum())

    @property
    def diagonal(self) -> str:
        """The joints of the torso diagonal, or of what else tells the size of a pose, in words."""
        skeleton = self.people.skeleton
        return diagonal_name(skeleton, self.protocol.diagonal) if skeleton.torso else "none"

    @property
    def counted(self) -> bool:
        """Whether any joint of the last stage was: otherwise every table is dashes alone."""
        return self.last.pck.mean == self.last.pck.mean

    def named(self) -> Iterator[tuple[str, Measured]]:
        """Every stage and the mean pose, by what tables call them."""
        yield from ((f"stage {number}", measured) for number, measured in enumerate(self.stages, 1))
        if self.mean_pose is not None:
            yield "mean pose", self.mean_pose


@dataclass(frozen=True)
class BoxFacts:
    """What is known of the boxes predicted in, beside the ground-truth ones.

    Attributes:
        people: how many.
        iou: mean intersection over union.
        fallbacks: people whose box is the full image because no face was found; None where none is sought.
    """

    people: int
    iou: float
    fallbacks: int | None


@dataclass(frozen=True)
class Compared:
    """Two predictions of the same people: the other file, and the paired comparison of each number."""

    against: str
    of: dict[str, Comparison]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Truth, predictions and outcome.

    Attributes:
        truth: the data set, N people.
        predictions: of the same people.
        outcome: what was measured.
        box: of boxes this program chose, else None.
        average_precision: COCO's, by name, where predictions and joints allow it; else None.
        comparison: with other predictions, where there are any.
    """

    truth: Dataset
    predictions: Predictions
    outcome: Outcome
    box: BoxFacts | None = None
    average_precision: Rates | None = None
    comparison: Compared | None = None

    @property
    def protocol(self) -> Protocol:
        """What the numbers mean."""
        return self.outcome.protocol
