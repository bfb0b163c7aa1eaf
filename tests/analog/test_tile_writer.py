import re

import numpy as np
import pytest
from tests.oracle.writable import writable

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.devices import device
from ohmloom_analog.errors import BridgeError
from ohmloom_analog.level_program import target_code, verify_full_scale
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag
from ohmloom_analog.write_verify import Direction

SET, RESET = Direction.SET, Direction.RESET
LEVELS = np.array([[1, 2], [3, 0], [2, 2]])
STRONG = {"drive": 2399, "gate": 1400, "width": 1e-6}


def chip(spec=None, program="fresh", engine="nodal", seed=1):
    return AnalogChip.build(spec or writable(), [LEVELS], engine=engine, seed=seed, program=program)


@pytest.mark.parametrize("nonlinear", [False, True])
def test_cell_behind_a_transistor_is_read_through_its_wires(nonlinear):
    wires = {"r_word": 100.0, "r_bit": 200.0, "r_source": 1e3, "r_sense": 500.0}
    spec = writable(wires=wires, effects={"nonlinear": nonlinear})
    tile = chip(spec, "ideal").tiles[0]
    memory = tile.writer.cells.conductance
    for row, line in np.ndindex(3, 3):
        series = 1e3 + 100 * (line + 1) + 500 + 200 * (3 - row) + 5e3
        whole = 1 / (1 / memory[row, line] + series)
        code, over_range = tile.verify(row, line)
        # The device conducts a little less where it has less than the read voltage.
        loss = 1.05 if nonlinear else 1.0
        low = target_code(spec, 0, whole / loss)
        assert low <= code <= target_code(spec, 0, whole)
        assert not over_range


def test_plain_cell_is_read_in_its_array():
    wires = {"r_word": 100.0, "r_bit": 200.0, "r_source": 1e3, "r_sense": 500.0}
    spec = writable("1r", wires=wires)
    tile = chip(spec, "ideal").tiles[0]
    for row in range(3):
        volts = np.zeros(3)
        volts[row] = 0.2
        # A network of resistors, by the independent matrix of the whole crossbar.
        currents = dense(tile.writer.cells.conductance, volts, wires)
        for line in range(3):
            wanted = currents[line] / 0.2 / verify_full_scale(spec, 0) * 1023
            assert tile.verify(row, line)[0] == pytest.approx(wanted, abs=0.51)


def dense(conductance, volts, wires):
    rows, lines = conductance.shape
    count = rows * lines
    matrix, right = np.zeros((2 * count, 2 * count)), np.zeros(2 * count)

    def join(a, b, g):
        matrix[a, a] += g
        if b is not None:
            matrix[b, b] += g
            matrix[a, b] -= g
            matrix[b, a] -= g

    for row, line in np.ndindex(rows, lines):
        node = row * lines + line
        join(node, count + node, conductance[row, line])
        if line == 0:
            g = 1 / (wires["r_source"] + wires["r_word"])
            join(node, None, g)
            right[node] += g * volts[row]
        else:
            join(node, node - 1, 1 / wires["r_word"])
        if row == rows - 1:
            join(count + node, None, 1 / (wires["r_sense"] + wires["r_bit"]))
        else:
            join(count + node, count + node + lines, 1 / wires["r_bit"])
    found = np.linalg.solve(matrix, right)
    return found[count + (rows - 1) * lines :] / (wires["r_sense"] + wires["r_bit"])


def test_reference_line_is_written_and_read_like_any_other():
    tile = chip().tiles[0]
    before = tile.verify(1, 2)[0]
    tile.pulse(SET, 1, 2, **STRONG)
    assert tile.verify(1, 2)[0] > before + 50


@pytest.mark.parametrize("access", ["1t1r", "1r"])
def test_products_see_what_pulses_did(access):
    made = chip(writable(access))
    tile = made.tiles[0]
    tile.apply([15, 15, 15])
    before, _ = tile.convert([0, 1])
    strong = STRONG if access == "1t1r" else {"drive": 1700, "gate": 0, "width": 84e-9}
    tile.pulse(SET, 0, 1, **strong)
    tile.apply([15, 15, 15])
    after, _ = tile.convert([0, 1])
    assert after[0] == before[0]
    assert after[1] > before[1]
    # And as a chip that is built from what was reached.
    again = AnalogChip.from_state(made.spec, made.state(), engine="nodal").tiles[0]
    again.apply([15, 15, 15])
    assert again.convert([0, 1])[0].tolist() == after.tolist()
    assert again.verify(0, 1) == tile.verify(0, 1)


def test_forming_stands_on_the_lines_like_setting():
    one, other = (chip().tiles[0] for _ in range(2))
    one.pulse(SET, 0, 0, **STRONG)
    other.pulse("form", 0, 0, **STRONG)
    assert one.writer.cells.conductance[0, 0] == other.writer.cells.conductance[0, 0]


def test_reset_takes_back():
    tile = chip().tiles[0]
    tile.pulse(SET, 0, 0, **STRONG)
    high = tile.writer.cells.conductance[0, 0]
    tile.pulse(RESET, 0, 0, drive=2400, gate=3000, width=1e-6)
    assert tile.writer.cells.conductance[0, 0] < 0.1 * high


def test_gate_that_is_off_keeps_the_cell():
    tile = chip().tiles[0]
    tile.pulse(SET, 0, 0, drive=2399, gate=400, width=1e-3)
    low = device("skywater").window(0.2)[0]
    assert tile.writer.cells.conductance[0, 0] == pytest.approx(low, rel=1e-6)


def test_pulses_and_energy_are_counted_by_cell():
    made = chip()
    tile = made.tiles[0]
    for _ in range(3):
        tile.pulse(SET, 2, 1, **STRONG)
    tile.pulse(RESET, 0, 2, drive=1000, gate=3000, width=1e-6)
    cells = tile.writer.cells
    wanted = np.zeros((3, 3), dtype=np.int64)
    wanted[2, 1], wanted[0, 2] = 3, 1
    np.testing.assert_array_equal(cells.pulses, wanted)
    np.testing.assert_array_equal(made.state().tiles[0].pulses, wanted)
    assert ((cells.energy > 0) == (wanted > 0)).all()
    # 2.4 V for 3 us, at most by what the gate lets through: k/2 (1.4 - 0.5)^2.
    most = 3 * 2.4 * 1e-6 * (1 / (5e3 * 0.7)) / 2 * 0.9**2
    assert 0.3 * most < cells.energy[2, 1] < 1.01 * most


@pytest.mark.parametrize("access", ["1t1r", "1r"])
def test_stuck_and_broken_cells_do_not_move(access):
    effects = {"p_stuck_hrs": 0.3, "p_stuck_lrs": 0.3, "broken_bit": 0.4}
    made = chip(writable(access, effects=effects), seed=4)
    tile = made.tiles[0]
    flags = made.cells[0].state.flags
    assert all((flags & f).any() for f in (1, 2, int(CellFlag.BROKEN)))
    strong = STRONG if access == "1t1r" else {"drive": 1800, "gate": 0, "width": 84e-9}
    before = np.array(made.cells[0].conductance)
    for row, line in np.argwhere(flags).tolist():
        tile.pulse(SET, row, line, **strong)
    stuck = flags != 0
    np.testing.assert_array_equal(made.cells[0].conductance[stuck], before[stuck])
    broken = (flags & int(CellFlag.BROKEN)) != 0
    row, line = np.argwhere(broken)[0].tolist()
    assert tile.verify(row, line) == (0, False)


def test_chip_without_pulses_is_as_it_was_made():
    made = chip(program="ideal")
    assert made.cells[0] is made.made[0]
    made.tiles[0].verify(0, 0)
    assert made.cells[0] is made.made[0]


@pytest.mark.parametrize(
    ("place", "changes", "message"),
    [
        ((3, 0), {}, "row of a cell must be in [0, 2], not 3"),
        ((0, -1), {}, "line of a cell must be in [0, 2], not -1"),
        ((0, 0), {"drive": 4096}, "drive of a pulse must be a code from 0 to 4095, not 4096"),
        ((0, 0), {"gate": -1}, "gate of a pulse must be a code from 0 to 4095, not -1"),
        (
            (0, 0),
            {"width": 0.0},
            "width of a pulse must be finite and above 0 s, not 0.0",
        ),
        (
            (0, 0),
            {"width": float("nan")},
            "width of a pulse must be finite and above 0 s, not nan",
        ),
    ],
)
def test_impossible_pulse_is_refused_and_does_nothing(place, changes, message):
    tile = chip().tiles[0]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tile.pulse(SET, *place, **(STRONG | changes))
    assert not tile.writer.cells.pulses.any()


def test_cell_that_is_none_is_not_read():
    with pytest.raises(ValueError, match=r"^line of a cell must be in \[0, 2\], not 3$"):
        chip().tiles[0].verify(0, 3)


def test_tile_that_is_not_written_refuses():
    spec = ChipSpec.parse({"tile": [{"rows": 3, "columns": 1}]})
    tile = AnalogChip.build(spec, [LEVELS], engine="ideal", seed=1).tiles[0]
    message = "a tile must have a section write in its chip's description to be written"
    for act in (lambda: tile.verify(0, 0), lambda: tile.pulse(SET, 0, 0, **STRONG)):
        with pytest.raises(BridgeError, match=f"^{re.escape(message)}$"):
            act()
    assert not tile.writable
