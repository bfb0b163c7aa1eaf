"""Transposed reads, against a solution of the whole network that is written down here once more."""

import numpy as np
import pytest
from writable import writable

from ohmloom_analog.array_spec import CellSpec
from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines import make_engine
from ohmloom_analog.engines.netlist import netlist
from ohmloom_analog.engines.simulator import Circuit, simulator
from ohmloom_analog.errors import BridgeError
from ohmloom_analog.lifetime import Cuts
from ohmloom_analog.memory_law import MemoryCells
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile
from ohmloom_analog.transposed_read import TransposedRead, transposed_crossbar

ROWS, COLUMNS, TOP = 5, 2, 15
LINES = 2 * COLUMNS
G_MIN, STEP, V_LSB = 10e-6, 2e-6, 0.2 / 15
WIRES = {"r_word": 3.0, "r_bit": 7.0, "r_source": 50.0, "r_sense": 20.0}


def _spec(wires=None, **parts):
    tile = {
        "rows": ROWS,
        "columns": COLUMNS,
        "cell": {"g_min": G_MIN, "g_max": 40e-6, "levels": TOP + 1},
        "wires": wires or {},
        "effects": parts.pop("effects", {}),
    }
    data = {"tile": [tile], "input": {"bits": 4, "slice_bits": 4}, "adc": {"bits": 12}}
    return ChipSpec.parse(data | parts)


def _levels(seed=0):
    return np.random.default_rng(seed).integers(0, TOP, (ROWS, LINES), endpoint=True)


def _tile(spec, levels, *, engine="nodal", **parts):
    conductance = G_MIN + STEP * np.hstack([levels, np.zeros((ROWS, 1))])
    read = TransposedRead(spec, 0, make_engine(engine), np.random.default_rng(1))
    return AnalogTile(
        spec,
        0,
        conductance,
        make_engine(engine),
        np.random.default_rng(2),
        transposed=read,
        **parts,
    )


def _kirchhoff(conductance, magnitudes, wires, cuts):
    """Return the currents out of the grounds of the word lines, by a dense matrix of all nodes.

    Bit lines are driven with minus the magnitudes at their last row, the last of them with 0 V.
    """
    rows, lines = conductance.shape

    def node(bit, row, line):
        return (bit * rows + row) * lines + line

    matrix = np.zeros((2 * rows * lines,) * 2)
    source = np.zeros(2 * rows * lines)

    def join(one, other, siemens):
        for a, b in ((one, other), (other, one)):
            matrix[a, a] += siemens
            matrix[a, b] -= siemens

    for row in range(rows):
        for line in range(lines):
            join(node(0, row, line), node(1, row, line), conductance[row, line])
            if line and (row, line) not in cuts.word:
                join(node(0, row, line - 1), node(0, row, line), 1 / wires["r_word"])
            if row and (row - 1, line) not in cuts.bit:
                join(node(1, row - 1, line), node(1, row, line), 1 / wires["r_bit"])
    into = 1 / (wires["r_sense"] + wires["r_word"])
    for row in range(rows):
        matrix[node(0, row, 0), node(0, row, 0)] += into
    out_of = 1 / (wires["r_source"] + wires["r_bit"])
    for line in range(lines):
        last = node(1, rows - 1, line)
        matrix[last, last] += out_of
        source[last] -= out_of * (magnitudes[line] if line < lines - 1 else 0.0)
    voltages = np.linalg.solve(matrix, source)
    return np.array([-into * voltages[node(0, row, 0)] for row in range(rows)])


def test_codes_are_the_transposed_integer_products():
    levels, codes = _levels(), np.array([15, 0, 7, 3])
    tile = _tile(_spec(), levels)
    tile.apply_lines(codes)
    found, over_range = tile.convert_rows(range(ROWS))
    assert found.tolist() == (levels @ codes).tolist()
    assert not over_range.any()
    assert (tile.conversions, tile.clipped) == (ROWS, 0)


@pytest.mark.parametrize("cuts", [Cuts(), Cuts(word=((1, 2), (3, 1)), bit=((2, 0), (0, 3)))])
def test_wires_are_those_of_the_original_network_driven_at_its_other_end(cuts):
    levels, codes = _levels(1), np.array([9, 15, 1, 4])
    tile = _tile(_spec(WIRES), levels, broken=cuts)
    tile.apply_lines(codes)
    conductance = np.array(tile.crossbar.conductance)
    wanted = _kirchhoff(conductance, codes * V_LSB, WIRES, cuts)
    np.testing.assert_allclose(tile.transposed.settled, wanted, rtol=0, atol=1e-9 * wanted.max())
    reference = G_MIN * V_LSB * codes.sum()
    np.testing.assert_allclose(
        tile.transposed.currents, wanted - reference, rtol=0, atol=1e-9 * wanted.max()
    )
    # What these wires take is far more than what is left out of account here.
    plain = conductance[:, :LINES] @ (codes * V_LSB)
    assert (np.abs(wanted - plain) > 1e-4 * plain).all()


def test_ngspice_sees_the_same_in_the_original_netlist_with_negative_drivers():
    name, rng = "yakopcic-srtio3", np.random.default_rng(3)
    memory = device(name)
    low, high = memory.window(0.2)
    state = memory.from_normalised(rng.uniform(0, 1, (4, 3)))
    conductance = memory.current(0.2, state) / 0.2 * rng.choice([1.0, 1.3], (4, 3))
    cell = CellSpec(device=name, access="1r", g_min=low, g_max=high, levels=2)
    law = MemoryCells.of(cell, state, conductance, 0.2)
    array = Crossbar(conductance, law=law, **WIRES)
    volts = np.array([0.2, 0.05, 0.13])
    nodal = make_engine("nodal")
    nodal.load(transposed_crossbar(array))
    found = nodal.currents(np.ascontiguousarray(volts[::-1]))[::-1]

    # Drivers and amplifiers have changed their ends, and nothing else has.
    ends = {"r_source": WIRES["r_sense"], "r_sense": WIRES["r_source"]}
    spice = simulator()
    title = spice.new_title()
    text = netlist(Crossbar(conductance, law=law, **WIRES | ends), title=title)
    saves = " ".join(f"i(vd{row})" for row in range(4))
    text = text.removesuffix(".end\n") + f".save {saves}\n.end\n"
    for sign, agrees in ((-1, True), (1, False)):
        solved = Circuit(spice, title, text).solve(
            {f"vs{line}": sign * float(volt) for line, volt in enumerate(volts)}
        )
        wanted = np.array([sign * solved[f"vd{row}#branch"] for row in range(4)])
        assert (np.abs(found - wanted).max() < 1e-6 * np.abs(wanted).max()) == agrees


def test_lines_and_rows_are_read_in_turn_and_pulses_are_seen_by_both():
    spec = writable(
        "1r",
        rows=3,
        columns=2,
        parts={"encoding": "diff_pair", "learning": {"transposed": True}},
    )
    chip = AnalogChip.build(spec, [np.full((3, 4), 2)], engine="nodal", seed=1)
    tile = chip.tiles[0]
    tile.apply([3, 0, 0])
    tile.apply_lines([9, 0, 0, 0])
    before = tile.convert_rows([0, 1])[0]
    assert tile.convert([0])[0].tolist() == [6]
    assert before.tolist() == [18, 18]
    tile.pulse("set", 1, 0, drive=1700, gate=0, width=84e-9)
    tile.apply_lines([9, 0, 0, 0])
    after = tile.convert_rows([0, 1])[0]
    assert after[1] > before[1]
    assert after[0] == before[0]
    tile.apply([0, 3, 0])
    assert tile.convert([0])[0][0] > 6


def test_a_chip_without_such_a_read_draws_the_same_noise_and_refuses_it():
    parts = {"encoding": "diff_pair", "tia": {"noise": 0.01, "gain_spread": 0.01}}
    plain, learning = (
        writable("1r", parts=parts | section)
        for section in ({}, {"learning": {"transposed": True}})
    )
    found = []
    for spec in (plain, learning):
        tile = AnalogChip.build(spec, [np.full((3, 4), 2)], engine="ideal", seed=3).tiles[0]
        if spec is learning:
            tile.apply_lines([1, 2, 3, 4])
            tile.convert_rows([0, 1, 2])
        tile.apply([3, 1, 2])
        found.append(tile.convert([0, 1, 2, 3])[0].tolist())
        if spec is plain:
            with pytest.raises(BridgeError, match=r"^learning\.transposed must be true in"):
                tile.apply_lines([0] * 4)
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["read_noise", "johnson", "telegraph"])
def test_noise_of_the_array_reaches_the_rows_with_the_strength_of_their_cells(name):
    value = {"read_noise": 0.05, "johnson": True, "telegraph": {"fraction": 1.0}}[name]
    effects = {name: value, **({"bandwidth": 1e12} if name == "johnson" else {})}
    spec = writable(
        "1r",
        rows=3,
        effects=effects,
        parts={"encoding": "diff_pair", "learning": {"transposed": True}, "adc": {"bits": 16}},
    )
    levels = np.ones((3, 4), dtype=int)
    levels[1] = 3
    tile = AnalogChip.build(spec, [levels], engine="ideal", seed=3).tiles[0]
    drawn = []
    for _ in range(400):
        tile.apply_lines([8, 8, 8, 8])
        drawn.append(tile.convert_rows([0, 1])[0])
    weak, strong = np.std(drawn, axis=0)
    cell = spec.tile_specs[0].cell
    if name == "read_noise":
        # Four cells at level 1 beside four at the highest, each 5 % of its current.
        ratio = cell.g_max / (cell.g_min + cell.g_step)
        assert strong / weak == pytest.approx(ratio, rel=0.2)
        step = cell.g_step * 0.2 / 15 * 2**spec.adc_shift
        assert strong * step == pytest.approx(0.05 * 2 * 8 * 0.2 / 15 * cell.g_max, rel=0.15)
    elif name == "johnson":
        assert strong > 1.5 * weak > 0
    else:
        assert strong > 0


def test_what_does_not_fit_is_refused():
    tile = _tile(_spec(), _levels())
    with pytest.raises(BridgeError, match=r"^the bit lines of a tile must be driven before its"):
        tile.convert_rows([0])
    with pytest.raises(ValueError, match=r"^codes must have the shape \(4,\), not \(5,\)$"):
        tile.apply_lines([0] * 5)
    with pytest.raises(ValueError, match=r"^codes\[1\] must be in \[0, 15\], not 16$"):
        tile.apply_lines([0, 16, 0, 0])
    tile.apply_lines([0] * 4)
    with pytest.raises(ValueError, match=r"^row must be in \[0, 4\], not 5$"):
        tile.convert_rows([5])
