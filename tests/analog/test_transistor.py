import re

import numpy as np
import pytest

from ohmloom_analog.array_spec import CellSpec
from ohmloom_analog.transistor import Transistor
from ohmloom_analog.write_spec import WriteSpec

FET = Transistor(gain=2e-4, threshold=0.5)


@pytest.mark.parametrize(
    ("gate", "source", "drain", "current"),
    [
        # Off; saturated, k/2 1^2; linear, k (1 x 0.2 - 0.02); its ends the other way round.
        (0.4, 0.0, 2.0, 0.0),
        (1.5, 0.0, 2.0, 1e-4),
        (1.5, 0.0, 0.2, 3.6e-5),
        (1.5, 0.2, 0.0, -3.6e-5),
        # A follower: the gate is 0.3 V above threshold and source.
        (1.5, 0.7, 3.0, 9e-6),
        (1.5, 1.2, 3.0, 0.0),
    ],
)
def test_current_is_that_of_the_square_law(gate, source, drain, current):
    found = FET.current(gate, np.array([source]), np.array([drain]))
    np.testing.assert_allclose(found, [current], rtol=1e-12, atol=1e-20)


def test_transistor_of_a_cell_has_its_resistance_at_a_read():
    cell = CellSpec(device="skywater", access="1t1r", r_access=5e3)
    pulse = {"drive": {"start": 1.0, "stop": 1.0}}
    made = Transistor.of(cell, WriteSpec(set=pulse, reset=pulse, gate_read=1.2))
    small = made.current(1.2, np.array([0.0]), np.array([1e-6]))
    assert 1e-6 / float(small[0]) == pytest.approx(5e3, rel=1e-5)
    assert made.threshold == 0.5


def test_transistor_without_gain_is_refused():
    message = "gain of a transistor must be finite and above 0 A/V^2, not 0.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Transistor(gain=0.0, threshold=0.5)
