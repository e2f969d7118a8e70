"""Published predictions (Yang et al., CVPR 2016) on the LSP test set, observer-centric: to the printed digit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from deeppose.evaluation import joints as metrics
from deeppose.evaluation import limbs
from deeppose.skeleton import LSP

STRICT = {
    "lower leg": 81.7,
    "upper leg": 88.7,
    "lower arm": 66.7,
    "upper arm": 78.8,
    "head": 83.1,
    "torso": 96.5,
}
LOOSE = {
    "lower leg": 85.4,
    "upper leg": 91.6,
    "lower arm": 72.6,
    "upper arm": 84.4,
    "head": 91.8,
    "torso": 97.3,
}


@pytest.fixture
def golden(golden_root):
    io = pytest.importorskip("scipy.io")
    truth = io.loadmat(golden_root / "lsp-joints-OC.mat")["joints"][:2, :, 1000:]
    predicted = io.loadmat(golden_root / "pred_keypoints_lsp_oc.mat")["pred"]
    truth, predicted = (np.moveaxis(a, (0, 1, 2), (2, 1, 0)).astype(float) for a in (truth, predicted))
    return truth, np.ones(truth.shape[:2], bool), predicted


def percent(counts):
    """To one decimal, from the counts themselves: three of these lie on a tie, printed to even (1689 of 2000: 84.4)."""
    return round(Fraction(1000 * int(counts.correct), int(counts.total))) / 10


@pytest.mark.realdata
@pytest.mark.parametrize(("rule", "kinds", "mean"), [("strict", STRICT, 81.1), ("loose", LOOSE, 85.7)])
def test_pcp(golden, rule, kinds, mean):
    counts = limbs.pcp(*golden, LSP, 0.5, rule)
    measured = {kind: percent(c) for kind, c in limbs.by_kind(counts, LSP).items()}
    assert measured == kinds
    assert round(100 * limbs.mean_of_sticks(counts).item(), 1) == mean
    assert (counts.total == 1000).all()


@pytest.mark.realdata
def test_pdj(golden):
    rates = metrics.pdj(*golden, LSP, np.array([0.1, 0.2, 0.3, 0.4, 0.5])).mean()
    assert (100 * rates).round(2).tolist() == [46.89, 81.50, 89.14, 91.44, 92.91]


@pytest.mark.realdata
@pytest.mark.parametrize(("diagonal", "value"), [("other", 81.02), ("mean", 81.69), ("longest", 83.79)])
def test_pdj_by_other_diagonals(golden, diagonal, value):
    rates = metrics.pdj(*golden, LSP, np.array([0.2]), diagonal).mean()
    assert (100 * rates).round(2).tolist() == [value]
