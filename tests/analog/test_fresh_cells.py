import re

import numpy as np
import pytest
from tests.oracle.writable import writable

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.devices import device
from ohmloom_analog.effects import cell_windows, with_effects
from ohmloom_analog.errors import SpecError
from ohmloom_analog.programming import program_tile, window
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag

LEVELS = np.array([[1, 2], [3, 0], [2, 2]])


def fresh(spec, seed=1):
    return AnalogChip.build(spec, [LEVELS], engine="ideal", seed=seed, program="fresh")


def test_fresh_cells_are_at_the_end_of_their_device():
    held = fresh(writable()).cells[0]
    low = device("skywater").window(0.2)[0]
    np.testing.assert_allclose(held.conductance, low, rtol=1e-9)
    assert held.conductance.shape == (3, 3)
    np.testing.assert_allclose(held.state.device["filament"], 3.3e-9, rtol=1e-6)
    # What they shall be written to, the reference line at level 0.
    assert held.state.levels.tolist() == [[1, 2, 0], [3, 0, 0], [2, 2, 0]]
    assert not held.state.pulses.any()


def test_spread_of_devices_scales_their_currents():
    spec = writable(effects={"device_spread": {"lrs": 0.1, "hrs": 0.3}})
    chip = fresh(spec)
    _, highest, _ = cell_windows(spec, 0, 1)
    bank = chip.tiles[0].writer.cells.bank
    np.testing.assert_allclose(bank.scale, highest / window(spec, 0)[1], rtol=1e-9)
    assert len(np.unique(chip.cells[0].conductance)) > 4
    assert chip.touched == {"device_spread": 9}


def test_stuck_cells_are_those_of_any_programming():
    spec = writable(rows=16, columns=8, effects={"p_stuck_hrs": 0.1, "p_stuck_lrs": 0.1})
    levels = np.zeros((16, 8), dtype=np.int64)
    chip = AnalogChip.build(spec, [levels], engine="ideal", seed=5, program="fresh")
    ideal = program_tile(spec, 0, levels, np.random.default_rng(0))
    wanted = with_effects(spec, 0, ideal, 5).flags
    state = chip.cells[0].state
    np.testing.assert_array_equal(state.flags, wanted)
    in_lrs = state.flagged(CellFlag.STUCK_LRS)
    assert in_lrs.any()
    np.testing.assert_allclose(state.conductance[in_lrs], window(spec, 0)[1], rtol=1e-6)
    assert chip.flagged == int(np.count_nonzero(wanted))


def test_programming_error_is_not_in_what_was_not_written():
    plain = fresh(writable()).cells[0].conductance
    effects = {"programming_error": 0.1, "cycle_spread": 0.1}
    np.testing.assert_array_equal(fresh(writable(effects=effects)).cells[0].conductance, plain)


def test_tile_that_is_not_written_cannot_be_fresh():
    spec = ChipSpec.parse({"name": "plain", "tile": [{"rows": 3, "columns": 1}]})
    message = "tile 0 of chip 'plain' must have a section 'write' to be written"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        fresh(spec)


def test_fresh_cells_have_no_age():
    message = "fresh cells must have an age of 0 s at 300 K, not 60 s at 300 K"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        AnalogChip.build(writable(), [LEVELS], engine="ideal", seed=1, program="fresh", age=60.0)
