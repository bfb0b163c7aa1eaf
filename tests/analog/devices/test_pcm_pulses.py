import numpy as np
import pytest

from ohmloom_analog.devices.pcm_pulses import (
    equivalent_pulses,
    mean_after_set,
    mean_gain,
    pulse_read_noise_sigma,
    sample_after_set,
    staircase_limit,
)

CELLS = 100_000
MICRO = 1e-6


def recursion(g, pulses, noise=None):
    """Return the staircase as it is published, one pulse after the other [uS]."""
    for n in range(1, pulses + 1):
        fresh = np.exp(-n / 2.6)
        step = -0.084 * g + 0.880 + 1.40 * fresh
        if noise is not None:
            step += (0.091 * g + 0.260 + 2.15 * fresh) * noise.standard_normal(np.shape(g))
        g = g + step if noise is None else np.clip(g + step, 0.1, 20.0)
    return g


@pytest.mark.parametrize(
    ("pulses", "expected"), [(1, 1.925), (2, 3.292), (5, 5.805), (10, 7.759), (20, 9.380316)]
)
def test_mean_staircase_is_the_golden_one(pulses, expected):
    found = float(mean_after_set(0.1 * MICRO, 0.0, pulses, MICRO)) / MICRO
    assert found == pytest.approx(expected, rel=3e-4)
    assert found == pytest.approx(recursion(0.1, pulses), rel=1e-12)


def test_staircase_can_begin_anywhere():
    begun = np.array([0.1, 4.0, 15.0])
    found = mean_after_set(begun * MICRO, 0.0, 7, MICRO) / MICRO
    np.testing.assert_allclose(found, recursion(begun, 7), rtol=1e-12)
    halves = mean_after_set(mean_after_set(begun * MICRO, 0.0, 2.5, MICRO), 2.5, 4.5, MICRO)
    np.testing.assert_allclose(halves / MICRO, found, rtol=1e-12)


def test_sampled_staircase_has_the_published_spread():
    start = np.full(CELLS, 0.1 * MICRO)
    window = (0.1 * MICRO, 20 * MICRO)
    found = sample_after_set(
        start, 0.0, 20, unit=MICRO, window=window, rng=np.random.default_rng(1)
    )
    found = found / MICRO
    expected = recursion(np.full(CELLS, 0.1), 20, np.random.default_rng(2))
    error = 3 * np.sqrt(2) * 2.67 / np.sqrt(CELLS)
    assert abs(found.mean() - expected.mean()) < error
    assert abs(found.std() - expected.std()) < error
    assert found.std() == pytest.approx(2.67, abs=0.02)


def test_no_pulse_changes_nothing():
    start = np.array([1e-6, 2e-6])
    rng = np.random.default_rng(0)
    after = sample_after_set(start, 0.0, 0.0, unit=MICRO, window=(1e-7, 2e-5), rng=rng)
    assert after.tolist() == start.tolist()


def test_gain_is_the_slope_of_the_mean():
    for g, n in ((0.1, 0.0), (5.0, 3.3), (15.0, 30.0)):
        above, below = (mean_after_set(g * MICRO, n, step, MICRO) for step in (1e-5, -1e-5))
        slope = float(above - below) / 2e-5
        assert float(mean_gain(g * MICRO, n, MICRO)) == pytest.approx(slope, rel=1e-6, abs=0)


def test_pulses_that_lead_somewhere_are_found():
    wanted = np.array([0.5, 2.2, 5.43, 17.0])
    cells = mean_after_set(0.1 * MICRO, 0.0, wanted, MICRO)
    np.testing.assert_allclose(equivalent_pulses(cells, 0.1 * MICRO, MICRO), wanted, rtol=2e-3)
    assert float(equivalent_pulses(0.1 * MICRO, 0.1 * MICRO, MICRO)) < 1e-12
    assert float(equivalent_pulses(12 * MICRO, 0.1 * MICRO, MICRO)) == 200.0


def test_staircase_leads_to_its_limit():
    assert staircase_limit(MICRO) == pytest.approx(0.88 / 0.084 * MICRO, rel=1e-12, abs=0)
    late = float(mean_after_set(0.1 * MICRO, 0.0, 300, MICRO))
    assert late == pytest.approx(staircase_limit(MICRO), rel=1e-9, abs=0)


def test_read_noise_of_the_fit():
    np.testing.assert_allclose(
        pulse_read_noise_sigma([0.0, 10 * MICRO], MICRO), [0.13e-6, 0.43e-6], rtol=1e-12
    )
