"""The canvas: exact at native resolution, anti-aliased when reduced, and its geometry holds to a few hundredths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeppose.data.canvas import FILL, SIZE, cut


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)


def blob(height: int, width: int, at: tuple[float, float], spread: float) -> np.ndarray:
    """A bright Gaussian at x, y (pixel centres at +0.5) on mid-grey."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    bump = 100 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * spread**2))
    return np.repeat(np.rint(FILL + bump).astype(np.uint8)[..., None], 3, axis=2)


def centre_of_mass(pixels: np.ndarray) -> np.ndarray:
    mass = pixels[..., 0].astype(float) - FILL
    y, x = np.mgrid[0 : mass.shape[0], 0 : mass.shape[1]] + 0.5
    return np.array([(x * mass).sum(), (y * mass).sum()]) / mass.sum()


def test_a_small_region_is_copied_exactly() -> None:
    picture = noise(300, 400)
    canvas = cut(picture, np.array([150.0, 140, 200, 100]))
    assert canvas.scale == 1.0
    np.testing.assert_array_equal(canvas.origin, [22, 12])
    np.testing.assert_array_equal(canvas.pixels, picture[12 : 12 + SIZE, 22 : 22 + SIZE])


def test_what_lies_outside_the_picture_is_grey() -> None:
    picture = noise(100, 80)
    canvas = cut(picture, np.array([40.0, 50, 80, 100]))
    x, y = (-canvas.origin).astype(int)
    np.testing.assert_array_equal(canvas.pixels[y : y + 100, x : x + 80], picture)
    rest = canvas.pixels.copy()
    rest[y : y + 100, x : x + 80] = FILL
    assert (rest == FILL).all()


def test_a_region_outside_the_picture_is_all_grey() -> None:
    assert (cut(noise(50, 50), np.array([-500.0, -500, 60, 60])).pixels == FILL).all()


@pytest.mark.parametrize("flip", [np.s_[:, ::-1], np.s_[::-1]])
@pytest.mark.parametrize("side", [100, 700])
def test_views_are_read_like_copies(flip: tuple[slice, ...], side: int) -> None:
    picture = noise(600, 600)
    region = np.array([250.0, 280, side, side])
    view, copy = cut(picture[flip], region), cut(np.ascontiguousarray(picture[flip]), region)
    np.testing.assert_array_equal(view.pixels, copy.pixels)


def test_reduction_is_anti_aliased() -> None:
    """Stripes one pixel wide, which sampling would turn into 0 and 255, average to grey.

    A mean over 7.4 pixels leaves at most one of them unpaired: 255 / 2 / 7.4 = 17 grey levels.
    """
    stripes = np.zeros((2048, 2048, 3), np.uint8)
    stripes[:, ::2] = 255
    canvas = cut(stripes, np.array([1024.0, 1024, 1900, 1900]))
    assert np.abs(canvas.pixels.astype(int) - 127).max() <= 18


@settings(max_examples=25, deadline=None)
@given(
    x=st.floats(300, 700), y=st.floats(300, 500),
    cx=st.floats(400, 600), cy=st.floats(350, 450), side=st.floats(850, 3000),
)  # fmt: skip
def test_a_point_lands_where_its_pixels_land(x: float, y: float, cx: float, cy: float, side: float) -> None:
    canvas = cut(blob(800, 1000, (x, y), 20.0), np.array([cx, cy, side, side / 2]))
    expected = canvas.to_canvas(np.array([x, y]))
    np.testing.assert_allclose(centre_of_mass(canvas.pixels), expected, atol=0.15)


@given(
    region=st.tuples(*[st.floats(-500, 500)] * 2, *[st.floats(0.1, 5000)] * 2),
    side=st.sampled_from([64, SIZE]),
)
@settings(max_examples=50, deadline=None)
def test_geometry(region: tuple[float, ...], side: int) -> None:
    """Points go there and back; the region lies on the canvas; nothing is ever enlarged."""
    canvas = cut(np.zeros((40, 50, 3), np.uint8), np.array(region), side)
    points = np.array([[0.0, 0.0], [3.5, -7.25], region[:2]])
    np.testing.assert_allclose(canvas.to_picture(canvas.to_canvas(points)), points, atol=1e-6)
    box = canvas.box_to_canvas(np.array(region))
    low, high = box[:2] - box[2:] / 2, box[:2] + box[2:] / 2
    assert 0 < canvas.scale <= 1.0
    assert (low >= -1e-6).all()
    assert (
        high <= side + 1 + 1e-6
    ).all()  # the corner is a whole pixel, so up to one pixel of the far side goes
    assert canvas.pixels.shape == (side, side, 3)
