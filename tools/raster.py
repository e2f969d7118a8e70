"""A small renderer: z-buffer, soft shadows and ambient occlusion by many orthographic depth maps. numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Eye:
    """A level pinhole camera on the z axis at height `height`, looking along -z; picture size x size."""

    distance: float
    height: float
    focal: float
    size: int

    def project(self, points: Floats) -> Floats:
        """(..., 3) metres -> (..., 3): x, y in pixels and the distance along the view."""
        depth = self.distance - points[..., 2]
        x = self.size / 2 + self.focal * points[..., 0] / depth
        y = self.size / 2 - self.focal * (points[..., 1] - self.height) / depth
        return np.stack([x, y, depth], -1)

    def rays(self) -> Floats:
        """(size, size, 3) directions through the pixel centres, not normalised (z = -1)."""
        steps = (np.arange(self.size) + 0.5 - self.size / 2) / self.focal
        x, y = np.meshgrid(steps, -steps)
        return np.stack([x, y, -np.ones_like(x)], -1)


def normals(vertices: Floats, faces: Ints) -> Floats:
    """(V, 3) unit vertex normals, weighted by area."""
    a, b, c = vertices[faces.T]
    total = np.zeros_like(vertices)
    for corner in faces.T:
        np.add.at(total, corner, np.cross(b - a, c - a))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def rasterise(screen: Floats, faces: Ints, attributes: Floats, size: int) -> tuple[Floats, Floats]:
    """Nearest surface at every pixel centre.

    Args:
        screen: (V, 3) x, y, depth.
        faces: (F, 3) vertex indices, counter-clockwise from outside.
        attributes: (V, C) to interpolate.
        size: width and height of the picture.

    Returns:
        (size, size) depth, infinite where empty, and (size, size, C).
    """
    pixels, depths, owners, corners = _fragments(screen, faces, size)
    order = np.argsort(-depths, kind="stable")  # the nearest is written last
    depth, image = np.full(size * size, np.inf), np.zeros((size * size, attributes.shape[1]))
    winner = np.full(size * size, -1)
    winner[pixels[order]] = order
    shown = winner[winner >= 0]
    depth[pixels[shown]] = depths[shown]
    values = attributes[faces[owners[shown]]]
    image[pixels[shown]] = np.einsum("nk,nkc->nc", corners[shown], values)
    return depth.reshape(size, size), image.reshape(size, size, -1)


def _fragments(screen: Floats, faces: Ints, size: int) -> tuple[Ints, Floats, Ints, Floats]:
    """Every pixel of every triangle facing the camera: index, depth, triangle, perspective-right barycentrics."""
    triangle = screen[faces]
    low = np.floor(triangle[..., :2].min(1)).astype(int)
    side = np.ceil(triangle[..., :2].max(1) - low).max(1).astype(int)
    found = []
    for least, most in ((0, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 128), (128, 512)):
        chosen = np.flatnonzero((side > least) & (side <= most))
        for part in np.array_split(chosen, max(1, len(chosen) * most * most // 2_000_000)):
            found.append(_cover(triangle[part], low[part], part, most, size))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


def _cover(
    triangle: Floats, low: Ints, which: Ints, side: int, size: int
) -> tuple[Ints, Floats, Ints, Floats]:
    step = np.arange(side + 1)
    x = low[:, 0, None, None] + step[None, None] + np.zeros_like(step)[None, :, None]
    y = low[:, 1, None, None] + step[None, :, None] + np.zeros_like(step)[None, None]
    (ax, ay), (bx, by), (cx, cy) = (triangle[:, k, :2].T[..., None, None] for k in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    px, py = x + 0.5, y + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
        v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
    w = 1 - u - v
    inside = (u >= 0) & (v >= 0) & (w >= 0) & (area < 0) & (x >= 0) & (y >= 0) & (x < size) & (y < size)
    t, i, j = np.nonzero(inside)
    over = np.stack([u[t, i, j], v[t, i, j], w[t, i, j]], 1) / triangle[t, :, 2]
    depth = 1 / over.sum(1)
    return (y[t, i, j] * size + x[t, i, j]), depth, which[t], over * depth[:, None]


def directions(count: int, seed: int = 0) -> Floats:
    """(count, 3) unit vectors of the upper hemisphere, denser towards the top (cosine law)."""
    rng = np.random.default_rng(seed)
    radius = np.sqrt((np.arange(count) + rng.random(count)) / count)
    angle = np.arange(count) * np.pi * (3 - np.sqrt(5))
    return np.stack([radius * np.cos(angle), np.sqrt(1 - radius**2), radius * np.sin(angle)], 1)


def cone(centre: Floats, spread: float, count: int, seed: int = 1) -> Floats:
    """(count, 3) unit vectors about `centre`, for a light with an area."""
    ways = centre + spread * np.random.default_rng(seed).normal(size=(count, 3))
    return np.asarray(ways / np.linalg.norm(ways, axis=1, keepdims=True))


def unshadowed(
    points: Floats, occluders: Floats, way: Floats, cell: float = 0.02, bias: float = 0.03
) -> Mask:
    """(N,) whether each point sees the sky along `way`, by a depth map of the (M, 3) occluding points."""
    side = np.cross(way, [0.0, 0.0, 1.0] if abs(way[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    frame = np.stack([side, np.cross(way, side), way])
    inside, outside = occluders @ frame.T, points @ frame.T
    low = inside[:, :2].min(0)
    shape = np.ceil((inside[:, :2].max(0) - low) / cell).astype(int) + 1
    grid = np.full(shape, -np.inf)
    np.maximum.at(grid, tuple(((inside[:, :2] - low) / cell).astype(int).T), inside[:, 2])
    cells = np.floor((outside[:, :2] - low) / cell).astype(int)
    within = ((cells >= 0) & (cells < shape)).all(1)
    highest = np.full(len(points), -np.inf)
    highest[within] = grid[tuple(cells[within].T)]
    return np.asarray(highest <= outside[:, 2] + bias)


def openness(points: Floats, occluders: Floats, ways: Floats, unit: Floats | None = None) -> Floats:
    """(N,) the share of `ways` open to each point, weighted by the cosine to its normal where given."""
    cosine = np.maximum(unit @ ways.T, 0) if unit is not None else np.ones((len(points), len(ways)))
    clear = np.stack([unshadowed(points, occluders, way) for way in ways], 1)
    return np.asarray((cosine * clear).sum(1) / len(ways))
