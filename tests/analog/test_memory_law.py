import re

import numpy as np
import pytest
from scipy.optimize import brentq

from ohmloom_analog.devices import device
from ohmloom_analog.errors import EngineError, MappingError
from ohmloom_analog.memory_law import MemoryCells
from ohmloom_analog.spec import CellSpec

CONDUCTANCE = np.array([[1e-6, 20e-6], [50e-6, 80e-6]])


def _law(r_access=5e3, access="1t1r"):
    state = device("skywater").state_for(CONDUCTANCE, 0.2)
    cell = CellSpec(device="skywater", access=access, r_access=r_access, g_max=100e-6)
    return MemoryCells.of(cell, state, CONDUCTANCE, 0.2)


@pytest.mark.parametrize("volts", [-0.3, 0.05, 0.2, 1.0])
def test_current_is_the_root_of_device_and_transistor(volts):
    # SkyWater's current is proportional to sinh(u / 0.43 V).
    found, slope = _law().current_and_slope(np.full((2, 2), volts), CONDUCTANCE)
    factor = CONDUCTANCE * 0.2 / np.sinh(0.2 / 0.43)
    for place, f in np.ndenumerate(factor):

        def miss(i, f=f):
            return 0.43 * np.arcsinh(i / f) + 5e3 * i - volts

        assert found[place] == pytest.approx(brentq(miss, -1e-3, 1e-3, xtol=1e-18), rel=1e-9)
        across = volts - 5e3 * found[place]
        own = f / 0.43 * np.cosh(across / 0.43)
        assert slope[place] == pytest.approx(own / (1 + 5e3 * own), rel=1e-9)


def test_without_a_transistor_the_device_has_the_whole_voltage():
    volts = np.full((2, 2), 0.2)
    np.testing.assert_allclose(
        _law(access="1r").current_and_slope(volts, CONDUCTANCE)[0], CONDUCTANCE * 0.2, rtol=1e-9
    )


def test_no_voltage_drives_no_current_at_all():
    assert not _law().current_and_slope(np.zeros((2, 2)), CONDUCTANCE)[0].any()


def test_junction_of_another_area_carries_in_proportion():
    cell = CellSpec(device="mtj", levels=2)
    state = {"parallel": np.array([[1.0, 0.0]])}
    held = np.array([[40e-6, 16e-6]])
    law = MemoryCells.of(cell, state, held, 0.1)
    current, _ = law.current_and_slope(np.full((1, 2), 0.1), held)
    np.testing.assert_allclose(current, held * 0.1, rtol=1e-12)
    # TMR(v) = 1.5 / (1 + (v / 0.5)^2): of 1.5 / 1.04 at 0.1 V, 0.75 are left at 0.5 V.
    current, _ = law.current_and_slope(np.full((1, 2), 0.5), held)
    ratio = (1 + 1.5 / 1.04) / 1.75
    np.testing.assert_allclose(current, held * 0.5 * [1.0, ratio], rtol=1e-12)


def test_selector_is_refused():
    message = "access must be 1r or 1t1r where cells are read by their device, not 1s1r"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        _law(access="1s1r")


def test_netlist_of_single_elements_is_refused():
    message = "ngspice: cells of skywater must be written as subcircuits, not one by one"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        _law().elements("x", "a", "b", 1e-6)
