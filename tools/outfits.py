"""Clothes, hair and faces for the body model: layers of the body's own mesh, smoothed and moved outwards.

A layer is cut not along triangles but per pixel, by a function of where the surface lies on the resting body: hems
and collars come out as clean curves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from anny_body import Model
from numpy.typing import NDArray
from raster import normals
from scipy.sparse import coo_matrix, diags

Floats = NDArray[np.float64]
Colouring = Callable[[Floats, Floats], Floats]
"""(N, 3) resting positions and (N, 2) arm and eye weights -> (N, ...) colours or margins."""


@dataclass(frozen=True)
class Layer:
    """One surface: (V, 3) resting vertices; `margin` > 0 where it exists, in metres inside its edge; RGB `colour`."""

    vertices: Floats
    margin: Colouring
    colour: Colouring
    gloss: float = 0.04


@dataclass(frozen=True)
class Outfit:
    """What a person wears. Colours are linear RGB in 0..1; lengths in metres.

    Attributes:
        sleeve: from the shoulder down the arm; 0 leaves the arms bare.
        legs: 0 = shorts that end at the hip, 1 = at the knee, 2 = at the ankle.
        shoes: None for bare feet.
        long_hair: down to the nape, with a bun.
    """

    skin: tuple[float, float, float]
    hair: tuple[float, float, float]
    shirt: tuple[float, float, float]
    trim: tuple[float, float, float]
    trousers: tuple[float, float, float]
    shoes: tuple[float, float, float] | None
    sleeve: float = 0.2
    legs: float = 0.7
    loose: float = 0.012
    long_hair: bool = False


def dress(model: Model, outfit: Outfit) -> list[Layer]:
    """The layers of a dressed person; skin exists only where no cloth lies well over it."""
    shirt, trousers, shoes, hair = (f(model, outfit) for f in (_shirt, _trousers, _shoes, _hair))
    worn = [shirt, trousers, hair] + ([shoes] if outfit.shoes else [])

    def bare(at: Floats, parts: Floats) -> Floats:
        return 0.012 - np.max([layer.margin(at, parts) for layer in worn], axis=0)

    return [Layer(model.vertices, bare, _skin(model, outfit), 0.06), *worn]


def parts(model: Model) -> Floats:
    """(V, 2) how much each vertex belongs to the arms, and to the eyes."""
    arms = model.weight("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
    return np.stack([arms, model.weight("eye")], 1)


def _smooth(model: Model, rounds: int) -> Floats:
    """The resting body with its details ironed out: each vertex moves to its neighbours' mean, `rounds` times."""
    edges = np.concatenate([model.faces[:, [0, 1]], model.faces[:, [1, 2]], model.faces[:, [2, 0]]])
    count = len(model.vertices)
    links = coo_matrix((np.ones(len(edges)), edges.T), (count, count))
    links = links + links.T
    degree = np.maximum(np.asarray(links.sum(1)).ravel(), 1)
    step = diags(1 / degree) @ links
    vertices = model.vertices
    for _ in range(rounds):
        vertices = 0.5 * vertices + 0.5 * (step @ vertices)
    return np.asarray(vertices)


def _inflated(model: Model, rounds: int, offset: Floats | float) -> Floats:
    smooth = _smooth(model, rounds)
    return np.asarray(smooth + normals(smooth, model.faces) * np.reshape(offset, (-1, 1)))


def _shirt(model: Model, outfit: Outfit) -> Layer:
    neck, hip = model.head("neck01"), model.head("upperleg01.L")
    shoulder, elbow = model.head("upperarm01.L"), model.head("lowerarm01.L")
    arm = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
    hem = hip[1] + (0.09 if outfit.loose < 0.006 else 0.0)  # a tight shirt is tucked in
    flare = outfit.loose * (1 + 0.8 * np.clip((neck[1] - 0.25 - model.vertices[:, 1]) / 0.3, 0, 1))

    def margin(at: Floats, parts: Floats) -> Floats:
        down = (np.abs(at[:, :1]) * [1, 0, 0] + at * [0, 1, 1] - shoulder) @ arm
        sleeve = outfit.sleeve - down if outfit.sleeve else 0.2 * (0.35 - parts[:, 0])
        collar = (neck + np.array([0, -0.012, 0.02]) - at) @ np.array([0, 0.9, 0.43])
        collar = np.minimum(collar, np.hypot(at[:, 0], 0.8 * (at[:, 2] - neck[2] - 0.02)) - 0.062)
        armless = outfit.sleeve == 0
        body = np.minimum(at[:, 1] - hem, sleeve if armless else 1.0)
        body = np.where(parts[:, 0] > 0.5, sleeve, body)
        return np.minimum(body, np.where(at[:, 1] > neck[1] - 0.12, collar, 1.0))

    def colour(at: Floats, parts: Floats) -> Floats:
        band = np.abs(at[:, 1] - neck[1] + 0.24) < 0.025
        return np.where((band & (parts[:, 0] < 0.5))[:, None], outfit.trim, outfit.shirt)

    return Layer(_inflated(model, 12, flare), margin, colour)


def _trousers(model: Model, outfit: Outfit) -> Layer:
    hip, knee, ankle = (model.head(f"{bone}.L") for bone in ("upperleg01", "lowerleg01", "foot"))
    hem = np.interp(outfit.legs, [0, 1, 2], [hip[1] - 0.05, knee[1], ankle[1] + 0.03])
    waist = hip[1] + 0.11
    offset = 0.006 + outfit.loose * np.clip((hip[1] - model.vertices[:, 1]) / 0.2, 0, 1)

    def margin(at: Floats, parts: Floats) -> Floats:
        return np.where(parts[:, 0] > 0.3, -1.0, np.minimum(at[:, 1] - hem, waist - at[:, 1]))

    def colour(at: Floats, _: Floats) -> Floats:
        axis = hip[0] + (knee[0] - hip[0]) * (hip[1] - at[:, 1]) / (hip[1] - knee[1])
        seam = (np.abs(at[:, 2] - hip[2]) < 0.014) & (np.abs(at[:, 0]) > axis)
        return np.where(seam[:, None], outfit.trim, outfit.trousers)

    return Layer(_inflated(model, 8, offset), margin, colour)


def _shoes(model: Model, outfit: Outfit) -> Layer:
    ankle = model.head("foot.L")
    sole = model.vertices[:, 1].min() + 0.014

    def margin(at: Floats, _: Floats) -> Floats:
        return ankle[1] - 0.01 - at[:, 1] + 0.25 * np.maximum(0.0, -at[:, 2] - 0.02)

    def colour(at: Floats, _: Floats) -> Floats:
        return np.where((at[:, 1] < sole)[:, None], [0.75, 0.75, 0.72], outfit.shoes or outfit.skin)

    return Layer(_inflated(model, 80, 0.014), margin, colour)


def _hair(model: Model, outfit: Outfit) -> Layer:
    eyes = 0.5 * (model.head("eye.L") + model.head("eye.R"))
    skull = model.weight("head")
    crown = model.vertices[:, 1].max()
    bun = np.array([0, eyes[1] + 0.02, eyes[2] - 0.19])
    near = np.exp(-((model.vertices - bun) ** 2).sum(1) / 0.045**2) if outfit.long_hair else 0.0
    offset = 0.008 + 0.012 * np.clip((model.vertices[:, 1] - eyes[1]) / (crown - eyes[1]), 0, 1) + 0.06 * near

    def margin(at: Floats, _: Floats) -> Floats:
        depth = eyes[2] - at[:, 2]
        line = np.interp(depth, [0.0, 0.035, 0.07, 0.10, 0.2], [0.065, 0.055, 0.0, -0.02, -0.075])
        temple = 0.01 * np.sin(150 * at[:, 0])
        return np.where(at[:, 1] > eyes[1] - 0.2, at[:, 1] - eyes[1] - line + 0.3 * temple, -1.0)

    def colour(at: Floats, _: Floats) -> Floats:
        turn = np.arctan2(at[:, 0], at[:, 2] - eyes[2] + 0.09)
        strands = 1 + 0.25 * np.sin(37 * turn + 9 * np.sin(30 * at[:, 1])) * np.sin(83 * turn)
        return np.asarray(outfit.hair) * strands[:, None]

    return Layer(_inflated(model, 6, offset * (skull > 0.2)), margin, colour, 0.12)


def _skin(model: Model, outfit: Outfit) -> Colouring:
    """Skin with eyes, brows and lips, placed by the eyes' bones."""
    eyes = 0.5 * (model.head("eye.L") + model.head("eye.R"))
    apart = abs(model.head("eye.L")[0])

    def colour(at: Floats, parts: Floats) -> Floats:
        x, y, front = np.abs(at[:, 0]), at[:, 1] - eyes[1], at[:, 2] > eyes[2] - 0.005
        result = np.broadcast_to(np.asarray(outfit.skin), at.shape).copy()
        arch = 0.021 - 0.12 * np.abs(x - apart - 0.004)
        result[front & (np.abs(y - arch) < 0.0035) & (np.abs(x - apart) < 0.02)] = (
            np.asarray(outfit.hair) * 0.8
        )
        lips = front & (np.abs(y + 0.067) < 0.009 * np.sqrt(np.clip(1 - (x / 0.026) ** 2, 0, 1)))
        result[lips] = result[lips] * [0.75, 0.42, 0.42]
        ball = parts[:, 1] > 0.5
        pupil = np.hypot(x - apart, y)
        result[ball] = 0.75
        result[ball & (pupil < 0.0065)] = [0.12, 0.08, 0.05]
        return result

    return colour
