import re

import numpy as np
import pytest

from ohmloom_analog.ageing import (
    at_temperature,
    cycles_to_failure,
    drifted,
    retained,
    retention_failures,
    retention_time,
    wire_resistance,
    worn_hrs,
)

CELLS = 100_000
HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0.0, 25.0),
        (25.0, 24.03),
        (HOUR, 19.38),
        (DAY, 16.59),
        (30 * DAY, 14.04),
        (365 * DAY, 12.42),
    ],
)
def test_drift_of_a_full_pcm_cell_is_the_published_one(age, expected):
    assert float(drifted(25.0, age, 0.049)) == pytest.approx(expected, abs=0.005)


def test_retention_follows_arrhenius_between_published_temperatures():
    """SkyWater's own model without voltage: 10 % lost in 7.3e13 s at 300 K, 6.0e7 s at 398 K.

    Two of its points give the activation energy, the other two check it.
    """
    activation = np.log(7.3e13 / 6.0e7) * 8.617333e-5 / (1 / 300 - 1 / 398)
    assert 1.4 < activation < 1.55
    for kelvin, expected in ((358.0, 7.2e9), (423.0, 4.8e6)):
        found = float(retention_time(7.3e13, activation, kelvin, 300.0))
        assert found == pytest.approx(expected, rel=0.03)


def test_retained_conductance_has_lost_a_tenth_of_its_excess_when_it_should():
    found = retained([101e-6, 1e-6], 5.0, 5.0, floor=1e-6)
    np.testing.assert_allclose(found, [91e-6, 1e-6], rtol=1e-12)
    assert retained([50e-6], 0.0, 5.0).tolist() == [50e-6]
    twice = retained(retained(80e-6, 2.0, 5.0), 3.0, 5.0)
    assert float(twice) == pytest.approx(float(retained(80e-6, 5.0, 5.0)), rel=1e-12)


def test_flips_by_time_alone_are_exponential():
    p = 1 - np.exp(-0.3)
    found = retention_failures((CELLS,), 0.3, 1.0, np.random.default_rng(1)).mean()
    assert abs(found - p) < 3 * np.sqrt(p * (1 - p) / CELLS)


def test_low_resistance_state_falls_and_high_one_rises_with_temperature():
    found = at_temperature([100e-6, 1e-6], 400.0, 1e-6, 100e-6, activation=0.1)
    # exp(0.1 eV / k (1/300 - 1/400)) = exp(0.967 04)
    np.testing.assert_allclose(found, [100e-6 / 1.15, 2.63015e-6], rtol=1e-5)


def test_temperature_of_an_infinite_window_is_metallic_alone():
    found = at_temperature([0.0, 50e-6], 400.0, 0.0, 100e-6)
    np.testing.assert_allclose(found, [0.0, 50e-6 / 1.15], rtol=1e-12)


def test_reference_temperature_changes_nothing():
    cells = np.linspace(0, 120e-6, 7)
    np.testing.assert_allclose(at_temperature(cells, 300.0, 1e-6, 100e-6), cells, rtol=1e-12)


def test_wire_resists_less_when_it_is_colder():
    """The case that a published simulator gets wrong, which takes |T - 300 K|."""
    assert float(wire_resistance(2.0, 200.0)) == pytest.approx(2 * (1 - 0.451), rel=1e-12)
    assert float(wire_resistance(2.0, 400.0)) == pytest.approx(2 * 1.451, rel=1e-12)


def test_endurance_is_weibull():
    cycles = cycles_to_failure((CELLS,), 1e6, np.random.default_rng(2), slope=2.0)
    for share, after in ((1 - np.exp(-1), 1e6), (1 - np.exp(-0.25), 5e5)):
        found = (cycles < after).mean()
        assert abs(found - share) < 3 * np.sqrt(share * (1 - share) / CELLS)


def test_window_narrows_with_cycles():
    found = worn_hrs(1e-6, [0, 1e5, 2e5], 1e5, exponent=2.0)
    np.testing.assert_allclose(found, [1e-6, 2e-6, 5e-6], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drifted(1e-6, -1.0, 0.05), "age must be finite and at least 0 s, not -1.0"),
        (
            lambda: drifted(1e-6, 1.0, 0.05, reference=0.0),
            "reference time of a drift must be finite and above 0 s, not 0.0",
        ),
        (
            lambda: retention_time(1.0, 1.5, 0.0, 300.0),
            "temperature must be finite and at least 1 K, not 0.0",
        ),
        (
            lambda: retained(1e-6, 1.0, 1.0, loss=1.0),
            "loss at the end of retention must be within 0 and 1, not 1.0",
        ),
        (
            lambda: at_temperature(1e-6, 300.0, 2e-6, 1e-6),
            "g_min must be from 0 to below g_max = 1e-06 S, not 2e-06",
        ),
        (
            lambda: wire_resistance(1.0, 20.0),
            (
                "temperature must leave a positive resistance, not -280 K from its reference "
                "at 0.00451 1/K"
            ),
        ),
        (
            lambda: cycles_to_failure((2,), 0.0, np.random.default_rng(0)),
            "scale of an endurance must be finite and above 0, not 0.0",
        ),
        (
            lambda: worn_hrs(1e-6, 1.0, 0.0),
            "cycles that double the lowest conductance must be finite and above 0, not 0.0",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
