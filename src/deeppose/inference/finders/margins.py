"""From a detector's boxes to the cascade's: one fitted margin a side.

The cascade learned boxes of the joints' extent and 16 % of its longer side around (`data.boxes.tight_box`). COCO's
boxes, which detectors learn, end where the body ends. The constants are medians over training people: they raise the
overlap with the cascade's own boxes from 0.6-0.7 to 0.8. The cascade, trained on boxes of many sizes, finds as many
joints without them (`docs/notebook.md`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeppose.rectangles import corners
from deeppose.types import Floats


@dataclass(frozen=True)
class Margin:
    """How far the cascade's box reaches beyond a detector's, in shares of the detector's longer side.

    Attributes:
        top, bottom: upward and downward; negative where the detector's box is the larger.
        side: to the left and to the right alike, for training people are mirrored.
    """

    top: float
    bottom: float
    side: float

    def __call__(self, boxes: Floats, size: Floats) -> Floats:
        """Boxes (N, 4) cx, cy, w, h in a picture of `size` (width, height), moved and cut at its edges.

        >>> Margin(0.1, 0.0, 0.05)(np.array([[50.0, 50.0, 40.0, 80.0]]), np.array([100.0, 200.0])).tolist()
        [[50.0, 46.0, 48.0, 88.0]]
        """
        longer = boxes[:, 2:].max(1)
        low, high = corners(boxes)
        low = low - longer[:, None] * [self.side, self.top]
        high = high + longer[:, None] * [self.side, self.bottom]
        low, high = np.clip(low, 0, size), np.clip(high, 0, size)
        return np.concatenate([(low + high) / 2, high - low], axis=1)


COCO = Margin(0.07, 0.05, 0.07)
"""For boxes that end where the body ends, as COCO's do."""

FITTED = {"rtmdet": Margin(0.068, 0.053, 0.071), "yolox": Margin(0.063, 0.051, 0.067)}
"""By layout of the detector's file (`layouts`), fitted with RTMDet-nano and YOLOX-nano."""
