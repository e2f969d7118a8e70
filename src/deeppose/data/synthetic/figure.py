"""From a posed body to a picture: which parts it is drawn of, in which clothes, nearest last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deeppose.data.synthetic.body import SIDES, Body
from deeppose.data.synthetic.paint import Canvas, Cloth, capsule, random_colour
from deeppose.skeleton import LSP
from deeppose.types import Floats

_SKIN = np.array(
    [[255, 219, 190], [241, 194, 150], [224, 172, 120], [198, 134, 88], [141, 85, 50], [92, 58, 38]]
)


@dataclass(frozen=True)
class Part:
    """A tapered capsule in space, the clothing it wears and the LSP joints that lie on it."""

    start: Floats
    end: Floats
    radii: tuple[float, float]
    wears: str
    joints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Camera:
    """Orthographic: picture = centre + scale * (x, -y), in pixels."""

    scale: float
    centre: Floats

    def project(self, points: Floats) -> Floats:
        """(..., 3) in heights -> (..., 2) in pixels."""
        return np.asarray(self.centre + self.scale * points[..., :2] * [1, -1])


def parts_of(body: Body) -> list[Part]:
    """All parts, farthest first."""
    parts = [*_trunk(body), *_head(body)]
    for side, _ in SIDES:
        parts += [*_leg(body, side), *_arm(body, side)]
    return sorted(parts, key=lambda part: float(part.start[2] + part.end[2]))


def _part(body: Body, a: str, b: str, radii: tuple[float, float], wears: str) -> Part:
    girth = body.proportions.girth
    joints = tuple(name for name in (a, b) if name in LSP.joints)
    return Part(body.points[a], body.points[b], (radii[0] * girth, radii[1] * girth), wears, joints)


def _leg(body: Body, side: str) -> Iterator[Part]:
    yield _part(body, f"{side}_hip", f"{side}_knee", (0.055, 0.037), "trousers")
    yield _part(body, f"{side}_knee", f"{side}_ankle", (0.037, 0.022), "shins")
    yield _part(body, f"{side}_ankle", f"{side}_toes", (0.026, 0.020), "shoes")


def _arm(body: Body, side: str) -> Iterator[Part]:
    yield _part(body, f"{side}_shoulder", f"{side}_elbow", (0.035, 0.025), "sleeves")
    yield _part(body, f"{side}_elbow", f"{side}_wrist", (0.025, 0.017), "forearms")
    yield _part(body, f"{side}_wrist", f"{side}_hand", (0.018, 0.020), "skin")


def _trunk(body: Body) -> Iterator[Part]:
    """Pelvis, flanks and shoulders, plus an emblem on the chest and a number on the back: front is not back."""
    chest = body.frames["chest"]
    middle = 0.45 * body.points["waist"] + 0.55 * body.points["neck"]
    yield _part(body, "right_hip", "left_hip", (0.055, 0.055), "trousers")
    for side, sign in SIDES:
        top = body.points["neck"] + chest @ [sign * 0.055, -0.045, 0]
        low = body.points["pelvis"] + body.frames["pelvis"] @ [sign * 0.035, 0.03, 0]
        girth = body.proportions.girth
        yield Part(
            low, top, (0.058 * girth, 0.065 * girth), "shirt", (f"{side}_hip", f"{side}_shoulder", "neck")
        )
    yield _part(body, "right_shoulder", "left_shoulder", (0.035, 0.035), "shirt")
    yield Part(middle + chest @ [-0.03, 0, 0.07], middle + chest @ [0.03, 0, 0.07], (0.018, 0.018), "emblem")
    yield Part(middle + chest @ [0, 0.04, -0.07], middle + chest @ [0, -0.04, -0.07], (0.02, 0.02), "number")
    throat = body.points["neck"] + chest @ [0, -0.02, 0.055]
    yield Part(throat, throat + chest @ [0, -0.035, 0.012], (0.022, 0.006), "skin", ("neck",))


def _head(body: Body) -> Iterator[Part]:
    """A face from the front, hair from behind: all of it ordered by depth like any other part."""
    skull, turn = body.points["skull"], body.frames["head"]
    length = body.proportions.head

    def at(x: float, y: float, z: float) -> Floats:
        return np.asarray(skull + turn @ [x * length, y * length, z * length])

    yield Part(
        body.points["neck"] - turn @ [0, 0.01, 0.01], at(0, -0.1, -0.05), (0.032, 0.03), "skin", ("neck",)
    )
    yield Part(at(0, -0.1, 0.05), at(0, 0.14, 0), (0.048, 0.058), "skin", ("head_top",))
    yield Part(at(0, 0.0, -0.15), at(0, 0.22, -0.02), (0.05, 0.053), "hair", ("head_top",))
    yield Part(at(-0.14, 0.3, 0.16), at(0.14, 0.3, 0.16), (0.026, 0.026), "hair", ("head_top",))
    for sign in (-1, 1):
        yield Part(at(sign * 0.11, 0.08, 0.36), at(sign * 0.14, 0.08, 0.36), (0.009, 0.009), "eyes")
    yield Part(at(0, 0.04, 0.40), at(0, -0.03, 0.42), (0.006, 0.011), "skin")
    yield Part(at(-0.08, -0.13, 0.34), at(0.08, -0.13, 0.34), (0.007, 0.007), "mouth")


def sample_wardrobe(rng: np.random.Generator, pixel: float) -> dict[str, Cloth]:
    """Clothes by the names parts wear; `pixel` is the size of a person's height in pixels, for the stripes."""
    skin = Cloth(_SKIN[rng.integers(len(_SKIN))] * rng.uniform(0.85, 1.1))
    shirt, trousers = _clothing(rng, pixel), _clothing(rng, pixel)
    long_legs, sleeves, long_sleeves = rng.random(3) < [0.5, 0.7, 0.35]
    return {
        "skin": skin,
        "hair": Cloth(random_colour(rng) * rng.choice([0.15, 0.35, 0.8])),
        "eyes": Cloth(np.full(3, 20.0)),
        "mouth": Cloth(skin.colour * [0.75, 0.4, 0.4]),
        "shirt": shirt,
        "sleeves": shirt if sleeves else skin,
        "forearms": shirt if sleeves and long_sleeves else skin,
        "trousers": trousers,
        "shins": trousers if long_legs else skin,
        "shoes": Cloth(random_colour(rng)),
        "emblem": Cloth(random_colour(rng)),
        "number": Cloth(random_colour(rng)),
    }


def _clothing(rng: np.random.Generator, pixel: float) -> Cloth:
    second = random_colour(rng) if rng.random() < 0.3 else None
    return Cloth(random_colour(rng), second, pixel * rng.uniform(0.03, 0.09), int(rng.integers(2)))


def draw(
    canvas: Canvas, parts: list[Part], camera: Camera, wardrobe: dict[str, Cloth], light: Floats
) -> NDArray[np.int16]:
    """Paints the parts in order, in place; returns (H, W) which part each pixel shows, -1 for none."""
    owner = np.full(canvas.shape[:2], -1, np.int16)
    for index, part in enumerate(parts):
        a, b = camera.project(np.stack([part.start, part.end]))
        radii = (part.radii[0] * camera.scale, part.radii[1] * camera.scale)
        window, cover = capsule(canvas, a, b, radii, wardrobe[part.wears], light)
        owner[window][cover > 0.5] = index
    return owner
