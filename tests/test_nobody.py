"""Is anybody there? scikit-image's pictures of things, animals and textures hold nobody, its portraits somebody."""

from __future__ import annotations

import pytest

import deeppose
from deeppose.data.images import as_rgb
from deeppose.inference.people import LEAST
from deeppose.inference.shipped import SHIPPED

data = pytest.importorskip("skimage.data", reason="scikit-image is not installed: deeppose[demo]")
pytestmark = pytest.mark.skipif(not SHIPPED.exists(), reason=f"no weights at {SHIPPED}")


@pytest.fixture(scope="module")
def model() -> deeppose.Predictor:
    return deeppose.load(threads=1)


@pytest.mark.parametrize("name", ["rocket", "coffee", "chelsea", "brick"])
def test_nobody_is_invented(model: deeppose.Predictor, name: str) -> None:
    assert len(model.predict(as_rgb(getattr(data, name)()))) == 0


@pytest.mark.parametrize("name", ["astronaut", "camera"])
def test_somebody_is_found(model: deeppose.Predictor, name: str) -> None:
    (person,) = model.predict(as_rgb(getattr(data, name)()))
    assert person.score is not None
    assert person.score > 1.3 * LEAST


def test_who_says_that_somebody_is_there_is_believed(model: deeppose.Predictor) -> None:
    assert len(model.predict(as_rgb(data.brick()), full_image=True)) == 1
    assert len(model.predict(as_rgb(data.brick()), [256, 256, 400, 400])) == 1
