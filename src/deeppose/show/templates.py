"""Pages are Jinja2 templates of the room they belong to; needs the extra `plot`."""

from __future__ import annotations

import base64

import cv2
import jinja2
import numpy as np
from numpy.typing import NDArray

QUALITY = 82


def environment(room: str) -> jinja2.Environment:
    """The templates of one folder of `show` and of `common`; what they print is escaped, unknown names are errors."""
    folders = [jinja2.PackageLoader("deeppose.show", name) for name in (room, "common")]
    found = jinja2.Environment(
        loader=jinja2.ChoiceLoader(folders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found.filters["words"] = words
    return found


def words(name: str) -> str:
    """A joint's name as people read it."""
    return name.replace("_", " ")


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """(H, W, 3) RGB as a JPEG that a page can hold."""
    bgr = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR)
    _, code = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(code.tobytes()).decode()
