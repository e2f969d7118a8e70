"""MATLAB's files and pixels."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deeppose.data import guarded
from deeppose.errors import DataError
from deeppose.files import read_bytes
from deeppose.types import Floats


def load(path: Path, **options: bool) -> dict[str, Any]:
    """The variables of a MATLAB file; the options are those of `scipy.io.loadmat`.

    SciPy reads it in a process of its own (`guarded`), since some damaged files kill the one that reads them.

    Raises:
        DataError: SciPy is not installed; the file is missing, empty, not MATLAB's, of version 7.3, or damaged.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise DataError(f"{path}: reading it needs SciPy: pip install 'deeppose[data]'") from error
    start = read_bytes(path)[:128]
    if start.startswith(b"\x89HDF") or b"MATLAB 7.3" in start:
        raise DataError(
            f"{path}: MATLAB's version 7.3, which we do not read; in MATLAB: load it and save with -v7"
        )
    try:
        found: dict[str, Any] = guarded.call(partial(loadmat, str(path), **options))
    except guarded.FailedError as error:
        raise DataError(f"{path}: cannot be read as a MATLAB file: {error}; fetch it again") from error
    return found


def variable(path: Path, name: str, **options: bool) -> Any:
    """One variable of a MATLAB file.

    Raises:
        DataError: also when the file has no such variable.
    """
    variables = load(path, **options)
    if name not in variables:
        raise DataError(f"{path}: has no variable {name!r}; is it the data set's own file?")
    return variables[name]


def centred(points: Any) -> Floats:
    """MATLAB's pixels to ours: it puts the first pixel's centre at 1, we put it at 0.5.

    >>> centred([[1.0, 2.0]])
    array([[0.5, 1.5]])
    """
    return np.asarray(points, np.float64) - 0.5
