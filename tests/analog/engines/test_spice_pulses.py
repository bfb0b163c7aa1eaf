"""Pulses on small arrays: numpy against transients of the whole circuit."""

import re
from dataclasses import replace

import numpy as np
import pytest

from ohmloom_analog.array_pulses import ArrayPulses
from ohmloom_analog.cell_bank import CellBank, CellPulse
from ohmloom_analog.cells import Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines.spice_pulses import SpicePulses
from ohmloom_analog.errors import EngineError
from ohmloom_analog.series_pulses import SeriesPulses
from ohmloom_analog.transistor import Transistor

SHAPE = (3, 4)
CONDUCTANCE = np.array([[5, 20, 5, 9], [40, 4, 10, 30], [4, 6, 30, 12]]) * 1e-6


def bank(name, scheme, **changes):
    made = device(name)
    cells = CellBank(
        device=made,
        state=made.state_for(CONDUCTANCE, 0.2),
        scale=np.linspace(0.9, 1.2, 12).reshape(SHAPE),
        fixed=np.zeros(SHAPE, dtype=bool),
        wires=Crossbar(np.ones(SHAPE), r_word=5.0, r_bit=7.0, r_source=50.0, r_sense=20.0),
        scheme=scheme,
        transistor=Transistor(gain=2.9e-4, threshold=0.5) if scheme == "1t1r" else None,
    )
    return replace(cells, **changes)


def both(cells, row, line, drive, width, *, resets=False, gate=0.0):
    """Return the states before, by numpy and by ngspice in [0, 1], and the energies."""
    pulse = CellPulse(row=row, line=line, resets=resets, drive=drive, gate=gate, width=width)
    rng = np.random.default_rng(0)
    ours = (SeriesPulses() if cells.scheme == "1t1r" else ArrayPulses()).moved(cells, pulse, rng)
    theirs = SpicePulses(steps=300).moved(cells, pulse, rng)
    normalised = cells.device.normalised
    before, found = normalised(cells.state), normalised(theirs.state)
    mine = normalised(ours.state)
    if cells.scheme == "1t1r":
        mine = np.array(before)
        mine[row, line] = normalised(ours.state)[0]
    return before, mine, found, (ours.energy, theirs.energy)


@pytest.mark.parametrize(
    ("row", "line", "resets", "drive", "gate", "width"),
    [
        (0, 0, False, 2.4, 1.2, 1e-6),
        (2, 3, False, 2.4, 1.5, 84e-9),
        (1, 0, True, 1.8, 3.0, 84e-9),
        (2, 2, True, 2.2, 3.0, 84e-9),
    ],
)
def test_cell_behind_a_transistor_moves_as_in_the_whole_circuit(
    row, line, resets, drive, gate, width
):
    cells = bank("skywater", "1t1r")
    before, mine, found, energy = both(cells, row, line, drive, width, resets=resets, gate=gate)
    assert abs(found[row, line] - before[row, line]) > 0.01
    # So the other cells, whose lines float and whose gates are off, don't move and don't matter.
    np.testing.assert_allclose(mine, found, atol=1e-3, rtol=0)
    assert energy[0] == pytest.approx(energy[1], rel=5e-3)


@pytest.mark.parametrize(
    ("name", "scheme", "row", "line", "resets", "drive", "creeps"),
    [
        ("vteam-b", "v/2", 0, 0, False, 1.62, False),
        ("vteam-b", "v/2", 1, 0, True, 0.45, False),
        ("vteam-b", "v/3", 2, 2, True, 0.45, False),
        # Beyond twice its threshold half-selected cells creep.
        ("vteam-b", "v/2", 1, 1, True, 0.8, True),
        ("skywater", "v/2", 1, 0, True, 1.6, False),
        ("skywater", "v/3", 2, 2, True, 1.8, False),
    ],
)
def test_array_without_transistors_moves_as_in_the_whole_circuit(
    name, scheme, row, line, resets, drive, creeps
):
    before, mine, found, energy = both(bank(name, scheme), row, line, drive, 84e-9, resets=resets)
    others = np.ones(SHAPE, dtype=bool)
    others[row, line] = False
    assert abs(found[row, line] - before[row, line]) > 0.01
    assert (np.abs(found - before)[others].max() > 1e-3) == creeps
    np.testing.assert_allclose(mine, found, atol=1e-3, rtol=0)
    assert energy[0] == pytest.approx(energy[1], rel=0.04)


def test_fixed_cells_stay_in_both():
    fixed = np.zeros(SHAPE, dtype=bool)
    fixed[1, 1] = fixed[1, 2] = True
    cells = bank("vteam-b", "v/2", fixed=fixed)
    before, mine, found, _ = both(cells, 1, 1, 0.8, 84e-9, resets=True)
    np.testing.assert_array_equal(mine[fixed], before[fixed])
    np.testing.assert_allclose(found[fixed], before[fixed], atol=1e-9)
    np.testing.assert_allclose(mine, found, atol=1e-3, rtol=0)


def test_selectors_are_refused():
    cells = bank("vteam-b", "v/2", selector=Selected(i_s=1e-9, v_s=0.05))
    pulse = CellPulse(row=0, line=0, resets=False, drive=1.0, gate=0.0, width=1e-7)
    message = "ngspice: cells of devices that move must have no selector"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        SpicePulses().moved(cells, pulse, np.random.default_rng(0))
