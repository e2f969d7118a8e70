"""What arrays are called in annotations; docstrings say their shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB unless a docstring says otherwise."""
