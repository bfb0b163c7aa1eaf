import re

import numpy as np
import pytest
from tests.oracle.series_cell import SeriesCell

from ohmloom_analog.cell_pulse import pulsed
from ohmloom_analog.devices import device
from ohmloom_analog.load_line import LoadLine
from ohmloom_analog.transistor import Transistor

FET = Transistor(gain=2.9e-4, threshold=0.5)


def after(name, conductance, width, *, scale=1.0, **line):
    made = device(name)
    state = made.state_for(np.array([conductance]), 0.2)
    circuit = LoadLine(**({"transistor": FET} | line))
    return (
        made,
        state,
        pulsed(made, state, circuit, width, scale=scale, rng=np.random.default_rng(0)),
    )


@pytest.mark.parametrize(
    ("name", "conductance", "resets", "voltage", "gate", "width"),
    [
        ("skywater", 1e-6, False, 2.4, 1.0, 1e-6),
        ("skywater", 0.35e-6, False, 2.4, 1.6, 1e-6),
        ("skywater", 20e-6, False, 2.4, 1.4, 84e-9),
        ("skywater", 30e-6, True, 1.6, 3.0, 84e-9),
        ("skywater", 50e-6, True, 2.2, 3.0, 1e-6),
        ("vteam-b", 20e-6, False, 1.75, 2.5, 84e-9),
        ("vteam-b", 50e-6, True, 0.5, 2.5, 84e-9),
        # The voltage falls below the threshold on the way.
        ("vteam-b", 5e-6, False, 1.9, 1.2, 1e-5),
    ],
)
def test_pulse_under_a_load_line_is_that_of_an_ode_solver(
    name, conductance, resets, voltage, gate, width
):
    made, state, found = after(
        name,
        conductance,
        width,
        voltage=voltage,
        resets=resets,
        gate=gate,
        r_word=60.0,
        r_bit=40.0,
    )
    cell = SeriesCell(
        device=made,
        gain=FET.gain,
        threshold=FET.threshold,
        voltage=voltage,
        gate=gate,
        resets=resets,
        r_word=60.0,
        r_bit=40.0,
    )
    start = float(state[made.stored][0])
    end, energy = cell.after(start, width)
    assert abs(end - start) > 1e-3 * abs(made.highest - made.lowest)
    assert float(found.state[made.stored][0]) - start == pytest.approx(end - start, rel=2e-3)
    assert found.energy == pytest.approx(energy, rel=5e-3)


def test_two_halves_are_one_pulse():
    made, state, whole = after("skywater", 1e-6, 1e-6, voltage=2.4, gate=1.2)
    circuit = LoadLine(voltage=2.4, gate=1.2, transistor=FET)
    rng = np.random.default_rng(0)
    half = pulsed(made, state, circuit, 5e-7, scale=1.0, rng=rng)
    rest = pulsed(made, half.state, circuit, 5e-7, scale=1.0, rng=rng)
    ends = [float(made.conductance(found.state, 0.2)[0]) for found in (whole, rest)]
    assert ends[1] == pytest.approx(ends[0], rel=5e-3)
    assert half.energy + rest.energy == pytest.approx(whole.energy, rel=5e-3)


def test_larger_cell_comes_to_less_under_the_same_gate():
    made, _, small = after("skywater", 1e-6, 1e-6, voltage=2.4, gate=1.2)
    _, _, large = after("skywater", 1e-6, 1e-6, scale=1.5, voltage=2.4, gate=1.2)
    ends = [float(made.conductance(found.state, 0.2)[0]) for found in (small, large)]
    # What the gate limits is the current of the cell, so its conductance is nearly the same.
    assert ends[1] < ends[0]
    assert 1.5 * ends[1] == pytest.approx(ends[0], rel=0.15)


def test_hops_of_a_device_are_drawn():
    made = device("skywater")
    made.hop = 1e-11
    state = made.state_for(np.array([1e-6]), 0.2)
    circuit = LoadLine(voltage=2.4, gate=1.2, transistor=FET)
    rng = np.random.default_rng(1)
    ends = [
        float(pulsed(made, state, circuit, 1e-6, scale=1.0, rng=rng).state["filament"][0])
        for _ in range(40)
    ]
    start = float(state["filament"][0])
    # A way D is walked with the variance h D.
    assert np.std(ends) == pytest.approx(np.sqrt(1e-11 * (np.mean(ends) - start)), rel=0.35)


def test_pcm_climbs_by_its_staircase_and_melts():
    made, state, climbed = after("pcm", 0.1e-6, 50e-9, voltage=1.4, gate=3.0)
    rng = np.random.default_rng(0)
    wanted = made.pulse(state, 1.3, 50e-9, rng=rng)["conductance"]
    np.testing.assert_allclose(climbed.state["conductance"], wanted, rtol=1e-12)
    _, _, melted = after("pcm", 20e-6, 50e-9, voltage=2.8, gate=4.0, resets=True)
    assert float(melted.state["conductance"][0]) == pytest.approx(0.1e-6, rel=0.5)
    assert float(melted.state["set_pulses"][0]) == 0.0


def test_pulse_below_what_a_pcm_heeds_leaves_it():
    _, state, found = after("pcm", 5e-6, 50e-9, voltage=0.9, gate=3.0)
    np.testing.assert_array_equal(found.state["set_pulses"], state["set_pulses"])
    assert found.energy == pytest.approx(0.9 * 50e-9 * 5e-6 * 0.9, rel=0.05)


def test_voltage_outside_the_device_is_refused():
    with pytest.raises(
        ValueError,
        match=r"^voltage across a skywater cell must be from -3\.1 to 3\.1 V, not 3\.\d*$",
    ):
        after("skywater", 1e-6, 1e-12, voltage=4.0, gate=4.0)
    message = "voltage across a pcm cell must be from -3 to 1.5 V, not "
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        after("pcm", 1e-6, 50e-9, voltage=1.9, gate=4.0)
