import re

import numpy as np
import pytest

from ohmloom_analog.access import cell_law, memory_conductance
from ohmloom_analog.errors import MappingError, SpecError
from ohmloom_analog.spec import CellSpec, ChipSpec

CELLS = {
    "1r": CellSpec(),
    "1t1r": CellSpec(access="1t1r", r_access=6e3),
    "1s1r": CellSpec(access="1s1r", selector_current=1e-9, selector_voltage=0.02),
}


@pytest.mark.parametrize("access", CELLS)
def test_cells_conduct_what_was_asked_for_at_the_read_voltage(access):
    cell = CELLS[access]
    wanted = np.array([0.0, 1e-6, 15e-6, 40e-6])
    held = memory_conductance(cell, wanted, 0.4)
    current, _ = cell_law(cell).current_and_slope(np.full(4, 0.4), held)
    np.testing.assert_allclose(current / 0.4, wanted, rtol=1e-9)


def test_transistor_is_made_up_for_by_the_memory():
    # 25 kilohm in all, 6 of them the transistor's.
    assert memory_conductance(CELLS["1t1r"], 40e-6, 0.2) == pytest.approx(1 / 19e3, rel=1e-12)


def test_selector_that_lets_less_through_is_refused():
    cell = CellSpec(access="1s1r", selector_current=1e-9, selector_voltage=0.05)
    message = (
        "conductance of a cell must be what its 1s1r access lets through at 0.2 V, not 4e-05 S"
    )
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        memory_conductance(cell, [1e-9, 4e-5], 0.2)


def _chip(**cell):
    return ChipSpec.parse({"tile": [{"rows": 2, "columns": 2, "cell": cell}]})


def test_transistor_that_lets_less_through_is_refused():
    message = "chip: tile[0].cell.r_access must be below 1 / g_max = 25000 ohm, not 25000 ohm"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        _chip(access="1t1r", r_access=25e3)


def test_unknown_device_is_refused_with_the_known():
    with pytest.raises(
        SpecError, match=r"^chip: tile\[0\].cell.device must be one of ohmic, .*, not 'skywalker'$"
    ):
        _chip(device="skywalker")


def test_unknown_model_of_programming_is_refused_with_the_known():
    with pytest.raises(
        SpecError, match=r"^chip: tile\[0\].cell.programming must be one of .*pcm.*, not 'none'$"
    ):
        _chip(programming="none")
