"""Trajectories without their jitter, after the event and without lag, on the frames' real times.

One joint of one person at a time: outliers are taken out (Hampel), short gaps filled, what lies between long gaps is
brought to uniform times, filtered forwards and backwards, and brought back. Samples count by their scores. Options bear
Sports2D's names. For a camera, which cannot wait, there is `stream.one_euro`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from deeppose.errors import ConfigError, unknown
from deeppose.types import Floats, Mask

Filter = Callable[[Floats], Floats]

WINDOW = 7
"""Frames over which an outlier is judged, itself in the middle."""

FAR = 3.0
"""Standard deviations (1.4826 times the median absolute deviation) from the window's median that make an outlier."""

LEAST = 0.05
"""The weight of a sample whose score is 0: a filter needs something to go on."""


@dataclass(frozen=True)
class Smoothing:
    """How to smooth; the names are Sports2D's.

    Attributes:
        filter_type: "butterworth" (zero phase: `order` / 2 forwards, as much backwards), "savgol" (Savitzky-Golay,
            cubic, of the window that has the cut-off) or "none" (outliers and gaps alone, if these are asked for).
        cut_off_frequency: Hz; movement faster than this is taken for jitter.
        order: of the Butterworth filter after both passes; even.
        interp_gap_smaller_than: gaps of fewer frames are filled.
        reject_outliers: whether outliers are taken out first.
    """

    filter_type: str = "butterworth"
    cut_off_frequency: float = 6.0
    order: int = 4
    interp_gap_smaller_than: int = 10
    reject_outliers: bool = True

    def __post_init__(self) -> None:
        if self.filter_type not in FILTERS:
            raise unknown("filter", self.filter_type, FILTERS)
        if not 0 < self.cut_off_frequency < np.inf:
            raise ConfigError(f"cut-off-frequency {self.cut_off_frequency:g}: give Hz above 0, such as 6")
        if self.order < 2 or self.order % 2:
            raise ConfigError(f"order {self.order}: give an even number, 2 or more; both passes share it")
        if self.interp_gap_smaller_than < 0:
            raise ConfigError(
                f"interp-gap-smaller-than {self.interp_gap_smaller_than}: give frames, 0 or more"
            )


def smooth(times: Floats, joints: Floats, scores: Floats, seen: Mask, how: Smoothing) -> Floats:
    """One person's trajectories, smoothed.

    Args:
        times: (T,) seconds, rising.
        joints: (T, K, 2) pixels.
        scores: (T, K) in [0, 1]; how much each sample counts.
        seen: (T,) whether the person was found; where not, the values mean nothing.
        how: the options.

    Returns:
        (T, K, 2); NaN in gaps too long to be filled.
    """
    out = np.full(joints.shape, np.nan)
    for k in range(joints.shape[1]):
        points = np.where(seen[:, None], joints[:, k], np.nan)
        weights = np.clip(scores[:, k], LEAST, 1.0)
        if how.reject_outliers:
            points = np.where(outliers(points)[:, None], np.nan, points)
        points, weights = filled(times, points, weights, how.interp_gap_smaller_than)
        for part in sections(~np.isnan(points[:, 0])):
            out[part, k] = _filtered(times[part], points[part], weights[part], how)
    return out


def outliers(points: Floats) -> Mask:
    """(T,) Hampel's test of (T, 2) points in either coordinate; NaN is none.

    >>> still = np.zeros((9, 2)); still[4] = 100
    >>> outliers(still).nonzero()[0]
    array([4])
    """
    half = WINDOW // 2
    known = ~np.isnan(points).any(1)
    values, found = points[known], np.zeros(len(points), bool)
    if len(values) < WINDOW:
        return found
    windows = np.lib.stride_tricks.sliding_window_view(values, WINDOW, axis=0)
    middle = np.median(windows, axis=-1)
    spread = 1.4826 * np.median(np.abs(windows - middle[..., None]), axis=-1)
    window = np.clip(np.arange(len(values)) - half, 0, len(windows) - 1)  # at the ends, the nearest whole one
    far = (np.abs(values - middle[window]) > FAR * spread[window]).any(1)
    found[np.flatnonzero(known)] = far
    return found


def filled(times: Floats, points: Floats, weights: Floats, fewer: int) -> tuple[Floats, Floats]:
    """Gaps (NaN) of fewer frames filled without overshoot, at the ends by the nearest value; all of least weight."""
    known = ~np.isnan(points[:, 0])
    if known.all() or known.sum() < 2:
        return points, weights
    from scipy.interpolate import PchipInterpolator

    when = times[known]
    between = PchipInterpolator(when, points[known], axis=0)(np.clip(times, when[0], when[-1]))
    short = np.zeros(len(times), bool)
    for gap in sections(~known):
        short[gap] = len(times[gap]) < fewer
    return np.where(short[:, None], between, points), np.where(short, LEAST, weights)


def sections(there: Mask) -> Iterator[slice]:
    """The unbroken runs.

    >>> list(sections(np.array([True, False, True, True])))
    [slice(0, 1, None), slice(2, 4, None)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield slice(start, end)


def _filtered(times: Floats, points: Floats, weights: Floats, how: Smoothing) -> Floats:
    """One section (n, 2): uniform times, filter, back."""
    if len(times) < 3:
        return points
    n = round((times[-1] - times[0]) / float(np.median(np.diff(times)))) + 1
    even = np.linspace(times[0], times[-1], max(n, len(times)))
    rate = (len(even) - 1) / (even[-1] - even[0])
    run = FILTERS[how.filter_type](how, rate, len(even))
    if run is None:
        return points
    values = weighted(run, _at(even, times, points), np.interp(even, times, weights)[:, None])
    return _at(times, even, values)


def weighted(run: Filter, values: Floats, weights: Floats) -> Floats:
    """A filter that counts samples by their weights; with equal weights, the filter itself.

    Of what the filter leaves, the weighed mean takes the place of the plain one. Weighing the values themselves would
    draw a moving joint to where it was seen best.
    """
    first = run(values)
    left = values - first
    total = np.maximum(run(weights), LEAST / 2)
    return np.asarray(first + run(weights * left) / total - run(left))


def _at(new: Floats, old: Floats, values: Floats) -> Floats:
    """Values (n, C) of times `old` at times `new`, on a cubic spline through them."""
    if len(new) == len(old) and np.allclose(new, old, atol=1e-4 * (old[-1] - old[0]) / len(old)):
        return values
    from scipy.interpolate import make_interp_spline

    return np.asarray(make_interp_spline(old, values, k=min(3, len(old) - 1))(new))


def _butterworth(how: Smoothing, rate: float, length: int) -> Filter | None:
    """None where the frame rate knows no movement as fast as the cut-off."""
    if how.cut_off_frequency >= rate / 2:
        return None
    from scipy.signal import butter, filtfilt

    b, a = butter(how.order // 2, how.cut_off_frequency / (rate / 2))
    padding = min(3 * max(len(a), len(b)), length - 1)
    return lambda values: np.asarray(filtfilt(b, a, values, axis=0, padlen=padding))


def _savgol(how: Smoothing, rate: float, length: int) -> Filter | None:
    """The half window M of cut-off f (a share of Nyquist's) is (3.2 M - 4.6) f = N + 1 (Schafer, IEEE SPM 2011)."""
    from scipy.signal import savgol_filter

    half = round((4 * rate / 2 / how.cut_off_frequency + 4.6) / 3.2)
    window = min(2 * half + 1, length - 1 + length % 2)
    if window < 5:
        return None
    return lambda values: np.asarray(savgol_filter(values, window, 3, axis=0))


FILTERS: dict[str, Callable[[Smoothing, float, int], Filter | None]] = {
    "butterworth": _butterworth,
    "savgol": _savgol,
    "none": lambda *_: None,
}
"""(options, frames a second, frames) to the filter; None where there is nothing to filter."""
