"""TEAM: thresholds of the current, and where a RESET ends by itself."""

import re

import numpy as np
import pytest

from ohmloom_analog.devices import device
from ohmloom_analog.devices.team import TeamParameters


def test_current_below_its_threshold_moves_nothing():
    # 114 uA resets nothing and 8.8 uA sets nothing, at the 525 ohm of x = 0.5.
    state = {"x": np.array([0.5, 0.5])}
    after = device("team").pulse(state, np.array([-114e-6, 8.8e-6]) * 525, 1e6)
    assert after["x"].tolist() == [0.5, 0.5]


def test_rates_are_those_of_the_equations():
    """By hand: -8e-13 m/s (100e-6/8.9e-6 - 1)^3 / 3 nm, and 8e-13 (230e-6/115e-6 - 1)^3 / 3 nm."""
    volts = np.array([100e-6, -230e-6]) * 525
    found = device("team").rate_of(volts, np.array([0.5, 0.5]), 300.0)
    np.testing.assert_allclose(found, [-0.285992, 2.666667e-4], rtol=1e-5)


def test_reset_ends_where_the_current_has_fallen_to_its_threshold():
    subject = device("team")
    after = subject.pulse({"x": np.array([0.1])}, -0.1, 1e12)
    assert -subject.current(-0.1, after)[0] == pytest.approx(115e-6, rel=5e-3)


def test_set_runs_away_in_the_time_of_its_integral():
    """dx/dt = -k/D (V/(i_on R) - 1)^3, so the time is an integral over x; here by quadrature."""
    x = np.linspace(0.2, 0.9, 200_001)
    rate = 8e-13 / 3e-9 * (0.5 / (8.9e-6 * (50 + 950 * x)) - 1) ** 3
    width = np.trapezoid(1 / rate, x)
    after = device("team").pulse({"x": np.array([0.9])}, 0.5, width)
    assert after["x"][0] == pytest.approx(0.2, rel=1e-5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"r_on": 2e3}, "r_on must be above 0 and below r_off = 1000 ohm, not 2000"),
        ({"i_on": 8.9e-6}, "i_on must be negative, not 8.9e-06"),
        ({"i_off": 0.0}, "i_off must be positive, not 0"),
        ({"a_on": float("nan")}, "a_on must be positive, not nan"),
    ],
)
def test_parameters_without_a_meaning_are_refused(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        TeamParameters(**wrong)
