"""Random looks at scenes: a crop at a random size, mirrored, turned by quarters, or a collage of four."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deeppose.inference import turning
from deeppose.inference.finders.letterbox import PAD
from deeppose.training.detector.scenes import Scene
from deeppose.types import Floats, Mask, Pixels

MOST = 40
"""People of a look at most; of more the largest are kept, the others are looked past."""

VISIBLE = 0.35
"""A person of whom less than this is left at a look's edge may be seen or not."""

SMALL = 6.0
"""Pixels below which a person's shorter side need not be found."""


@dataclass(frozen=True)
class Looking:
    """How scenes are looked at.

    Attributes:
        side: of a look, in pixels, a multiple of 32.
        longer: the least and the most pixels of the picture's longer side, uniform in the logarithm.
        turn: share of looks turned by one, two or three quarters.
        collage: share of looks made of four scenes.
        colour: channel gains vary by up to this share.
    """

    side: int = 320
    longer: tuple[float, float] = (200.0, 560.0)
    turn: float = 0.2
    collage: float = 0.3
    colour: float = 0.25


def draw(scenes: list[Scene], shares: NDArray[np.float64], rng: np.random.Generator, how: Looking) -> Scene:
    """One look at one scene or four, drawn by their shares."""
    if rng.random() >= how.collage:
        return look(scenes[rng.choice(len(scenes), p=shares)], rng, how, (how.side, how.side))
    x, y = rng.uniform(0.3, 0.7, 2) * how.side
    x, y = int(x), int(y)
    parts = [(0, 0, x, y), (x, 0, how.side, y), (0, y, x, how.side), (x, y, how.side, how.side)]
    pixels = np.empty((how.side, how.side, 3), np.uint8)
    seen = []
    for left, top, right, bottom in parts:
        part = look(scenes[rng.choice(len(scenes), p=shares)], rng, how, (right - left, bottom - top), 0.6)
        pixels[top:bottom, left:right] = part.pixels
        seen.append(Scene(part.pixels, part.people + np.array([left, top, left, top]), part.known))
    people, known = np.concatenate([s.people for s in seen]), np.concatenate([s.known for s in seen])
    return Scene(pixels, people, known)


def look(
    scene: Scene, rng: np.random.Generator, how: Looking, size: tuple[int, int], zoom: float = 1.0
) -> Scene:
    """A crop of `size` (width, height) out of the scene, turned, mirrored and at a random scale times `zoom`."""
    turns = int(rng.integers(1, 4)) if rng.random() < how.turn else 0
    seen = turned(scene, turns, bool(rng.random() < 0.5))
    longer = np.exp(rng.uniform(*np.log(how.longer))) * zoom
    scale = longer / max(seen.pixels.shape[:2])
    corner = _corner(seen, scale, np.array(size, np.float64), rng)
    affine = np.array([[scale, 0, -corner[0] + (scale - 1) / 2], [0, scale, -corner[1] + (scale - 1) / 2]])
    way = cv2.INTER_LINEAR if scale > 0.6 else cv2.INTER_AREA
    pixels = _cut(seen.pixels, scale, affine, size, way)
    people, known = _left(seen.people * scale - np.tile(corner, 2), seen.known, size)
    return Scene(_coloured(pixels, rng, how.colour), people, known)


def _cut(pixels: Pixels, scale: float, affine: Floats, size: tuple[int, int], way: int) -> Pixels:
    if way == cv2.INTER_AREA:  # warpAffine does not average what it makes smaller
        half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=way)
        affine = affine @ np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
        return _cut(np.asarray(half, np.uint8), scale, affine, size, cv2.INTER_LINEAR)
    grey = (PAD, PAD, PAD)
    cut = cv2.warpAffine(pixels, affine, size, flags=way, borderMode=cv2.BORDER_CONSTANT, borderValue=grey)
    return np.asarray(cut, np.uint8)


def turned(scene: Scene, quarters: int, mirrored: bool) -> Scene:
    """The scene after quarter turns to the left, then mirrored."""
    pixels = np.rot90(scene.pixels, quarters)
    corners = turning.turned(scene.people.reshape(-1, 2, 2), scene.pixels.shape[:2], quarters)
    people = np.concatenate([corners.min(1), corners.max(1)], axis=1)
    if mirrored:
        pixels, width = pixels[:, ::-1], pixels.shape[1]
        x1, y1, x2, y2 = people.T
        people = np.stack([width - x2, y1, width - x1, y2], 1)
    return Scene(np.ascontiguousarray(pixels), people, scene.known)


def _corner(scene: Scene, scale: float, size: Floats, rng: np.random.Generator) -> Floats:
    """Where the crop begins, in pixels of the scaled picture: within it, and mostly about somebody."""
    whole = np.array(scene.pixels.shape[1::-1]) * scale
    low, high = np.minimum(0, whole - size), np.maximum(0, whole - size)
    if len(scene.people) and rng.random() < 0.7:
        x1, y1, x2, y2 = scene.people[rng.integers(len(scene.people))] * scale
        middle = np.array([x1 + x2, y1 + y2]) / 2
        return np.clip(middle - size * rng.uniform(0.25, 0.75, 2), low, high)
    return np.asarray(rng.uniform(low, high))


def _left(people: Floats, known: Mask, size: tuple[int, int]) -> tuple[Floats, Mask]:
    """What of the people is left within a crop of `size` (width, height), and of whom it is still certain."""
    limits = np.array([*size, *size], np.float64)
    cut = np.clip(people, 0, limits)
    sides, before = cut[:, 2:] - cut[:, :2], people[:, 2:] - people[:, :2]
    share = sides.prod(1) / np.maximum(before.prod(1), 1e-6)
    there = (sides > 2).all(1)
    certain = known & (share >= VISIBLE) & (sides.min(1) >= SMALL)
    return cut[there], certain[there]


def _coloured(pixels: Pixels, rng: np.random.Generator, colour: float) -> Pixels:
    gain = rng.uniform(1 - colour, 1 + colour) * rng.uniform(1 - colour / 3, 1 + colour / 3, 3)
    table = np.clip(np.arange(256)[:, None] * gain, 0, 255).astype(np.uint8)
    coloured = cv2.LUT(pixels, np.ascontiguousarray(table[None]))
    return np.asarray(coloured, np.uint8)


def packed(people: Floats, known: Mask) -> tuple[NDArray[np.float32], Mask]:
    """Boxes (MOST, 4) and which are certain (MOST,), filled with boxes of no area."""
    largest = np.argsort(-(people[:, 2:] - people[:, :2]).prod(1))[:MOST]
    boxes, sure = np.zeros((MOST, 4), np.float32), np.zeros(MOST, bool)
    boxes[: len(largest)], sure[: len(largest)] = people[largest], known[largest]
    return boxes, sure
