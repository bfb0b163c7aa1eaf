import numpy as np
import pytest
from scipy import stats

from ohmloom_sim.intervals import share_interval, student_interval, wilson_interval


@pytest.mark.parametrize("count", [2, 5, 40])
def test_interval_is_students(count):
    shares = np.random.default_rng(count).uniform(0.4, 0.6, count)
    found = share_interval(shares.tolist())
    low, high = stats.t.interval(0.95, count - 1, loc=shares.mean(), scale=stats.sem(shares))
    assert found.mean == pytest.approx(shares.mean())
    assert (found.low, found.high) == pytest.approx((max(low, 0), min(high, 1)))


def test_interval_ends_at_none_and_all():
    found = share_interval([0.0, 1.0])
    assert (found.mean, found.low, found.high) == (0.5, 0.0, 1.0)


def test_equal_shares_leave_no_doubt():
    found = share_interval([0.25] * 4)
    assert (found.low, found.mean, found.high) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.5], r"^shares must be at least 2 in a row, not of shape \(1,\)$"),
        ([0.5, 1.5], r"^shares must be in \[0, 1\], not 1\.5$"),
        ([0.5, float("nan")], r"^shares must be in \[0, 1\], not nan$"),
    ],
)
def test_what_is_no_share_is_refused(shares, message):
    with pytest.raises(ValueError, match=message):
        share_interval(shares)


@pytest.mark.parametrize(("right", "samples"), [(0, 10), (7, 10), (97, 100), (360, 360)])
def test_shares_have_wilsons_interval(right, samples):
    found = wilson_interval(right / samples, samples)
    wanted = stats.binomtest(right, samples).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)
    assert found.low <= found.mean == right / samples <= found.high


@pytest.mark.parametrize(
    ("share", "samples", "message"),
    [
        (1.5, 10, r"^share must be in \[0, 1\], not 1.5$"),
        (0.5, 0, r"^samples must be finite and at least 1, not 0$"),
    ],
)
def test_what_is_no_share_of_samples_is_refused(share, samples, message):
    with pytest.raises(ValueError, match=message):
        wilson_interval(share, samples)


def test_values_have_students_interval_without_ends():
    values = [-3.0, 1.0, 7.5, 2.0]
    found = student_interval(values)
    low, high = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((np.mean(values), low, high))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([2.0], r"^values must be at least 2 in a row, not of shape \(1,\)$"),
        ([2.0, float("inf")], r"^values must be finite, not inf$"),
    ],
)
def test_values_without_an_interval_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        student_interval(values)
