"""The golden numbers of the devices; none of them comes from this code."""

import math

import numpy as np
import pytest
from drive import sine, sweep, triangle

from ohmloom_analog.devices import device


def at(times, values, moment):
    return float(values[np.argmin(np.abs(times[1:] - moment))])


def test_stanford_follows_the_published_list_of_a_dc_reset():
    stanford = device("stanford")
    times = np.linspace(0, 4e-3, 8001)
    state = {"gap": np.array([0.2e-9])}
    currents, _, _ = sweep(stanford, state, lambda t: -500 * t, times)
    for voltage, expected in (
        (0.50025, 1.631345e-3),
        (1.00025, 1.227443e-2),
        (1.50025, 2.248879e-4),
    ):
        moment = voltage / 500
        found = -at(times, currents, moment)
        assert found == pytest.approx(expected, rel=1e-3)


@pytest.fixture(scope="module")
def stanford_loop():
    wave, corners = triangle(500.0, [0, 1.5, -1.5, 0])
    times = np.linspace(0, corners[-1], 6001)
    currents, _, _ = sweep(device("stanford"), {"gap": np.array([1.7e-9])}, wave, times)
    return times, currents


@pytest.mark.parametrize(
    ("volts_travelled", "expected"),
    [
        (1.0, 3.039483e-5),
        (2.0, 1.226215e-2),
        (0.2, 9.891504e-7),
        (2.8, 3.990517e-4),
        (4.0, -1.226215e-2),
        (5.0, -3.039483e-5),
        (4.4, -1.505950e-4),
        (4.6, -1.505950e-4),
    ],
)
def test_stanford_loop(stanford_loop, volts_travelled, expected):
    times, currents = stanford_loop
    assert at(times, currents, volts_travelled / 500) == pytest.approx(expected, rel=1e-3)


@pytest.fixture(scope="module")
def boise_period():
    times = np.linspace(0, 0.01, 2001)
    return times, *sweep(device("yakopcic"), {"x": np.array([0.11])}, sine(0.45, 100), times)


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (math.asin(0.3 / 0.45), 8.11045e-4),
        (math.pi - math.asin(0.3 / 0.45), 2.460182e-3),
        (math.pi + math.asin(0.3 / 0.45), -1.869690e-3),
        (2 * math.pi - math.asin(0.3 / 0.45), -2.523086e-4),
    ],
)
def test_yakopcic_first_period(boise_period, phase, expected):
    times, currents, _, _ = boise_period
    moment = phase / (2 * math.pi * 100)
    found = float(np.interp(moment, times[1:], currents))
    assert found == pytest.approx(expected, rel=1e-3)


def test_yakopcic_extremes(boise_period):
    _, currents, stored, _ = boise_period
    assert currents.max() == pytest.approx(3.422587e-3, rel=1e-3)
    assert stored.max() == pytest.approx(0.969737, rel=1e-3)
    assert stored[-1] == pytest.approx(0.092925, rel=1e-3)


def test_vteam_second_period():
    # The publication's sign: its positive half wave resets, which here is a negative voltage.
    vteam = device("vteam")
    period = 1 / 50e6
    times = np.linspace(0, 2 * period, 8001)
    currents, stored, _ = sweep(vteam, {"x": np.array([0.5])}, sine(-1, 50e6), times)
    second = times[1:] > period
    up = float(np.interp(period + math.asin(0.5) / (2 * math.pi * 50e6), times[1:], currents))
    down = float(
        np.interp(period + (math.pi - math.asin(0.5)) / (2 * math.pi * 50e6), times[1:], currents)
    )
    peak = float(np.interp(1.25 * period, times[1:], currents))
    assert -up == pytest.approx(9.413e-3, rel=1e-2)
    assert -down == pytest.approx(5.224e-3, rel=1e-2)
    assert -peak == pytest.approx(1.343853e-2, rel=1e-3)
    assert stored[second].max() == pytest.approx(0.0513956, rel=1e-3)


@pytest.mark.parametrize(
    ("published", "expected"),
    [(0.5, 5.99177e6), (1.0, 8.99140e8), (-1.8, -1.15307e8), (-2.0, -8.89712e8)],
)
def test_vteam_b_rates(published, expected):
    rate = device("vteam-b").rate_of(np.array([-published]), np.array([0.5]), 300.0)
    assert float(rate[0]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("filament", "expected"), [(3.3e-9, 6.130891e-8), (4.9e-9, 2.057829e-5)])
def test_skywater_read_current(filament, expected):
    current = device("skywater").current(0.2, {"filament": np.array([filament])})
    assert float(current[0]) == pytest.approx(expected, rel=1e-3)


def test_skywater_loop():
    wave, corners = triangle(1e6, [0, 2.6, 0])
    times = np.linspace(0, corners[-1], 2601)
    currents, _, _ = sweep(device("skywater"), {"filament": np.array([3.3e-9])}, wave, times)
    assert at(times, currents, 1e-6) == pytest.approx(6.444723e-7, rel=1e-3)
    assert at(times, currents, 4.2e-6) == pytest.approx(2.163167e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("window", "up", "down"),
    [("joglekar", 3.490887e-5, 3.948840e-5), ("biolek", 3.527204e-5, 4.608569e-5)],
)
def test_linear_drift(window, up, down):
    times = np.linspace(0, 0.5, 1001)
    subject = device(f"drift-{window}")
    currents, _, _ = sweep(subject, {"x": np.array([0.1])}, sine(1, 1), times)
    moment = math.asin(0.5) / (2 * math.pi)
    assert float(np.interp(moment, times[1:], currents)) == pytest.approx(up, rel=1e-3)
    assert float(np.interp(0.5 - moment, times[1:], currents)) == pytest.approx(down, rel=1e-3)
