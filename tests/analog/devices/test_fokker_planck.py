import re

import numpy as np
import pytest

from ohmloom_analog.devices.fokker_planck import switching_table

TAU_D_NS = 1.507


@pytest.mark.parametrize(
    ("current", "after_10_ns", "after_50_ns"),
    [
        (0.8, 0.0105, 0.436),
        (0.9, 0.067, 0.893),
        (1.0, 0.226, 0.995),
        (1.2, 0.702, 1.000),
        (1.5, 0.978, 1.0),
    ],
)
def test_solution_is_the_known_one(current, after_10_ns, after_50_ns):
    found = switching_table(60.0).probability(current, np.array([10, 50]) / TAU_D_NS)
    np.testing.assert_allclose(found, [after_10_ns, after_50_ns], atol=2e-3)


def test_solution_agrees_with_random_walks():
    """Ito's equation of the same magnet, walked from equilibrium, at i = 1.5 until tau = 4."""
    rng = np.random.default_rng(1)
    barrier, current, steps, walks = 60.0, 1.5, 1600, 20_000
    step = 4 / steps
    # Near m = 1 the equilibrium exp(Delta m^2) is an exponential in 1 - m to the first order; draw
    # from it and keep each draw in proportion to what the exact one has more.
    below = rng.exponential(1 / (2 * barrier), 12 * walks)
    kept = below[rng.random(12 * walks) < np.exp(barrier * below**2 - 2)]
    m = 1 - kept[kept < 0.9][:walks]
    assert len(m) == walks
    for _ in range(steps):
        drift = (1 - m**2) * (m - current) - m / barrier
        noise = np.sqrt((1 - m**2) * step / barrier) * rng.standard_normal(walks)
        m = np.clip(m + drift * step + noise, -1, 1)
    share = (m < 0).mean()
    found = float(switching_table(barrier).probability(current, 4.0))
    assert abs(found - share) < 3 * np.sqrt(share * (1 - share) / walks) + 2e-3


def test_probability_rises_with_current_and_with_time():
    table = switching_table(60.0)
    currents, times = np.linspace(0.5, 2.5, 87), np.geomspace(0.1, 1e5, 90)
    found = table.probability(currents[:, np.newaxis], times)
    assert (np.diff(found, axis=0) >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_no_time_switches_nothing():
    assert switching_table(60.0).probability([0.5, 1.0, 1.5], 0.0).tolist() == [0.0] * 3


def test_what_is_left_after_a_long_time_goes_exponentially():
    """Twice the wait squares what is left, well beyond the times that were solved for."""
    table = switching_table(60.0)
    left = 1 - table.probability(0.6, np.array([1e4, 2e4]))
    assert 0.1 < left[0] < 0.9
    assert float(left[1]) == pytest.approx(float(left[0]) ** 2, rel=5e-3)


def test_higher_barrier_switches_later():
    low, high = (switching_table(b).probability(0.8, 20.0) for b in (50.0, 80.0))
    assert low > 2 * high


@pytest.mark.parametrize("barrier", [5.0, 500.0, np.nan])
def test_barrier_out_of_range_is_refused(barrier):
    message = f"barrier of a magnet must be from 20 to 200 k T, not {barrier!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        switching_table(barrier)
