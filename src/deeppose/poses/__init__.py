"""The value that leaves the program, and the forms it takes outside.

Records (JSON) keep everything; COCO results and CSV keep the last stage. All are in pixels of the original picture.
Ours has the picture's corner at (0, 0), so a pixel's centre at +0.5; COCO counts keypoints in whole pixels from 0, so
`to_coco` subtracts that half and `from_coco` adds it. Boxes are corners and sizes outside, and need no shift.
"""

from deeppose.files import Record
from deeppose.poses.arrays import Person
from deeppose.poses.coco import COCO_SHIFT
from deeppose.poses.reading import from_coco, from_records
from deeppose.poses.value import Poses, concatenate, nobody
from deeppose.types import Floats

__all__ = [
    "COCO_SHIFT", "Floats", "Person", "Poses", "Record", "concatenate", "from_coco", "from_records", "nobody",
]  # fmt: skip
