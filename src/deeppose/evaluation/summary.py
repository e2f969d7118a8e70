"""One evaluation as one JSON-able result: every stage's numbers, as fractions, under their protocol.

`summarise` makes it, `tables.render` prints it. A fraction with nothing to count is None.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from deeppose.errors import ConfigError
from deeppose.evaluation.counts import Floats
from deeppose.evaluation.joints import diagonal_name
from deeppose.evaluation.measures import PCP_THRESHOLD, measure
from deeppose.evaluation.protocol import People, Protocol

Result = dict[str, Any]


def summarise(
    people: People, stages: Floats, protocol: Protocol, floor: Floats | None = None, samples: int = 1000
) -> Result:
    """Measure every stage.

    Args:
        people: N of them.
        stages: (S, N, K, 2) predicted joints in pixels, the first stage first.
        protocol: repeated in the result, with the number of people and the diagonal's name added.
        floor: (N, K, 2) the mean pose of the training set in each person's box, measured beside the stages.
        samples: bootstrap resamples for the 95 % intervals; 0 leaves them out.

    Returns:
        "protocol"; "stages", a list, each its number as "stage" and what `measures.measure` gives; "mean_pose" or None.

    Raises:
        ConfigError: predictions of another shape than the truth.
    """
    if stages.ndim != 4 or stages.shape[1:] != people.joints.shape:
        raise ConfigError(
            f"predictions of shape {stages.shape} do not fit {people.joints.shape}: (S, N, K, 2) is needed"
        )
    words = {**asdict(protocol), "people": len(people.joints), "pcp_threshold": PCP_THRESHOLD}
    torso = people.skeleton.torso
    words["diagonal_joints"] = (
        diagonal_name(people.skeleton, protocol.diagonal) if torso else "none: no torso"
    )
    words["missing"] = 0 if people.absent is None else int(people.absent.all(1).sum())
    measured = [
        {"stage": s + 1, **measure(people, stage, protocol, samples)} for s, stage in enumerate(stages)
    ]
    lowest = None if floor is None else measure(people, floor, protocol, 0)
    result: Result = plain({"protocol": words, "stages": measured, "mean_pose": lowest})
    return result


def plain(value: Any) -> Any:
    """Without NaN and infinity, which JSON has not: an undefined fraction is None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
