"""People and every stage's predictions to an `Outcome`."""

from __future__ import annotations

from deeppose.errors import ConfigError
from deeppose.evaluation.measures import measure
from deeppose.evaluation.outcome import Outcome
from deeppose.evaluation.protocol import People, Protocol
from deeppose.types import Floats


def summarise(
    people: People, stages: Floats, protocol: Protocol, floor: Floats | None = None, samples: int = 1000
) -> Outcome:
    """Measure every stage.

    Args:
        people: N of them.
        stages: (S, N, K, 2) predicted joints in pixels, the first stage first.
        protocol: what the numbers mean.
        floor: (N, K, 2) the mean pose of the training set in each person's box, measured beside the stages.
        samples: bootstrap resamples for the 95 % intervals; 0 leaves them out.

    Raises:
        ConfigError: predictions of another shape than the truth.
    """
    if stages.ndim != 4 or stages.shape[1:] != people.joints.shape:
        raise ConfigError(
            f"predictions of shape {stages.shape} do not fit {people.joints.shape}: (S, N, K, 2) is needed"
        )
    measured = tuple(measure(people, stage, protocol, samples) for stage in stages)
    lowest = None if floor is None else measure(people, floor, protocol, 0)
    return Outcome(people, protocol, measured, lowest)
