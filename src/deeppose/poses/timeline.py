"""The poses of a video's people over time: what plots and pages show of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.skeleton import Skeleton
from deeppose.types import Floats


@dataclass(frozen=True, eq=False)
class Track:
    """One person over the T frames of their video; NaN where they are not.

    Attributes:
        number: the person's.
        raw: (T, K, 3) x, y, score as found; x, y of a filled gap with score 0.
        smoothed: (T, K, 2), NaN where nothing was smoothed.
        angles, speeds: (T,) by name, where the records have them.
        filled: (T,) frames in which a gap was filled.
    """

    number: int
    raw: Floats
    smoothed: Floats
    angles: dict[str, Floats]
    speeds: dict[str, Floats]
    filled: NDArray[np.bool_]

    @property
    def joints(self) -> Floats:
        """(T, K, 2): smoothed where known, else as found."""
        return np.where(np.isnan(self.smoothed), self.raw[..., :2], self.smoothed)

    @property
    def is_smoothed(self) -> bool:
        """Whether `joints` differ from what was found."""
        return bool(np.isfinite(self.smoothed).any())

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) frames in which the person was found."""
        return ~np.isnan(self.raw[:, 0, 0]) & ~self.filled


@dataclass(frozen=True, eq=False)
class Timeline:
    """One video: its name, times (T,), picture size, skeleton and tracks, in the order of their numbers."""

    file: str
    times: Floats
    size: tuple[int, int]
    skeleton: Skeleton
    tracks: tuple[Track, ...]

    @property
    def seconds(self) -> Floats:
        """(T,) since its first frame."""
        return np.asarray(self.times - self.times[0])
