"""Where a rendered person stands: backdrop, ground with the person's shadow on it, and light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from raster import Eye, cone, directions, openness
from scipy.ndimage import map_coordinates

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Linear RGB light from the sky, off the ground and from a lamp or sun in direction `light`, and two textures.

    `ground` colours (N, 2) points x, z in metres; `backdrop` fills a picture of that size with its horizon at a row.
    """

    sky: Floats
    bounce: Floats
    sun: Floats
    light: Floats
    ground: Callable[[Floats], Floats]
    backdrop: Callable[[int, float], Floats]
    depth: float

    def draw(self, eye: Eye, ground: float, body: Floats) -> Floats:
        """(size, size, 3) the empty place with the shadow of a (V, 3) body; the wall stands `depth` metres behind."""
        rays = eye.rays()
        with np.errstate(divide="ignore"):
            reach = (ground - eye.height) / rays[..., 1]
        seen = (rays[..., 1] < 0) & (reach < eye.distance + self.depth)
        x, z = rays[..., 0][seen] * reach[seen], eye.distance - reach[seen]
        horizon = eye.size / 2 + eye.focal * (eye.height - ground) / (eye.distance + self.depth)
        picture = self.backdrop(eye.size, horizon)
        light = self._light_on_ground(ground, body, x, z)
        picture[seen] = self.ground(np.stack([x, z], 1)) * light
        return _out_of_focus(picture, horizon)

    def _light_on_ground(self, ground: float, body: Floats, x: Floats, z: Floats) -> Floats:
        """(N, 3) at ground points, computed on a grid of 3 cm and read off bilinearly."""
        cells = 160
        steps = (np.arange(cells) - cells / 2) * 0.03
        gx, gz = np.meshgrid(steps, steps)
        points = np.stack([gx.ravel(), np.full(gx.size, ground), gz.ravel()], 1)
        up = np.tile([0.0, 1.0, 0.0], (len(points), 1))
        sky = openness(points, body, directions(96), up) / openness(
            points[:1] + 50, body, directions(96), up[:1]
        )
        sun = openness(points, body, cone(self.light, 0.06, 32)) * self.light[1]
        lit = self.sky * sky[:, None] + self.sun * sun[:, None]
        at = np.stack([z, x]) / 0.03 + cells / 2
        channels = lit.reshape(cells, cells, 3).transpose(2, 0, 1)
        return np.stack([map_coordinates(c, at, order=1, mode="nearest") for c in channels], 1)


def _out_of_focus(picture: Floats, horizon: float) -> Floats:
    """The farther (towards the horizon and above), the softer."""
    size = len(picture)
    soft = cv2.GaussianBlur(picture, (0, 0), size / 130)
    rows = np.clip((np.arange(size) - horizon) / (0.12 * size), 0, 1)[:, None, None]
    return np.asarray(soft + rows * (picture - soft))


def _noise(size: int, cells: int, seed: int, stretch: int = 1) -> Floats:
    coarse = np.random.default_rng(seed).normal(size=(cells, max(1, cells // stretch)))
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC))


def _value(points: Floats, scale: float, seed: int) -> Floats:
    """(N,) smooth noise at (N, 2) points, one bump in `scale` metres, repeating every 64."""
    table = np.random.default_rng(seed).normal(size=(64, 64)).astype(np.float32)
    at = points / scale
    whole = np.floor(at).astype(int)
    part = at - whole
    part = part * part * (3 - 2 * part)
    i, j, k, m = whole[:, 0] % 64, whole[:, 1] % 64, (whole[:, 0] + 1) % 64, (whole[:, 1] + 1) % 64
    near = table[i, j] * (1 - part[:, 0]) + table[k, j] * part[:, 0]
    far = table[i, m] * (1 - part[:, 0]) + table[k, m] * part[:, 0]
    return np.asarray(near * (1 - part[:, 1]) + far * part[:, 1])


def _planks(points: Floats) -> Floats:
    """A sprung floor: boards 9 cm wide, of varying tone, with grain and a painted line."""
    board = np.floor(points[:, 1] / 0.09)
    tone = np.random.default_rng(3).normal(0, 0.07, 1024)[board.astype(int) % 1024]
    grain = 0.04 * _value(points * [0.15, 1.0], 0.012, 4)
    seam = np.where(np.abs(points[:, 1] / 0.09 - board) < 0.05, 0.75, 1.0)
    wood = np.array([0.50, 0.27, 0.11]) * ((1 + tone + grain) * seam)[:, None]
    line = np.abs(points[:, 1] + 0.9) < 0.03
    return np.where(line[:, None], [0.6, 0.6, 0.55], wood)


def _hall(size: int, horizon: float) -> Floats:
    """A pale wall, a darker wainscot with wall bars, two high windows."""
    y, x = np.mgrid[0:size, 0:size] / size
    base = horizon / size
    wall = np.array([0.46, 0.48, 0.48]) * (0.75 + 0.35 * (base - y))[..., None]
    wall = wall * (1 + 0.02 * _noise(size, 6, 5))[..., None]
    low = (y > base - 0.22)[..., None]
    wall = np.where(low, np.array([0.10, 0.20, 0.26]), wall)
    window = (y < base - 0.62) & (y > base - 0.85) & (np.abs((x * 2.2) % 1 - 0.5) < 0.36)
    wall = np.where(window[..., None], [0.85, 0.9, 0.95], wall)
    bars = (x > 0.78) & (x < 0.97) & (y > base - 0.6) & ((y * 26) % 1 < 0.3)
    return np.asarray(np.where(bars[..., None], [0.28, 0.15, 0.06], wall))


def _grass(points: Floats) -> Floats:
    """Mown grass: blades, tufts and broad stripes."""
    blades = 0.22 * _value(points * [1.0, 0.4], 0.008, 6) + 0.14 * _value(points, 0.03, 7)
    patches = 0.10 * _value(points, 0.4, 8) + 0.08 * np.sign(np.sin(points[:, 0] * 2.1 + 0.6))
    return np.array([0.09, 0.19, 0.03]) * np.clip(1 + blades + patches, 0.3, 2)[:, None]


def _trees(size: int, horizon: float) -> Floats:
    """Sky with thin cloud over a line of trees."""
    y, x = np.mgrid[0:size, 0:size] / size
    base = horizon / size
    height = np.clip((base - y) / base, 0, 1)[..., None]
    sky = np.array([0.72, 0.80, 0.88]) * (1 - height) + np.array([0.16, 0.36, 0.72]) * height
    cloud = np.clip(_noise(size, 7, 9, 2) * 0.5 + _noise(size, 20, 10, 2) * 0.15, 0, 1)[..., None]
    sky = sky + 0.6 * cloud * (0.9 - sky)
    top = (
        base - 0.20 - 0.05 * _noise(size, 9, 11)[:1] - 0.015 * _noise(size, 50, 12)[:1] - 0.03 * np.sin(7 * x)
    )
    leaves = (
        np.array([0.035, 0.08, 0.025])
        * (1.2 + 0.5 * _noise(size, 40, 13) + 0.5 * _noise(size, 14, 14))[..., None]
    )
    return np.asarray(np.where((y > top)[..., None], np.clip(leaves, 0.005, 1), sky))


def _unit(x: float, y: float, z: float) -> Floats:
    way = np.array([x, y, z])
    return np.asarray(way / np.linalg.norm(way))


gym = Place(
    sky=np.array([0.62, 0.64, 0.66]), bounce=np.array([0.22, 0.15, 0.09]), sun=np.array([0.75, 0.70, 0.62]),
    light=_unit(-0.55, 1.0, 0.65), ground=_planks, backdrop=_hall, depth=4.0,
)  # fmt: skip
meadow = Place(
    sky=np.array([0.50, 0.58, 0.70]), bounce=np.array([0.10, 0.13, 0.05]), sun=np.array([1.25, 1.12, 0.92]),
    light=_unit(0.6, 0.9, 0.7), ground=_grass, backdrop=_trees, depth=40.0,
)  # fmt: skip
