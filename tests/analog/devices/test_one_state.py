"""What holds for every device with one state variable; phase change and magnets have their own."""

import re

import numpy as np
import pytest

from ohmloom_analog.devices import device, device_names

ALL = tuple(name for name in device_names() if not name.startswith(("mtj", "pcm")))


@pytest.mark.parametrize("name", ALL)
def test_current_at_zero_volts_is_exactly_zero(name):
    subject = device(name)
    state = subject.from_normalised(np.linspace(0, 1, 11))
    assert (subject.current(0.0, state) == 0).all()


@pytest.mark.parametrize("name", ALL)
def test_slope_is_the_difference_quotient_of_the_current(name):
    subject = device(name)
    state = subject.from_normalised(np.array([0.1, 0.5, 0.9]))
    for volts in (-0.3, 0.2):
        _, slope = subject.current_and_slope(volts, state)
        above, below = (subject.current(volts + step, state) for step in (1e-5, -1e-5))
        np.testing.assert_allclose(slope, (above - below) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_conductance_asked_for_is_reached(name):
    subject = device(name)
    least, most = subject.window(0.2)
    wanted = np.geomspace(least, most, 7).reshape(7, 1)
    state = subject.state_for(wanted, 0.2)
    np.testing.assert_allclose(subject.conductance(state, 0.2), wanted, rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_positive_voltage_raises_conductance_and_negative_lowers_it(name):
    subject = device(name)
    state = subject.from_normalised(np.array([0.5]))
    strongest = min(-subject.valid.voltage[0], subject.valid.voltage[1])
    width = 1e-3 if name.startswith(("yakopcic", "drift")) else 1e-6
    up, down = (subject.pulse(state, sign * strongest, width) for sign in (1, -1))
    assert subject.normalised(up)[0] > 0.5 > subject.normalised(down)[0]


@pytest.mark.parametrize("name", ALL)
def test_pulse_without_width_changes_nothing(name):
    subject = device(name)
    state = subject.from_normalised(np.array([0.0, 0.3, 1.0]))
    after = subject.pulse(state, subject.valid.voltage[1], 0.0)
    assert subject.normalised(after).tolist() == subject.normalised(state).tolist()


def test_two_halves_of_a_pulse_do_what_the_whole_does():
    subject = device("skywater")
    state = subject.from_normalised(np.array([0.2, 0.6]))
    whole = subject.pulse(state, 1.3, 2e-6)
    half = subject.pulse(subject.pulse(state, 1.3, 1e-6), 1.3, 1e-6)
    assert (subject.normalised(whole) > subject.normalised(state)).all()
    np.testing.assert_allclose(half["filament"], whole["filament"], rtol=1e-7)


def test_cells_of_an_array_do_not_see_each_other():
    subject = device("skywater")
    rng = np.random.default_rng(0)
    x, volts = rng.uniform(0, 1, (4, 5)), rng.uniform(-2, 2, (4, 5))
    together = subject.pulse(subject.from_normalised(x), volts, 1e-7)["filament"]
    for place in np.ndindex(4, 5):
        alone = subject.pulse(subject.from_normalised([x[place]]), volts[place], 1e-7)
        assert alone["filament"][0] == pytest.approx(together[place], rel=1e-12)


def test_conductance_outside_the_window_is_refused():
    subject = device("vteam-b")
    message = "conductance of a vteam-b cell must be from 3.333e-06 to 0.001 S at 0.2 V, not 0.002"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        subject.state_for([1e-5, 2e-3], 0.2)


@pytest.mark.parametrize("volts", [3.5, np.nan])
def test_voltage_outside_the_range_is_refused(volts):
    subject = device("skywater")
    message = f"voltage across a skywater cell must be from -3.1 to 3.1 V, not {volts!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        subject.pulse(subject.from_normalised([0.5]), volts, 1e-6)


def test_temperature_outside_the_range_is_refused():
    subject = device("skywater")
    message = "temperature of a skywater cell must be from 233 to 423 K, not 500.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        subject.pulse(subject.from_normalised([0.5]), 1.0, 1e-6, temperature=500.0)


def test_negative_width_is_refused():
    subject = device("skywater")
    message = "width of a pulse must be finite and at least 0 s, not -1e-06"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        subject.pulse(subject.from_normalised([0.5]), 1.0, -1e-6)


def test_unknown_device_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"^device must be one of .*; nearest: skywater$"):
        device("skywatr")
