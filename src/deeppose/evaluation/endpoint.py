"""Errors as lengths, and the area under a detection curve.

| name | formula | denominator |
|---|---|---|
| EPE, mean end-point error | mean of the distances from prediction to truth, pixels | labelled joints |
| median end-point error | their median | labelled joints |
| area | integral of the curve over its thresholds, divided by their range | that of the curve |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeppose.evaluation.joints import errors
from deeppose.types import Floats, Mask


@dataclass(frozen=True)
class Lengths:
    """Mean and median of `count` errors, in pixels; both NaN where there were none."""

    mean: float
    median: float
    count: int


def endpoint_error(truth: Floats, labelled: Mask, predicted: Floats) -> Lengths:
    """Over all labelled joints of (N, K, 2) poses; an unlabelled joint is left out.

    >>> truth = np.zeros((1, 3, 2))
    >>> endpoint_error(truth, np.array([[True, True, False]]), np.array([[[3.0, 4.0], [0, 1], [9, 9]]]))
    Lengths(mean=3.0, median=3.0, count=2)
    """
    values = errors(truth, predicted)[labelled]
    if not values.size:
        return Lengths(float("nan"), float("nan"), 0)
    return Lengths(float(values.mean()), float(np.median(values)), int(values.size))


def endpoint_errors(truth: Floats, labelled: Mask, predicted: Floats) -> list[Lengths]:
    """`endpoint_error` of each of the K joints."""
    each = [slice(k, k + 1) for k in range(truth.shape[1])]
    return [endpoint_error(truth[:, k], labelled[:, k], predicted[:, k]) for k in each]


def area(thresholds: Floats, rates: Floats) -> Floats:
    """Area under rates (T, ...) over thresholds (T,), by trapezia, as a fraction of the largest possible.

    >>> area(np.array([0.0, 0.25, 0.5]), np.array([0.0, 1.0, 1.0])).item()
    0.75
    """
    widths = np.diff(thresholds) / (thresholds[-1] - thresholds[0])
    return np.asarray(np.tensordot(widths, (rates[1:] + rates[:-1]) / 2, axes=1))
