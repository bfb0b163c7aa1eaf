import re

import numpy as np
import pytest

from ohmloom_analog.cells import DeviceCells
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines.pulse import Pulse, apply_pulse
from ohmloom_analog.errors import EngineError


def array(name, x, **wires):
    made = device(name)
    x = np.asarray(x, dtype=float)
    law = DeviceCells(device=made, state=made.from_normalised(x))
    return Crossbar(np.ones(x.shape), law=law, **wires)


def ends(crossbar):
    return crossbar.law.device.normalised(crossbar.law.state)


@pytest.mark.parametrize(
    ("name", "x", "volts", "width"),
    [
        ("vteam-b", 0.3, 1.7, 1e-9),
        ("vteam-b", 0.8, -1.0, 2e-9),
        ("skywater", 1.0, -2.2, 1e-6),
        ("drift", 0.4, 1.0, 0.02),
        ("yakopcic", 0.3, 0.3, 1e-3),
    ],
)
def test_state_after_a_pulse_is_that_of_numpy(name, x, volts, width):
    before = array(name, [[x]])
    after = apply_pulse(before, Pulse(word=[volts], bit=[0.0], width=width, edge=width / 1000))
    made = before.law.device
    wanted = made.normalised(made.pulse(before.law.state, volts, width))
    assert abs(float(wanted[0, 0]) - x) > 0.02
    np.testing.assert_allclose(ends(after), wanted, atol=0.01, rtol=0)


def test_each_cell_sees_the_difference_of_its_lines():
    before = array("vteam-b", np.full((2, 2), 0.3))
    word, bit = np.array([1.7, 0.85]), np.array([0.0, 0.85])
    after = apply_pulse(before, Pulse(word=word, bit=bit, width=1e-9, edge=1e-12))
    made = before.law.device
    wanted = made.normalised(made.pulse(before.law.state, word[:, None] - bit, 1e-9))
    np.testing.assert_allclose(ends(after), wanted, atol=0.01, rtol=0)
    # Half selected cells are below the threshold of 1.5 V.
    np.testing.assert_allclose(ends(after).ravel()[1:], 0.3, atol=1e-6, rtol=0)


def test_cells_that_are_not_free_stay():
    before = array("vteam-b", np.full((1, 2), 0.3))
    pulse = Pulse(word=[1.7], bit=[0.0, 0.0], width=1e-9, edge=1e-12)
    after = apply_pulse(before, pulse, free=[[False, True]])
    assert after.law.state["x"][0, 0] == before.law.state["x"][0, 0]
    assert ends(after)[0, 1] > 0.32


def test_places_without_a_cell_stay_without():
    before = array("vteam-b", np.full((1, 2), 0.3))
    sparse = Crossbar([[0.0, 1.0]], law=before.law)
    pulse = Pulse(word=[1.7], bit=[0.0, 0.0], width=1e-9, edge=1e-12)
    after = apply_pulse(sparse, pulse)
    assert after.law.state["x"][0, 0] == before.law.state["x"][0, 0]
    assert ends(after)[0, 1] > 0.32


def test_two_pulses_in_a_row_are_one_of_both_widths():
    """The state is carried out of the one transient and into the next."""
    before = array("drift", [[0.2]])
    half = Pulse(word=[1.0], bit=[0.0], width=0.02, edge=1e-5)
    whole = Pulse(word=[1.0], bit=[0.0], width=0.04, edge=1e-5)
    twice = apply_pulse(apply_pulse(before, half), half)
    np.testing.assert_allclose(ends(twice), ends(apply_pulse(before, whole)), atol=2e-4, rtol=0)


def test_wires_take_their_share_of_the_pulse():
    made = device("vteam-b")
    before = array("vteam-b", [[0.3]])
    behind = array("vteam-b", [[0.3]], r_source=1e9)
    pulse = Pulse(word=[1.7], bit=[0.0], width=1e-9, edge=1e-12)
    assert ends(apply_pulse(before, pulse))[0, 0] > 0.32
    assert ends(apply_pulse(behind, pulse))[0, 0] == pytest.approx(0.3, abs=1e-6)
    assert made.name == "vteam-b"


def test_resistors_refuse_pulses():
    message = "ngspice: cells must be those of a device to change their state"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        apply_pulse(Crossbar([[1e-6]]), Pulse(word=[1.0], bit=[0.0], width=1e-9, edge=1e-12))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"word": [np.nan]}, "word must be finite levels, one a line, not [nan]"),
        ({"bit": 1.0}, "bit must be finite levels, one a line, not 1.0"),
        ({"width": 0.0}, "width must be finite and above 0 s, not 0.0"),
        ({"edge": 2e-9}, "edge must be above 0 s and at most width = 1e-09 s, not 2e-09"),
        ({"steps": 0}, "steps must be at least 1, not 0"),
    ],
)
def test_impossible_pulse_is_refused(changes, message):
    fields = {"word": [1.0], "bit": [0.0], "width": 1e-9, "edge": 1e-12} | changes
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Pulse(**fields)


@pytest.mark.parametrize(
    ("changes", "free", "message"),
    [
        ({"word": [1.0, 1.0]}, None, "word must have the shape (1,), not (2,)"),
        ({"bit": []}, None, "bit must have the shape (1,), not (0,)"),
        ({}, [True], "free must have the shape (1, 1), not (1,)"),
    ],
)
def test_pulse_of_another_size_is_refused(changes, free, message):
    fields = {"word": [1.0], "bit": [0.0], "width": 1e-9, "edge": 1e-12} | changes
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        apply_pulse(array("vteam-b", [[0.3]]), Pulse(**fields), free=free)
