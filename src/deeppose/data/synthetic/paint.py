"""Painting: shaded, anti-aliased tapered capsules and textured backgrounds, in float RGB."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.types import Floats

Canvas = NDArray[np.float32]


@dataclass(frozen=True)
class Cloth:
    """A surface: one colour, or two in stripes along (`axis` 0) or across (1) a part; colours are (3,) in 0..255."""

    colour: Floats
    second: Floats | None = None
    period: float = 6.0
    axis: int = 0


def capsule(
    canvas: Canvas, a: Floats, b: Floats, radii: tuple[float, float], cloth: Cloth, light: Floats
) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """Paints a capsule from a to b, (2,) pixels, whose radius runs from radii[0] to radii[1]; in place.

    The surface is lit as if round: its normal leans away from the axis. light is a (3,) unit vector.

    Returns:
        the window of the canvas touched, and the coverage 0..1 in it.
    """
    window, x, y = _window(canvas, a, b, max(radii))
    length = max(float(np.hypot(*(b - a))), 1e-6)
    ux, uy = ((b - a) / length).tolist()  # Python floats: NumPy's own would turn every array to float64
    dx, dy = x - float(a[0]), y - float(a[1])
    along = dx * ux + dy * uy
    clipped = np.clip(along, 0, length)
    radius = radii[0] + (radii[1] - radii[0]) / length * clipped
    nx, ny = (dx - clipped * ux) / radius, (dy - clipped * uy) / radius
    square = nx * nx + ny * ny
    cover = np.clip(0.5 + radius * (1 - np.sqrt(square)), 0, 1)
    lx, ly, lz = light.tolist()
    facing = nx * lx + ny * ly + np.sqrt(np.clip(1 - square, 0, 1)) * lz
    shade = 0.5 + 0.6 * np.clip(facing, 0, 1)
    colour = _surface(cloth, along, dx * -uy + dy * ux) * shade[..., None]
    part = canvas[window]
    part += cover[..., None] * (colour - part)
    return window, cover


def _window(
    canvas: Canvas, a: Floats, b: Floats, reach: float
) -> tuple[tuple[slice, slice], NDArray[np.float32], NDArray[np.float32]]:
    """The part of the canvas within reach of the segment, and its pixel centres (1, w) and (h, 1)."""
    top = np.array(canvas.shape[1::-1])
    low = np.clip(np.floor(np.minimum(a, b) - reach - 1), 0, top).astype(int)
    high = np.clip(np.ceil(np.maximum(a, b) + reach + 1), 0, top).astype(int)
    x = np.arange(low[0], high[0], dtype=np.float32)[None] + np.float32(0.5)
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] + np.float32(0.5)
    return (slice(low[1], high[1]), slice(low[0], high[0])), x, y


def _surface(cloth: Cloth, along: NDArray[np.float32], across: NDArray[np.float32]) -> Canvas:
    first = cloth.colour.astype(np.float32)
    if cloth.second is None:
        return first
    stripe = np.sin((along, across)[cloth.axis] * np.float32(2 * np.pi / cloth.period))
    mix: Canvas = np.clip(0.5 + 1.5 * stripe, 0, 1)[..., None]
    blend: Canvas = first + mix * (cloth.second.astype(np.float32) - first)
    return blend


def clouds(rng: np.random.Generator, size: int, cells: int) -> Canvas:
    """(size, size, 1) smooth noise of about unit deviation, `cells` bumps across."""
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)[..., None].astype(np.float32)


def random_colour(rng: np.random.Generator) -> Floats:
    """(3,) RGB of any hue; grey, black and white are common."""
    hue, saturation, value = rng.uniform(0, 1), rng.beta(1, 1.8), rng.uniform(0.1, 1)
    wheel = np.clip(np.abs((hue + np.array([0, 2 / 3, 1 / 3])) % 1 * 6 - 3) - 1, 0, 1)
    return np.asarray(255 * value * (1 - saturation + saturation * wheel))


def background(rng: np.random.Generator, size: int) -> Canvas:
    """(size, size, 3): often a ground and a backdrop, blotched at three scales, with shapes and stray limbs."""
    canvas = np.broadcast_to(random_colour(rng).astype(np.float32), (size, size, 3)).copy()
    if rng.random() < 0.7:
        canvas[int(size * rng.uniform(0.35, 0.95)) :] = random_colour(rng)
    for cells in (3, 9, 33):
        tint = (1 + 0.3 * rng.standard_normal(3)).astype(np.float32)
        canvas += clouds(rng, size, cells) * tint * np.float32(rng.gamma(2, 5))
    _shapes(rng, canvas)
    _stray_limbs(rng, canvas)
    return canvas


def _shapes(rng: np.random.Generator, canvas: Canvas) -> None:
    size = len(canvas)
    for _ in range(rng.integers(0, 5)):
        corners = rng.uniform(0, size, 2) + rng.normal(0, 0.15 * size, (4, 2))
        hull = cv2.convexHull(corners.astype(np.float32))
        cv2.fillConvexPoly(canvas, (hull * 8).astype(np.int32), random_colour(rng).tolist(), cv2.LINE_8, 3)


def _stray_limbs(rng: np.random.Generator, canvas: Canvas) -> None:
    size = len(canvas)
    for _ in range(rng.integers(0, 5)):
        a = rng.uniform(0, size, 2)
        b = a + rng.normal(0, 0.15 * size, 2)
        thick, thin = size * rng.uniform(0.015, 0.05, 2)
        capsule(canvas, a, b, (thick, thin), Cloth(random_colour(rng)), light_from(rng))


def light_from(rng: np.random.Generator) -> Floats:
    """(3,) unit vector towards a light above and in front (x right, y down, z to the viewer)."""
    way = np.array([rng.uniform(-1, 1), rng.uniform(-1, 0.2), rng.uniform(0.4, 1)])
    return np.asarray(way / np.linalg.norm(way))
