"""SkyWater's cell and its dynamic temperature, against equations written for one cell."""

import math
import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ohmloom_analog.devices import device
from ohmloom_analog.devices.skywater import SkyWaterParameters


def current(v, f):
    return 61.4e-6 * math.exp(-(5.0 - f) / (5.0 - 4.7249)) * math.sinh(v / 0.43)


def growth(v, f, hot):
    """Return df/dt in nm/s of a filament in nm."""
    thermal = 8.617333262e-5 * hot
    field = (16.5 - 1.25 * (5.0 - f) ** 3) * 0.25 / 5.0 * v
    return 150e9 * (math.exp((-1.501 + field) / thermal) - math.exp((-1.5 - field) / thermal))


def settled(v, f):
    return min(300 + 0.23e-9 / 3.1825e-16 * abs(v * current(v, f)), 1500.0)


@pytest.mark.parametrize(
    ("volts", "start", "width"), [(-1.8, 4.9, 1e-9), (-1.3, 4.9, 1e-7), (-1.5, 4.6, 1e-6)]
)
def test_pulse_ends_where_another_integrator_does(volts, start, width):
    solved = solve_ivp(
        lambda t, y: [growth(volts, y[0], settled(volts, y[0]))], (0, width), [start],
        method="LSODA", rtol=1e-9, atol=1e-12,
    )  # fmt: skip
    after = device("skywater").pulse({"filament": np.array([start * 1e-9])}, volts, width)
    expected = solved.y[0][-1]
    assert abs(expected - start) > 0.1
    assert after["filament"][0] * 1e9 - start == pytest.approx(expected - start, rel=1e-4)


@pytest.mark.parametrize(("volts", "start"), [(2.3, 3.3), (1.6, 4.0)])
def test_runaway_comes_when_another_integrator_finds_it(volts, start):
    def crossed(t, y):
        return y[0] - 4.5

    crossed.terminal = True
    solved = solve_ivp(
        lambda t, y: [growth(volts, min(y[0], 4.9), settled(volts, min(y[0], 4.9)))],
        (0, 1.0), [start], method="LSODA", rtol=1e-9, atol=1e-12, events=crossed,
    )  # fmt: skip
    moment, state = solved.t_events[0][0], {"filament": np.array([start * 1e-9])}
    before, after = (
        device("skywater").pulse(state, volts, moment * part)["filament"][0]
        for part in (0.999, 1.001)
    )
    assert before < 4.5e-9 < after


@pytest.mark.parametrize(("volts", "start", "width"), [(-2.0, 4.9, 1e-10), (-1.6, 4.9, 2e-9)])
def test_temperature_that_lags_is_followed(volts, start, width):
    def change(t, y):
        power = abs(volts * current(volts, y[0]))
        return [growth(volts, y[0], y[1]), power / 3.1825e-16 - (y[1] - 300) / 0.23e-9]

    solved = solve_ivp(
        change, (0, width), [start, 300.0], method="LSODA", rtol=1e-9, atol=[1e-12, 1e-6],
    )  # fmt: skip
    moved = solved.y[0][-1] - start
    state = {"filament": np.array([start * 1e-9])}
    after, at_once = (
        device(name).pulse(state, volts, width)["filament"][0] * 1e9 - start
        for name in ("skywater-dynamic", "skywater")
    )
    assert after == pytest.approx(moved, rel=2e-3)
    assert abs(at_once - moved) > 0.01 * abs(moved)


def test_lagging_temperature_ends_as_the_settled_one_in_a_slow_pulse():
    state = {"filament": np.array([4.6e-9])}
    slow, settled_ = (
        device(name).pulse(state, -1.2, 1e-5)["filament"][0]
        for name in ("skywater-dynamic", "skywater")
    )
    assert slow == pytest.approx(settled_, rel=1e-5)


@pytest.mark.parametrize(
    ("temperature", "time"), [(300.0, 7.3e13), (358.0, 7.2e9), (398.0, 6.0e7), (423.0, 4.8e6)]
)
def test_resistance_at_rest_rises_by_a_tenth_in_the_time_of_the_reference(temperature, time):
    subject, start = device("skywater"), {"filament": np.array([4.9e-9])}
    fresh = subject.conductance(start, 0.2)[0]
    aged = subject.pulse(start, 0.0, time, temperature=temperature)
    assert fresh / subject.conductance(aged, 0.2)[0] == pytest.approx(1.1, abs=0.004)


@pytest.mark.parametrize(("slope", "reference"), [(1e6, 1.509), (1e3, 1.293)])
def test_reset_sweep_passes_half_of_its_way_where_the_reference_does(slope, reference):
    subject, state = device("skywater"), {"filament": np.array([4.9e-9])}
    for volts in np.arange(0.5, 1.8, 0.01):
        state = subject.pulse(state, -volts - 0.005, 0.01 / slope)
        if state["filament"][0] < 4.1e-9:
            break
    assert volts == pytest.approx(reference, abs=0.015)


def test_temperature_is_held_where_the_model_ends():
    """At 3 V the thickest filament would reach 10,000 K; the rate is then that of 1500 K."""
    found = device("skywater").rate_of(np.array([-3.0]), np.array([4.9e-9]), 300.0)
    assert found[0] * 1e9 == pytest.approx(growth(-3.0, 4.9, 1500.0), rel=1e-9)


def test_filaments_out_of_order_are_refused():
    message = "f_min, f_max and t_ox must rise from above 0, not 3.3e-09, 4.9e-09, 4e-09 m"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        SkyWaterParameters(t_ox=4e-9)
