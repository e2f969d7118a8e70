"""What pictures go through on their way to a user: pixels change, places do not.

Each takes and gives an RGB uint8 picture (H, W, 3). Training and the robustness benchmark use the same ones.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def resized(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture at (width, height), each at least 1; smaller by areas' means, larger by interpolation."""
    shrinks = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def blurred(picture: Picture, length: float, degrees: float) -> Picture:
    """Motion blur: the mean along a line of `length` pixels; its ends are cut to an odd number of them."""
    side = int(length) | 1
    line = np.zeros((side, side), np.float32)
    line[side // 2] = 1
    turn = cv2.getRotationMatrix2D((side // 2, side // 2), degrees, 1)
    line = np.asarray(cv2.warpAffine(line, turn, (side, side), flags=cv2.INTER_LINEAR), np.float32)
    blur = cv2.filter2D(picture, -1, line / line.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blur, np.uint8)


def compressed(picture: Picture, quality: float) -> Picture:
    """Once more through JPEG, of quality 1 to 100."""
    _, code = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    again = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(again, np.uint8)[..., ::-1])


def darkened(picture: Picture, light: float) -> Picture:
    """Pixel values times `light`, rounded to 8 bits: what was dark is gone."""
    return np.asarray(np.rint(picture * light), np.uint8)


def any_one(picture: Picture, person: float, which: float, strength: float, direction: float) -> Picture:
    """One of the four at random, from hardly visible to hardly usable, at the scale of the person.

    Args:
        person: side of the person's box in pixels.
        which, strength, direction: uniforms in [0, 1).
    """
    match int(4 * which):
        case 0:
            return _of_low_resolution(picture, person, _between(100, 25, strength))
        case 1:
            return blurred(picture, person * _between(0.015, 0.1, strength), 180 * direction)
        case 2:
            return compressed(picture, _between(60, 4, strength))
        case _:
            return darkened(picture, _between(0.8, 0.06, strength))


def _of_low_resolution(picture: Picture, person: float, pixels: float) -> Picture:
    """As large as before, from a person of `pixels`."""
    height, width = picture.shape[:2]
    zoom = min(1.0, pixels / person)
    small = resized(picture, (max(1, round(width * zoom)), max(1, round(height * zoom))))
    return resized(small, (width, height))


def _between(weak: float, strong: float, strength: float) -> float:
    """Uniform in the logarithm."""
    return weak * math.exp(strength * math.log(strong / weak))
