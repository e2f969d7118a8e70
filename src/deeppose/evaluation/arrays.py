"""Arrays of joints from elsewhere: which axis is which, whom they cover, where their first pixel is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data.annotation import Dataset, places
from deeppose.data.matlab import load
from deeppose.errors import DataError, unknown
from deeppose.types import Floats, Mask

LAYOUTS = {"2kn": (2, 1, 0), "k2n": (2, 0, 1), "nk2": (0, 1, 2)}
"""Axis orders, by name, and the transposition to (N, K, 2)."""

FIRST_PIXEL = {"1": -0.5, "0": 0.5, "0.5": 0.0}
"""Where the centre of the first pixel is (1 in MATLAB, 0 in NumPy and COCO), and what to add for ours at 0.5."""


def read_array(path: Path, variable: str | None = None) -> Any:
    """The three-dimensional array of a `.npy` or `.mat` file.

    Raises:
        DataError: no such file, no such array, or several in a `.mat` with none chosen.
    """
    if path.suffix == ".npy":
        try:
            return _numbers(path, np.load(path, allow_pickle=False))
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{path}: cannot be read as a NumPy array: {error}") from error
    found = {name: value for name, value in load(path).items() if getattr(value, "ndim", 0) == 3}
    if variable is not None and variable not in found:
        raise DataError(f"{path}: {unknown('three-dimensional variable', variable, found)}")
    if variable is None and len(found) != 1:
        names = ", ".join(f"{name} {value.shape}" for name, value in sorted(found.items())) or "none"
        raise DataError(f"{path}: needs one array of three dimensions, has {names}; choose with --variable")
    return _numbers(path, found[variable or next(iter(found))])


def _numbers(path: Path, array: Any) -> Any:
    """The array itself, if it holds numbers: text, dates and yes or no are no places.

    Raises:
        DataError: it does not.
    """
    kind = getattr(array, "dtype", None)
    if kind is None or kind.kind not in "iuf":
        raise DataError(
            f"{path}: holds {kind or 'several arrays'}, not numbers; one array of joints is needed"
        )
    return array


def arrange(
    array: Any, joints: int, people: Mapping[str, int], layout: str | None = None
) -> tuple[Floats, str, str]:
    """Joints (N, K, 2) of an array in any of `LAYOUTS`, the layout's name, and which people it covers.

    Args:
        array: of three dimensions.
        joints: K.
        people: how many there are by what they are called, e.g. {"test": 1000, "all": 2000}.
        layout: to settle what the shape leaves open.

    Raises:
        DataError: the shape fits no layout, or more than one.

    >>> arrange(np.zeros((2, 14, 1000)), 14, {"test": 1000, "all": 2000})[1:]
    ('2kn', 'test')
    """
    shapes = {(name, whom): _shape(name, joints, n) for name in LAYOUTS for whom, n in people.items()}
    fits = [key for key, shape in shapes.items() if shape == np.shape(array) and layout in (None, key[0])]
    if not fits:
        raise DataError(_misfit(np.shape(array), joints, people, layout))
    if len(fits) > 1:
        names = " or ".join(f"{name} for {whom}" for name, whom in fits)
        raise DataError(f"an array of shape {np.shape(array)} could be {names}: say which with --layout")
    return np.asarray(array, np.float64).transpose(LAYOUTS[fits[0][0]]), *fits[0]


ENOUGH = 1000
"""People who are looked at to tell whether joints fit their names."""


def order_doubt(joints: Floats, given: Mask, dataset: Dataset) -> str:
    """A sentence where the array's joints (N, K, 2) seem to come in another order; empty where they fit their names.

    They fit where joint k lies nearer to the k-th joint's true place than to most others': a poor predictor's do too.
    """
    joints = joints[:ENOUGH]
    truth, labelled = dataset.joints()[:ENOUGH], dataset.labelled()[:ENOUGH] & given
    known = np.where(places(joints)[..., None], joints, np.nan)
    apart = np.linalg.norm(known[:, :, None] - truth[:, None], axis=-1)  # person, said to be, true place of
    counted = labelled[:, :, None] & labelled[:, None] & np.isfinite(apart)
    total = np.where(counted, apart, 0.0).sum(0)
    count = counted.sum(0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.inf)
    used = np.flatnonzero(labelled.any(0))
    fits = sum(int(mean[k].argmin() == k) for k in used)
    if len(used) < 3 or fits > len(used) / 4:
        return ""
    name = dataset.skeleton.joints[used[0]]
    return (
        f"WARNING: {len(used) - fits} of {len(used)} joints lie nearer to another joint's true place than to their "
        f"own, {name} among them: is the order of joints another? Name them with --joints"
    )


def _shape(layout: str, joints: int, people: int) -> tuple[int, ...]:
    size = {"2": 2, "k": joints, "n": people}
    return tuple(size[axis] for axis in layout)


def _misfit(shape: tuple[int, ...], joints: int, people: Mapping[str, int], layout: str | None) -> str:
    layouts = [layout] if layout else list(LAYOUTS)
    wanted = [f"{_shape(name, joints, n)} ({whom})" for name in layouts for whom, n in people.items()]
    hint = "; keep x and y alone" if 3 in shape and joints != 3 else ""
    return f"an array of shape {shape} is not joints of this data set: need one of {', '.join(wanted)}{hint}"
