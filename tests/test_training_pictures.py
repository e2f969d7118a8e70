"""Pictures worse than a data set's: each degradation against arithmetic of its own, places untouched."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from deeppose.data import degradation
from deeppose.data.canvas import FILL
from deeppose.data.store import Store
from deeppose.model import geometry
from deeppose.model.cascade import Cascade
from deeppose.training import recipes
from deeppose.training.settings import Augment
from deeppose.training.sources import stores
from deeppose.training.views import COLUMNS, look, uniforms
from deeppose.training.worsening import degraded, framed, turned

PICTURE = np.ascontiguousarray(data.astronaut()[:200, 100:300])
WHICH = {"low resolution": 0.1, "motion blur": 0.3, "JPEG": 0.6, "darkness": 0.9}


@pytest.fixture(scope="module")
def people() -> Store:
    return stores(replace(recipes.DEBUG, held_out=10), None, limit=40)[0]


def test_a_picture_shrinks_by_the_means_of_its_areas():
    small = degradation.resized(PICTURE, (50, 40))
    means = PICTURE.reshape(40, 5, 50, 4, 3).mean((1, 3))
    assert small.shape == (40, 50, 3)
    assert np.abs(small - means).max() <= 0.5 + 1e-6


@pytest.mark.parametrize(("degrees", "step"), [(0, (0, 1)), (90, (1, 0)), (45, (1, -1))])
def test_motion_smears_a_point_along_its_line(degrees, step):
    """A turn of 90 degrees is counter-clockwise on the screen: y points down."""
    point = np.zeros((41, 41, 3), np.uint8)
    point[20, 20] = 250
    smeared = degradation.blurred(point, 9, degrees)[..., 0]
    rows, columns = np.nonzero(smeared > 5)
    along = abs((rows - 20) * step[0] + (columns - 20) * step[1]) / math.hypot(*step)
    across = abs((rows - 20) * step[1] - (columns - 20) * step[0]) / math.hypot(*step)
    assert along.max() >= 2.8
    assert along.max() <= 4.5
    assert across.max() <= 1
    assert smeared.sum(dtype=int) == pytest.approx(250, abs=len(rows))


def test_a_blur_of_one_pixel_and_full_light_change_nothing():
    assert np.array_equal(degradation.blurred(PICTURE, 1, 30), PICTURE)
    assert np.array_equal(degradation.darkened(PICTURE, 1), PICTURE)
    assert np.array_equal(degradation.darkened(PICTURE, 0.5), np.rint(PICTURE / 2))


def test_jpeg_loses_more_with_less_quality_and_keeps_the_colours():
    loss = [peak_signal_noise_ratio(PICTURE, degradation.compressed(PICTURE, q)) for q in (95, 50, 10)]
    assert loss[0] > 30 > loss[2]
    assert loss == sorted(loss, reverse=True)


@pytest.mark.parametrize("which", WHICH.values(), ids=WHICH)
def test_more_strength_is_a_worse_picture(which):
    weak, strong = (
        peak_signal_noise_ratio(PICTURE, degradation.any_one(PICTURE, 150, which, strength, 0.5))
        for strength in (0.0, 0.95)
    )
    assert weak > strong + 3


def test_a_share_of_canvases_is_degraded_and_what_is_outside_pictures_stays_grey(people):
    u = torch.rand(len(people), 4, generator=torch.Generator().manual_seed(0))
    before = people.canvases.clone()
    worse = degraded(people, u, 0.5)
    changed = (worse != before).flatten(1).any(1)
    assert torch.equal(people.canvases, before)
    assert torch.equal(changed, u[:, 0] < 0.5)
    outside = (before == FILL).all(-1)
    assert (worse[outside] == FILL).all()
    assert degraded(people, u, 0.0) is people.canvases


def test_a_person_is_degraded_alike_in_any_batch(people):
    u = torch.rand(len(people), 4, generator=torch.Generator().manual_seed(0))
    together = degraded(people, u, 1.0)
    index = torch.tensor([7, 2])
    assert torch.equal(degraded(people.subset(index), u[index], 1.0), together[index])


def test_a_degraded_look_changes_pixels_alone(people):
    cascade, u = Cascade(recipes.DEBUG.cascade()), uniforms(0, 0, len(people), 14)[:, :COLUMNS]
    plain, worse = (look(cascade, people, u, Augment(rotate=20, degrade=share)) for share in (0.0, 1.0))
    assert torch.equal(plain.joints, worse.joints)
    assert torch.equal(plain.boxes, worse.boxes)
    assert ((plain.images - worse.images).abs().flatten(1).amax(1) > 0).all()


def test_a_turned_person_s_joints_and_box_turn_with_the_picture():
    """A quarter counter-clockwise: what was right is above, and (x, y) goes to (y, side - x)."""
    picture = torch.arange(16 * 3, dtype=torch.uint8).view(1, 4, 4, 3)
    pixel = torch.tensor([[[2.5, 0.5], [1.5, 3.5]]])
    seen = torch.ones(1, 2, dtype=torch.bool)
    one = torch.ones(1)
    person = Store(
        picture, pixel, seen, seen, torch.tensor([[2.0, 1, 4, 2]]), one.expand(1, 2), one, one.long()
    )

    def under(store):
        (canvas,) = store.canvases.pictures
        return [canvas[int(y), int(x)].tolist() for x, y in store.joints[0].tolist()]

    once = turned(person, torch.tensor([1]))
    assert once.joints.tolist() == [[[0.5, 1.5], [3.5, 2.5]]]
    assert once.boxes.tolist() == [[1, 2, 2, 4]]
    whole = turned(person, torch.tensor([4]))
    assert torch.equal(whole.joints, pixel)
    for quarter in (1, 2, 3):
        assert under(turned(person, torch.tensor([quarter]))) == under(whole)


def test_people_framed_too_tightly_lose_what_is_outside(people):
    tight = framed(people, torch.rand(30, 2, generator=torch.Generator().manual_seed(1)))
    inside = geometry.normalize(people.joints, tight.boxes[:, None]).abs().amax(-1) <= 0.5
    assert torch.equal(tight.labelled, people.labelled & inside)
    assert (~tight.labelled).any()
    for person, box in zip(tight.canvases, tight.boxes.tolist(), strict=True):
        cx, cy, w, h = box
        for y, x in ((3, 3), (60, 60), (100, 20), (127, 127)):
            beyond = abs(x + 0.5 - cx) > w / 2 or abs(y + 0.5 - cy) > h / 2
            assert not beyond or (person[y, x] == 128).all()
