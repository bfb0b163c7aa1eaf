import re

import numpy as np
import pytest
from device_circuit import driven, pulses

from ohmloom_analog.devices import device
from ohmloom_analog.devices.pcm_device import PcmParameters

CELLS = 100_000
YEAR = 365 * 86400.0
SET, RESET, WIDTH = 1.2, -2.5, 50e-9


def test_set_pulses_walk_the_published_staircase():
    subject = device("pcm-pulses")
    state = subject.pulse(subject.from_normalised([0.9]), RESET, WIDTH)
    expected = {1: 1.925, 2: 3.292, 5: 5.805, 10: 7.759, 20: 9.380}
    for n in range(1, 21):
        state = subject.pulse(state, SET, WIDTH)
        if n in expected:
            assert float(state["conductance"][0]) * 1e6 == pytest.approx(expected[n], abs=6e-4)
    assert float(state["set_pulses"][0]) == pytest.approx(20.0, rel=1e-12)


def test_one_long_pulse_is_as_many_short_ones():
    subject = device("pcm")
    state = subject.from_normalised([0.0, 0.3])
    long = subject.pulse(state, SET, 4 * WIDTH)
    for _ in range(4):
        state = subject.pulse(state, SET, WIDTH)
    np.testing.assert_allclose(long["conductance"], state["conductance"], rtol=1e-12)


def test_set_pulses_of_the_inference_device_lead_to_the_top_of_its_window():
    subject = device("pcm")
    state = subject.pulse(subject.from_normalised(np.zeros(1)), SET, 200 * WIDTH)
    assert float(state["conductance"][0]) == pytest.approx(25e-6, rel=1e-6, abs=0)


def test_one_reset_melts_whatever_was_there_and_spreads_by_a_tenth():
    subject = device("pcm")
    full = subject.from_normalised(np.full(CELLS, 0.8))
    after = subject.pulse(full, RESET, WIDTH, rng=np.random.default_rng(1))
    cells = after["conductance"] * 1e6
    assert abs(cells.mean() - 0.1) < 3 * 0.01 / np.sqrt(CELLS)
    assert abs(cells.std() - 0.01) < 3 * 0.01 / np.sqrt(2 * CELLS)
    assert (after["set_pulses"] == 0).all()
    assert (after["age"] == 0).all()


def test_melting_needs_less_voltage_when_it_is_hot():
    """At 390 K: 2 V sqrt(500 / 590) = 1.841 V."""
    subject = device("pcm")
    state = subject.from_normalised([0.5])
    cold = subject.pulse(state, -1.9, WIDTH, temperature=300.0)
    hot = subject.pulse(state, -1.9, WIDTH, temperature=390.0)
    assert cold["conductance"][0] > state["conductance"][0]
    assert hot["conductance"][0] < 0.2e-6
    assert PcmParameters().v_melt_at(390.0) == pytest.approx(1.84115, rel=1e-5)


def test_voltage_of_a_read_only_ages():
    subject = device("pcm")
    state = subject.from_normalised([0.2, 0.7])
    after = subject.pulse(state, 0.2, 1e-6, rng=np.random.default_rng(0))
    for name in ("conductance", "exponent", "set_pulses"):
        np.testing.assert_allclose(after[name], state[name], rtol=1e-12)
    assert after["age"].tolist() == [1e-6, 1e-6]


@pytest.mark.parametrize(("age", "expected"), [(3600.0, 19.38), (86400.0, 16.59), (YEAR, 12.42)])
def test_waiting_drifts_a_full_cell_as_published(age, expected):
    subject = device("pcm")
    state = subject.state_for([25e-6], 0.2)
    after = subject.pulse(subject.pulse(state, 0.0, age / 3), 0.0, age * 2 / 3)
    assert float(subject.conductance(after, 0.2)[0]) * 1e6 == pytest.approx(expected, abs=0.01)


def test_written_cells_draw_an_exponent_of_their_own():
    subject = device("pcm")
    state = subject.from_normalised(np.ones(CELLS))
    after = subject.pulse(state, SET, WIDTH, rng=np.random.default_rng(2))
    upper = after["exponent"][after["conductance"] > 0.5 * 25e-6]
    assert abs(upper.mean() - 0.049) < 3 * 0.008 / np.sqrt(upper.size)
    assert abs(upper.std() - 0.008) < 3 * 0.008 / np.sqrt(2 * upper.size)
    assert (state["exponent"] == state["exponent"][0]).all()


def test_only_the_cells_that_are_addressed_change():
    subject = device("pcm")
    state = subject.from_normalised(np.full((2, 2), 0.5))
    rng = np.random.default_rng(3)
    after = subject.pulse(state, [[SET, 0.0], [0.0, RESET]], WIDTH, rng=rng)
    moved = after["conductance"] != state["conductance"]
    assert moved.tolist() == [[True, False], [False, True]]
    assert (
        state["conductance"].tolist()
        == subject.from_normalised(np.full((2, 2), 0.5))["conductance"].tolist()
    )


def test_heat_crystallises_a_tenth_of_the_amorphous_part_in_ten_years():
    subject = device("pcm")
    state = subject.state_for([5e-6], 0.2)
    after = subject.pulse(state, 0.0, 10 * 365.25 * 86400, temperature=373.0)
    assert float(after["conductance"][0]) == pytest.approx(7e-6, rel=1e-9, abs=0)
    cold = subject.pulse(state, 0.0, 10 * 365.25 * 86400, temperature=300.0)
    assert float(cold["conductance"][0]) == pytest.approx(5e-6, rel=1e-6, abs=0)


@pytest.mark.parametrize("name", ["pcm", "pcm-pulses"])
def test_cell_is_a_resistor_of_the_conductance_asked_for(name):
    subject = device(name)
    low, high = subject.window(0.2)
    wanted = np.linspace(low, high, 7)
    state = subject.state_for(wanted, 0.2)
    for volts in (-0.3, 0.0, 0.2):
        current, slope = subject.current_and_slope(volts, state)
        np.testing.assert_allclose(current, volts * wanted, rtol=1e-12, atol=0)
        np.testing.assert_allclose(slope, wanted, rtol=1e-12)
    np.testing.assert_allclose(
        subject.normalised(state), (wanted - low) / (high - low), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("name", ["pcm", "pcm-pulses"])
def test_subcircuit_walks_the_mean_staircase_and_melts(name):
    subject = device(name)
    low, high = subject.window(0.2)
    source, stop = pulses(SET, WIDTH, 6)
    times, _, x = driven(subject, 0.0, source, stop, WIDTH / 200)
    state = subject.from_normalised([0.0])
    for n in range(6):
        state = subject.pulse(state, SET, WIDTH)
        found = low + (high - low) * np.interp((2 * n + 1.5) * WIDTH, times, x)
        # Of its edges, 0.1 % of a pulse each, the circuit takes the part above v_set.
        assert found == pytest.approx(float(state["conductance"][0]), rel=5e-3, abs=0)
    source, stop = pulses(RESET, WIDTH, 1)
    _, _, x = driven(subject, 0.7, source, stop, WIDTH / 500)
    assert abs(x[-1]) < 2e-3


def test_subcircuit_is_a_resistor_while_it_is_read():
    subject = device("pcm")
    times, currents, x = driven(subject, 0.4, "pwl(0 -0.3 1e-6 0.3)", 1e-6, 1e-8)
    expected = (-0.3 + 0.6e6 * times) * (0.1e-6 + 0.4 * 24.9e-6)
    assert np.abs(currents - expected).max() < 1e-4 * expected.max()
    assert np.abs(x - 0.4).max() < 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda s, d: d.pulse(s, 1.6, WIDTH),
            "voltage across a pcm cell must be from -3 to 1.5 V, not 1.6",
        ),
        (
            lambda s, d: d.pulse(s, SET, -1.0),
            "width of a pulse must be finite and at least 0 s, not -1.0",
        ),
        (
            lambda s, d: d.pulse(s, SET, WIDTH, temperature=500.0),
            "temperature of a pcm cell must be from 233 to 398 K, not 500.0",
        ),
        (
            lambda _, d: d.state_for([30e-6], 0.2),
            "conductance of a pcm cell must be from 1e-07 to 2.5e-05 S, not 3e-05",
        ),
        (
            lambda _, d: d.from_normalised([1.5]),
            "normalised state must be from 0 to 1, not 1.5",
        ),
        (
            lambda *_: PcmParameters(g_min=30e-6),
            "g_min of a PCM must be below g_max = 2.5e-05, not 3e-05",
        ),
        (
            lambda *_: PcmParameters(width=0.0),
            "width of a PCM must be finite and above 0, not 0.0",
        ),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    subject = device("pcm")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(subject.from_normalised([0.5]), subject)
