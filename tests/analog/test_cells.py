import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.cells import OHMIC, Accessed, DeviceCells, Selected
from ohmloom_analog.devices.registry import device
from ohmloom_analog.errors import EngineError


def test_memory_by_itself_is_ohmic():
    current, slope = OHMIC.current_and_slope(np.array([[0.5, -2.0]]), np.array([[1e-4, 1e-6]]))
    assert current.tolist() == [[0.5e-4, -2e-6]]
    assert slope.tolist() == [[1e-4, 1e-6]]


def test_transistor_is_in_series():
    # 10 kohm and 2.5 kohm.
    current, slope = Accessed(r_access=2500.0).current_and_slope(np.array([1.0]), np.array([1e-4]))
    np.testing.assert_allclose(current, [1 / 12500], rtol=1e-15)
    np.testing.assert_allclose(slope, [1 / 12500], rtol=1e-15)


@given(
    current=st.floats(1e-15, 1e-2),
    conductance=st.floats(1e-9, 1e-2),
    i_s=st.floats(1e-15, 1e-6),
    v_s=st.floats(1e-3, 1.0),
    sign=st.sampled_from([-1, 1]),
)
def test_selector_and_memory_share_the_voltage(current, conductance, i_s, v_s, sign):
    # Chosen the other way round: from the current the voltage follows in closed form.
    voltage = current / conductance + v_s * math.asinh(current / i_s)
    found, slope = Selected(i_s=i_s, v_s=v_s).current_and_slope(
        np.array([sign * voltage]), np.array([conductance])
    )
    # The voltage, rounded to 53 bits, tells the current only as well as this.
    resistance = 1 / conductance + v_s / math.hypot(current, i_s)
    blur = 1e-12 + 1e-15 * voltage / (resistance * current)
    np.testing.assert_allclose(found, [sign * current], rtol=blur)
    np.testing.assert_allclose(slope, [1 / resistance], rtol=10 * blur)


def test_selector_carries_nothing_at_rest_or_without_memory():
    current, slope = Selected(i_s=1e-9, v_s=0.05).current_and_slope(
        np.array([0.0, 1.0, 1e5]), np.array([1e-4, 0.0, 1e-4])
    )
    assert current[0] == 0
    assert current[1] == 0
    # With a lot of voltage the memory is all that counts.
    assert current[2] == pytest.approx(10.0, rel=1e-4)
    assert slope[1] == 0
    # 1 / (10 kohm + 50 mV / 1 nA)
    assert slope[0] == pytest.approx(1 / (1e4 + 5e7))


def test_half_the_voltage_selects_far_less():
    law, cells = Selected(i_s=1e-12, v_s=0.05), np.full(2, 1e-4)
    full, half = law.current_and_slope(np.array([1.0, 0.5]), cells)[0]
    assert full / half > 1e3


def test_device_gives_its_own_law():
    model = device("stanford")
    state = model.state_for(np.full((1, 2), 2e-5), 0.2)
    law = DeviceCells(device=model, state=state)
    voltage = np.array([[0.2, 0.2]])
    current, _ = law.current_and_slope(voltage, np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(current, [[0.2 * 2e-5, 0.0]], rtol=1e-9)
    message = f"ngspice: cells of {model.name} must be written as subcircuits, not one by one"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        law.elements("c", "a", "b", 1.0)


@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan])
def test_impossible_transistor_is_refused(value):
    message = f"r_access must be finite and at least 0 ohm, not {value!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Accessed(r_access=value)


@pytest.mark.parametrize(("name", "unit"), [("i_s", "A"), ("v_s", "V")])
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_impossible_selector_is_refused(name, unit, value):
    message = f"{name} must be finite and above 0 {unit}, not {value!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Selected(**{"i_s": 1e-9, "v_s": 0.1, name: value})
