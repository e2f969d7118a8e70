"""A camera that is unplugged: number 0 gives three pictures, no other is there."""

from __future__ import annotations

import numpy as np


class Vanishing:
    """As `cv2.VideoCapture`, whose pictures are BGR."""

    picture = np.full((48, 64, 3), 200, np.uint8)

    def __init__(self, number: int) -> None:
        self.left = 3 if number == 0 else 0

    def isOpened(self) -> bool:
        return self.left > 0

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        return (True, self.picture) if self.left >= 0 else (False, None)

    def release(self) -> None: ...
