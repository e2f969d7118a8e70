"""Renders the two acrobatic people of the demonstration into `src/deeppose/assets`, with their true joints.

In an environment of its own (the model wants packages the project does not need):

    python -m venv anny-env && anny-env/bin/pip install anny torch opencv-python-headless scipy
    PYTHONPATH=src anny-env/bin/python tools/render_people.py

The first run builds the body model, a minute or two; `--cache` keeps it. Then a picture takes some ten seconds.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from anny_body import Extremities, Posed, articulate, load
from numpy.typing import NDArray
from outfits import Layer, Outfit, dress, parts
from places import Place, gym, meadow
from raster import Eye, cone, directions, normals, openness, rasterise

from deeppose.data.synthetic.body import Pose
from deeppose.skeleton import LSP

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """One picture: who, in which pose (degrees), dressed how, where, and `lift` metres above the ground."""

    name: str
    phenotype: dict[str, float]
    pose: Pose
    extremities: Extremities
    outfit: Outfit
    place: Place
    lift: float = 0.0


def pose(
    root: list[float], spine: list[float], head: list[float], arms: list[list[float]], legs: list[list[float]]
) -> Pose:
    """A `Pose` from degrees; rows are right, left."""
    return Pose(*(np.radians(np.array(angles, float)) for angles in (root, spine, head, arms, legs)))


SCENES = [
    Scene(
        "acrobat-1",
        {"gender": 0.95, "age": 0.6, "muscle": 0.65, "weight": 0.38, "height": 0.55, "proportions": 0.8},
        pose([0, 48, 172], [-8, 0, 0], [-30, 0, 0],
             [[8, 165, 0, 3], [0, 150, 0, 3]], [[62, 20, 0, 4], [-22, 30, 0, 12]]),
        Extremities(toes=0.9, wrists=-1.2),
        Outfit(
            skin=(0.62, 0.36, 0.24), hair=(0.035, 0.018, 0.01), shirt=(0.55, 0.02, 0.06), trim=(0.75, 0.75, 0.75),
            trousers=(0.015, 0.02, 0.06), shoes=None, sleeve=0.0, legs=1.9, loose=0.004, long_hair=True,
        ),
        gym,
    ),
    Scene(
        "acrobat-2",
        {"gender": 0.05, "age": 0.62, "muscle": 0.75, "weight": 0.4, "height": 0.55, "proportions": 0.8},
        pose([8, -62, -6], [6, 12, 0], [-6, 10, 0],
             [[40, 75, 0, 25], [-15, 70, 0, 20]], [[-18, 8, 0, 65], [98, 12, 0, 8]]),
        Extremities(toes=0.5),
        Outfit(
            skin=(0.20, 0.095, 0.05), hair=(0.01, 0.008, 0.007), shirt=(0.85, 0.62, 0.03), trim=(0.02, 0.05, 0.25),
            trousers=(0.02, 0.06, 0.35), shoes=(0.6, 0.04, 0.02), sleeve=0.17, legs=0.75,
        ),
        meadow,
        lift=0.35,
    ),
]  # fmt: skip


def render(
    scene: Scene, cache: Path, size: int = 480, oversampling: int = 2
) -> tuple[NDArray[np.uint8], Floats]:
    """(size, size, 3) RGB and the (14, 2) joints in its pixels, LSP order."""
    model = load(scene.phenotype, cache)
    posed = articulate(model, scene.pose, scene.extremities)
    layers = dress(model, scene.outfit)
    surfaces = [posed.skin(layer.vertices) for layer in layers]
    ground = min(surface[:, 1].min() for surface in (surfaces[0], surfaces[-1])) - scene.lift
    eye, centre = _aim(surfaces[0], ground, size * oversampling)
    surfaces = [surface - centre for surface in surfaces]
    picture = scene.place.draw(eye, ground - centre[1], surfaces[0])
    depth = np.full(picture.shape[:2], np.inf)
    fields = _shared_fields(posed, surfaces[0], scene.place)
    for layer, surface in zip(layers, surfaces, strict=True):
        _draw(picture, depth, layer, surface, model.faces, fields, scene.place, eye)
    small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(0).normal(0, 0.006, small.shape)
    final = np.clip(np.clip(small, 0, 1) ** (1 / 2.2) + grain, 0, 1)
    joints = eye.project(posed.joints() - centre)[:, :2] / oversampling
    return (final * 255 + 0.5).astype(np.uint8), joints


def _aim(surface: Floats, ground: float, size: int) -> tuple[Eye, Floats]:
    """A camera five metres off whose picture the person and a little ground fill to five sixths."""
    low, high = surface.min(0), surface.max(0)
    low[1] = ground
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0])
    extent = max(high[0] - low[0], high[1] - low[1])
    return Eye(distance=5.0, height=0.0, focal=5.0 * size * 0.8 / extent, size=size), centre


def _shared_fields(posed: Posed, body: Floats, place: Place) -> Floats:
    """(V, 7) what every layer interpolates: resting position, arm and eye weight, openness to sky and key light."""
    unit = normals(body, posed.model.faces)
    lifted = body + 0.02 * unit
    sky = openness(lifted, body, directions(96), unit)
    key = openness(lifted, body, cone(place.light, 0.06, 24))
    return np.concatenate([posed.model.vertices, parts(posed.model), sky[:, None], key[:, None]], 1)


def _draw(
    picture: Floats,
    depth: Floats,
    layer: Layer,
    surface: Floats,
    faces: NDArray[np.int64],
    fields: Floats,
    place: Place,
    eye: Eye,
) -> None:
    """Adds one layer, in place, where it exists and is nearer than what is there."""
    attributes = np.concatenate([normals(surface, faces), fields], 1)
    near, image = rasterise(eye.project(surface), faces, attributes, eye.size)
    y, x = np.nonzero(near < depth)
    unit, at, kind, sky, key = np.split(image[y, x], [3, 6, 8, 9], axis=1)
    kept = layer.margin(at, kind) > 0
    colour = _lit(layer.colour(at, kind), unit, sky, key, eye.rays()[y, x], place, layer.gloss)
    picture[y[kept], x[kept]] = colour[kept]
    depth[y[kept], x[kept]] = near[y[kept], x[kept]]


def _lit(
    colour: Floats, unit: Floats, sky: Floats, key: Floats, rays: Floats, place: Place, gloss: float
) -> Floats:
    """Sky, ground bounce, a soft key light (wrapped, for skin and cloth scatter it) and a highlight."""
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    to_eye = -rays / np.linalg.norm(rays, axis=1, keepdims=True)
    wrapped = np.clip((unit @ place.light + 0.15) / 1.15, 0, 1)[:, None]
    half = place.light + to_eye
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    shine = np.clip((unit * half).sum(1, keepdims=True), 0, 1) ** 24
    bounce = np.clip(0.5 - 0.5 * unit[:, 1:2], 0, 1) * (0.3 + 0.7 * sky.clip(0, 0.5) * 2)
    light = place.sky * 1.6 * sky + place.bounce * bounce + place.sun * key * wrapped
    return np.asarray(colour * light + gloss * shine * key * place.sun)


def main() -> None:
    """Writes acrobat-1.jpg, acrobat-2.jpg and acrobats.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("src/deeppose/assets"))
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/deeppose-anny")
    parser.add_argument("--oversampling", type=int, default=2, help="1 for a quick look")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    truth = {}
    for scene in SCENES:
        image, joints = render(scene, options.cache, oversampling=options.oversampling)
        path = options.out / f"{scene.name}.jpg"
        cv2.imwrite(str(path), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        named = zip(LSP.joints, joints.round(1).tolist(), strict=True)
        truth[path.name] = {"size": list(image.shape[1::-1]), "joints": dict(named)}
        print(f"{path}: {path.stat().st_size // 1024} KB")
    (options.out / "acrobats.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
