import re

import numpy as np
import pytest

from ohmloom_analog.devices.mtj_switching import (
    barrier_for_retention,
    disturb_probability,
    mean_switching_time,
    precessional_probability,
    switching_probability,
    thermal_probability,
)

TAU_D = 1.507e-9
TEN_YEARS = 10 * 365.25 * 86400


def test_thermal_regime_is_arrhenius_over_the_lowered_barrier():
    # tau = 1 ns exp(60 * 0.6^2) = 2.40304 s
    found = thermal_probability([0.4], 1.0, 60.0)
    assert float(found[0]) == pytest.approx(1 - np.exp(-1 / 2.40304), rel=1e-5)
    assert switching_probability([0.4], 1.0, 60.0, TAU_D).tolist() == found.tolist()


@pytest.mark.parametrize(
    ("current", "width", "expected"),
    [(0.8, 10e-9, 0.0105), (1.0, 10e-9, 0.226), (0.9, 50e-9, 0.893)],
)
def test_between_the_regimes_it_is_the_fokker_planck_solution(current, width, expected):
    found = switching_probability([current], width, 60.0, TAU_D)
    assert float(found[0]) == pytest.approx(expected, abs=2e-3)


def test_corrected_precessional_law_meets_the_solution_where_butlers_does_not():
    found = float(precessional_probability(1.5, 4 * TAU_D, 60.0, TAU_D))
    butler = np.exp(-(np.pi**2) / 4 * 60 * 0.5 / (1.5 * np.exp(4.0) - 1))
    assert found == pytest.approx(0.697, abs=0.01)
    assert butler == pytest.approx(0.40, abs=0.01)


@pytest.mark.parametrize("width", [1e-9, 2e-9, 3e-9, 10e-9, 50e-9])
def test_regimes_join_at_two_and_a_half(width):
    below, above = switching_probability([2.5, 2.5 + 1e-9], width, 60.0, TAU_D)
    assert abs(below - above) < 0.01


def test_regimes_join_at_a_half_within_a_few_percent_of_the_time():
    below, above = switching_probability([0.5, 0.5 + 1e-9], 1e-3, 60.0, TAU_D)
    assert float(below) == pytest.approx(float(above), rel=0.05)


def test_current_that_holds_the_state_switches_less_than_none():
    held, free = switching_probability([-0.5, 0.0], 1e9, 40.0, TAU_D)
    assert held < 1e-6 * free


@pytest.mark.parametrize("current", [-1.0, 0.3, 0.9, 1.6, 10.0])
def test_no_pulse_switches_nothing(current):
    assert switching_probability([current], 0.0, 60.0, TAU_D).tolist() == [0.0]


def test_a_billionth_in_ten_years_needs_a_barrier_of_61():
    assert barrier_for_retention(TEN_YEARS, 1e-9) == pytest.approx(61.0, abs=0.05)
    assert float(disturb_probability(0.0, TEN_YEARS, 61.0)) == pytest.approx(
        1.017e-9, rel=2e-3, abs=0
    )


def test_read_disturb_lowers_the_barrier_linearly():
    # tau = 1 ns exp(60 * 0.5) = 1.06865e4 s
    assert float(disturb_probability(0.5, 10e-9, 60.0)) == pytest.approx(
        9.3576e-13, rel=1e-4, abs=0
    )


def test_mean_time_above_the_critical_current():
    # 1.507 ns (0.57722 + ln(pi^2 60 / 4)) / 2
    found = mean_switching_time([0.5, 1.0, 2.0, 3.0], 60.0, TAU_D)
    assert found[:2].tolist() == [np.inf, np.inf]
    np.testing.assert_allclose(found[2:], [4.2007e-9, 2.1003e-9], rtol=1e-3)


def test_mean_time_is_that_of_the_probabilities_where_the_current_is_high():
    """The mean is the integral of what is left; near the critical current the law is too long."""
    for current in (5.0, 10.0):
        widths = np.linspace(0, 3e-9, 6001)
        left = [1 - float(precessional_probability(current, t, 60.0, TAU_D)) for t in widths]
        law = float(mean_switching_time(current, 60.0, TAU_D))
        assert np.trapezoid(left, widths) / law == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([np.nan], 1e-9, 60.0, TAU_D),
            "current over the critical current must be finite, not nan",
        ),
        (
            ([1.0], -1e-9, 60.0, TAU_D),
            "width of a pulse must be finite and at least 0 s, not -1e-09",
        ),
        (([1.0], 1e-9, 5.0, TAU_D), "barrier of a magnet must be from 20 to 200 k T, not 5.0"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        switching_probability(*arguments)


def test_certain_failure_is_no_retention():
    message = "fraction of failures must be within 0 and 1, not 1.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        barrier_for_retention(TEN_YEARS, 1.0)
