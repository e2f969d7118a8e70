"""What a report is about: the truth and every stage's predictions of the same people, measured alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deeppose.data.annotation import Dataset
from deeppose.evaluation import joints as by_joint
from deeppose.evaluation.counts import Outcomes
from deeppose.evaluation.joints import Sizes
from deeppose.evaluation.outcome import Evaluation, Outcome
from deeppose.evaluation.predictions import Predictions
from deeppose.skeleton import Skeleton
from deeppose.types import Floats, Mask

HIT = 0.2
"""A joint is found within this share of the person's size: PDJ at 0.2, what the paper selects by (section 4.1)."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One evaluation, and what the page asks of it: N people of K joints, S stages."""

    evaluation: Evaluation

    @property
    def dataset(self) -> Dataset:
        """The truth."""
        return self.evaluation.truth

    @property
    def predictions(self) -> Predictions:
        """Of the same people."""
        return self.evaluation.predictions

    @property
    def outcome(self) -> Outcome:
        """What was measured."""
        return self.evaluation.outcome

    @property
    def skeleton(self) -> Skeleton:
        """Of K joints."""
        return self.dataset.skeleton

    @property
    def stages(self) -> Floats:
        """(S, N, K, 2) pixels."""
        return self.predictions.stages

    @property
    def sigma(self) -> float | None:
        """Side of a joint box over diam(y), eq. (7), where it is known."""
        return self.predictions.sigma

    @cached_property
    def truth(self) -> Floats:
        """(N, K, 2) pixels."""
        return self.dataset.joints()

    @cached_property
    def labelled(self) -> Mask:
        """(N, K) joints that the data set labels: what people are measured by."""
        return self.dataset.labelled()

    @cached_property
    def counted(self) -> Mask:
        """(N, K) labelled joints that the predictions could have."""
        return self.labelled & self.predictions.given

    @cached_property
    def compared(self) -> Mask:
        """(N, K) counted joints that were predicted: those with a finite error."""
        return self.counted & ~self.predictions.absent

    @cached_property
    def sizes(self) -> Sizes:
        """What a hit is measured by: the protocol's torso diagonal, or the longer side without a torso."""
        if not self.skeleton.torso:
            return self.extents
        diagonal = self.evaluation.protocol.diagonal
        return by_joint.torso_sizes(self.truth, self.labelled, self.skeleton, diagonal)

    @property
    def hit_name(self) -> str:
        """The name of a hit's rate: PDJ where there is a torso, PCK elsewhere."""
        return f"{'PDJ' if self.skeleton.torso else 'PCK'}@{HIT:g}"

    @cached_property
    def extents(self) -> Sizes:
        """Longer side of the box around each person's labelled joints."""
        return by_joint.box_sizes(self.truth, self.labelled)

    @cached_property
    def errors(self) -> Floats:
        """(S, N, K) pixels from the truth."""
        return by_joint.errors(self.truth, self.stages)

    def found(self, stage: int, threshold: float = HIT) -> Outcomes:
        """(N, K) which joints a stage (from 0) has within `threshold` of the person's size."""
        return by_joint.found_outcomes(self.truth, self.counted, self.stages[stage], self.sizes, threshold)

    @cached_property
    def hits(self) -> list[Outcomes]:
        """`found` of every stage at `HIT`."""
        return [self.found(s) for s in range(len(self.stages))]

    @cached_property
    def person_errors(self) -> Floats:
        """(S, N) mean error of the compared joints over the person's longer side; infinite where there are none."""
        size, known = self.extents
        total = np.where(self.compared, self.errors, 0.0).sum(-1)
        count = self.compared.sum(-1)
        usable = (count > 0) & known & (size > 0)
        errors = total / np.where(usable, count * size, 1.0)
        return np.where(usable, errors, np.inf)
