"""Smoothing: what stands still stands still, what moves fast is not cut short, real times, gaps and outliers."""

import numpy as np
import pytest
from scipy.signal import butter, filtfilt, savgol_filter

from deeppose.errors import ConfigError
from deeppose.poses import Poses
from deeppose.skeleton import LSP
from deeppose.stream.one_euro import OneEuro
from deeppose.stream.smoothing import Smoothing, outliers, smooth

BUTTER, SAVGOL, NONE = Smoothing(), Smoothing("savgol"), Smoothing("none")


def line(times: np.ndarray, *coordinates: np.ndarray) -> np.ndarray:
    """(T, 1, 2) of one joint."""
    x, y = coordinates if len(coordinates) == 2 else (coordinates[0], np.zeros(len(times)))
    return np.stack([x, y], axis=-1)[:, None]


def run(times: np.ndarray, joints: np.ndarray, how: Smoothing, seen: np.ndarray | None = None) -> np.ndarray:
    there = np.ones(len(times), bool) if seen is None else seen
    return smooth(times, joints, np.ones(joints.shape[:2]), there, how)


def test_uniform_trajectories_are_scipys_and_sports2ds_butterworth() -> None:
    times = np.arange(120) / 30
    x = np.random.default_rng(0).normal(0, 1, 120).cumsum()
    b, a = butter(2, 6 / 15)  # Sports2D: order / 2, then filtfilt
    found = run(times, line(times, x), Smoothing(reject_outliers=False))
    np.testing.assert_allclose(found[:, 0, 0], filtfilt(b, a, x), atol=1e-9)


def test_savitzky_golay_is_scipys() -> None:
    times = np.arange(60) / 30
    x = np.random.default_rng(0).normal(0, 1, 60).cumsum()
    found = run(times, line(times, x), Smoothing("savgol", reject_outliers=False))[:, 0, 0]
    assert any(np.allclose(found, savgol_filter(x, window, 3)) for window in (7, 9, 11))


@pytest.mark.parametrize("how", [BUTTER, SAVGOL])
def test_someone_still_stands_still(how: Smoothing) -> None:
    random = np.random.default_rng(3)
    times = np.arange(60) / 30
    joints = np.full((60, 14, 2), 200.0) + random.normal(0, 2, (60, 14, 2))
    joints[::15] += 139  # an ankle taken for another now and then
    found = smooth(times, joints, np.ones((60, 14)), np.ones(60, bool), how)
    assert np.std(np.diff(found, axis=0)) < 0.5 * 2 * np.sqrt(2)
    assert np.abs(found - 200).max() < 15  # where the ankle's label jumped, 139 px before


@pytest.mark.parametrize("how", [BUTTER, SAVGOL])
def test_a_fast_wrist_is_not_cut_short(how: Smoothing) -> None:
    times = np.arange(120) / 60
    swing = 100 * np.sin(2 * np.pi * 2 * times)  # two swings a second
    found = run(times, line(times, swing), how)[15:-15, 0, 0]
    assert np.ptp(found) > 0.95 * np.ptp(swing)
    lag = np.argmax(np.correlate(found, swing[15:-15], "full")) - (len(found) - 1)
    assert lag == 0


def test_jittering_times_give_what_uniform_times_give() -> None:
    random = np.random.default_rng(1)
    even = np.arange(150) / 30
    real = np.sort(even + random.uniform(-0.012, 0.012, 150))
    curve = lambda t: 80 * np.sin(2 * np.pi * 0.8 * t)  # noqa: E731
    found = run(real, line(real, curve(real)), BUTTER)[5:-5, 0, 0]
    np.testing.assert_allclose(found, curve(real)[5:-5], atol=1.0)


def test_a_gap_shorter_than_stated_is_filled_and_a_longer_one_is_left_open() -> None:
    times = np.arange(100) / 30
    seen = np.ones(100, bool)
    seen[20:25] = seen[50:65] = False
    x = np.where(seen, times * 60, 9999.0)
    found = run(times, line(times, x), Smoothing(interp_gap_smaller_than=10), seen)[:, 0, 0]
    np.testing.assert_allclose(found[20:25], times[20:25] * 60, atol=0.5)
    assert np.isnan(found[50:65]).all()
    assert not np.isnan(found[65:]).any()


def test_surer_samples_count_for_more() -> None:
    random = np.random.default_rng(5)
    times = np.arange(300) / 30
    truth = 100 * np.sin(times)
    scores = random.uniform(0.05, 1, (300, 1))
    noisy = truth + random.normal(0, 8, 300) * (1.05 - scores[:, 0])
    there = np.ones(300, bool)
    by_scores = smooth(times, line(times, noisy), scores, there, BUTTER)[:, 0, 0]
    alike = smooth(times, line(times, noisy), np.ones((300, 1)), there, BUTTER)[:, 0, 0]
    assert np.std(by_scores - truth) < 0.85 * np.std(alike - truth)


def test_raw_is_raw() -> None:
    times = np.arange(40) / 30
    joints = np.random.default_rng(0).normal(0, 9, (40, 3, 2))
    raw = Smoothing("none", interp_gap_smaller_than=0, reject_outliers=False)
    np.testing.assert_array_equal(run(times, joints, raw), joints)


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4, 8])
@pytest.mark.parametrize("how", [BUTTER, SAVGOL, NONE])
def test_clips_of_a_few_frames_come_through(frames: int, how: Smoothing) -> None:
    times = np.arange(frames) / 30
    joints = np.ones((frames, 2, 2)) * np.arange(frames)[:, None, None]
    np.testing.assert_allclose(run(times, joints, how), joints, atol=0.5)


def test_where_frames_are_slower_than_the_cut_off_nothing_is_filtered() -> None:
    times = np.arange(40) / 8
    x = np.random.default_rng(0).normal(0, 5, 40)
    found = run(times, line(times, x), Smoothing(reject_outliers=False))
    np.testing.assert_array_equal(found, line(times, x))


def test_outliers_are_hampels() -> None:
    x = np.array([1, 2, 1.5, 50, 2, 1, 1.2, 1.8, 2.1, 1.4])
    assert outliers(np.stack([x, x * 0], axis=-1)).nonzero()[0].tolist() == [3]
    window = x[:7]  # by hand: |50 - median| > 3 x 1.4826 x MAD
    assert 50 - np.median(window) > 3 * 1.4826 * np.median(np.abs(window - np.median(window)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"filter_type": "butterwort"}, "did you mean 'butterworth'"),
        ({"cut_off_frequency": 0.0}, "cut-off-frequency 0"),
        ({"order": 3}, "order 3"),
        ({"interp_gap_smaller_than": -1}, "interp-gap-smaller-than -1"),
    ],
)
def test_a_wrong_option_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Smoothing(**wrong)  # type: ignore[arg-type]


def tracked(joints: np.ndarray) -> Poses:
    return Poses(LSP, joints, np.ones((1, 14)), np.zeros((1, 4)), tracks=np.array([7]))


def test_one_euro_calms_somebody_still_and_keeps_up_with_somebody_fast() -> None:
    random = np.random.default_rng(0)
    shape = random.uniform(0, 200, (1, 14, 2))
    calm, fast, right = OneEuro(), OneEuro(), np.array([20.0, 0])
    still = [calm.update(tracked(shape + random.normal(0, 2, shape.shape)), i / 30) for i in range(90)]
    moving = [fast.update(tracked(shape + i * right), i / 30) for i in range(90)]
    assert np.std(np.diff(still[30:], axis=0)) < 0.4 * 2 * np.sqrt(2)
    behind = (shape + 89 * right - moving[-1])[..., 0].mean() / (20 * 30)
    assert 0 <= behind < 0.05  # seconds


def test_one_euro_starts_where_a_track_starts_and_survives_a_clock_set_back() -> None:
    shape = np.arange(28.0).reshape(1, 14, 2)
    filtered = OneEuro()
    np.testing.assert_array_equal(filtered.update(tracked(shape), 5.0), shape)
    for time in (5.0, 1.0, None):
        assert np.isfinite(filtered.update(tracked(shape), time)).all()
    nobody = Poses(
        LSP, np.zeros((0, 14, 2)), np.zeros((0, 14)), np.zeros((0, 4)), tracks=np.zeros(0, np.int64)
    )
    assert filtered.update(nobody, 2.0).shape == (0, 14, 2)
