"""The nodal engine against ngspice, and against itself where the answer must be the same."""

import numpy as np
import pytest

from ohmloom_analog.cells import Accessed, Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.ngspice import NgspiceEngine
from ohmloom_analog.engines.nodal import NodalEngine

CASES = {"easy": (1e-5, 1e-7, 1.0), "hard": (1e-4, 1e-6, 1.0), "bad": (1e-3, 1e-6, 10.0)}


def _case(name, shape, seed=0, **more):
    high, low, wire = CASES[name]
    rng = np.random.default_rng(seed)
    wires = {"r_word": wire, "r_bit": 2 * wire, **more}
    return Crossbar(rng.uniform(low, high, shape), **wires), rng.uniform(0, 1, shape[0])


def _solved(engine, crossbar, vector):
    engine.load(crossbar)
    return engine.currents(vector)


def _agree(crossbar, vector, tolerance=1e-9):
    engine = NodalEngine()
    found = _solved(engine, crossbar, vector)
    wanted = _solved(NgspiceEngine(), crossbar, vector)
    assert np.abs(found - wanted).max() <= tolerance * np.abs(wanted).max()
    assert engine.residual <= 1e-9


@pytest.mark.parametrize("case", CASES)
def test_small_arrays_are_what_ngspice_says(case):
    _agree(*_case(case, (16, 16)))


def test_larger_array_is_what_ngspice_says():
    _agree(*_case("bad", (64, 64)))


@pytest.mark.parametrize("shape", [(1, 24), (24, 1), (7, 19), (19, 7)])
def test_other_shapes_are_what_ngspice_says(shape):
    _agree(*_case("bad", shape, r_source=50.0, r_sense=20.0))


@pytest.mark.parametrize(
    "wires",
    [
        {"r_word": 0.0},
        {"r_bit": 0.0},
        {"r_word": 0.0, "r_bit": 0.0},
        {"r_word": 0.0, "r_bit": 0.0, "r_source": 100.0, "r_sense": 10.0},
    ],
)
def test_absent_wires_are_what_ngspice_says(wires):
    _agree(*_case("bad", (9, 12), **wires))


def test_disconnected_cells_are_what_ngspice_says():
    crossbar, vector = _case("hard", (10, 8))
    cells = crossbar.conductance.copy()
    cells[3, 4] = 0.0
    cells[6] = 0.0
    _agree(Crossbar(cells, r_word=1.0, r_bit=2.0), vector)


def test_cut_lines_are_what_ngspice_says():
    cuts = {"cut_word": [(2, 3), (5, 0), (5, 4)], "cut_bit": [(4, 1), (9, 6), (0, 2)]}
    crossbar, vector = _case("bad", (10, 8), r_source=5.0, **cuts)
    _agree(crossbar, vector)
    engine = NodalEngine()
    assert _solved(engine, crossbar, vector)[6] == 0
    # What is cut off floats to what reaches it through the bit lines.
    wanted = NgspiceEngine()
    wanted.load(crossbar)
    for found, other in zip(
        (engine.node_voltages(vector).word, engine.node_voltages(vector).bit),
        (wanted.node_voltages(vector).word, wanted.node_voltages(vector).bit),
        strict=True,
    ):
        np.testing.assert_allclose(found, other, atol=1e-9)


def test_transistors_are_what_ngspice_says():
    _agree(*_case("hard", (12, 12), law=Accessed(r_access=5000.0)))


@pytest.mark.parametrize("case", CASES)
def test_selectors_are_what_ngspice_says(case):
    law = Selected(i_s=1e-9, v_s=0.05)
    _agree(*_case(case, (32, 32), law=law, r_source=10.0), tolerance=1e-6)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(16, 16), (30, 12)])
def test_reciprocal_crossbar_has_the_transposed_map(case, shape):
    crossbar, _ = _case(case, shape, r_source=7.0, r_sense=3.0, cut_word=[(1, 2)])
    engine = NodalEngine()
    engine.load(crossbar)
    forth = engine.transfer()
    # Rows are driven one by one, on the crossbar seen from its outputs.
    engine.load(crossbar.reciprocal())
    back = np.array([engine.currents(row) for row in np.eye(crossbar.lines)])
    assert np.abs(forth - back.T[::-1, ::-1]).max() <= 1e-11 * forth.max()


@pytest.mark.parametrize("case", CASES)
def test_driving_the_columns_is_driving_the_transpose(case):
    # Seen from the outputs, lines are met in the opposite order, and word and bit wires swap.
    crossbar, _ = _case(case, (14, 23), r_source=7.0, r_sense=3.0)
    turned = Crossbar(
        crossbar.conductance[::-1, ::-1].T,
        r_word=crossbar.r_bit,
        r_bit=crossbar.r_word,
        r_source=crossbar.r_sense,
        r_sense=crossbar.r_source,
    )
    engine = NodalEngine()
    by_rows = np.array([_solved(engine, crossbar, row) for row in np.eye(14)])
    by_columns = np.array([_solved(engine, turned, row) for row in np.eye(23)])
    assert np.abs(by_rows - by_columns.T[::-1, ::-1]).max() <= 1e-11 * by_rows.max()


@pytest.mark.parametrize("case", CASES)
def test_infinite_ratio_of_on_to_off_is_what_ngspice_says(case):
    crossbar, vector = _case(case, (16, 16))
    off = np.random.default_rng(3).random((16, 16)) < 0.5
    cells = np.where(off, 0.0, crossbar.conductance)
    _agree(Crossbar(cells, r_word=1.0, r_bit=2.0), vector)


@pytest.mark.parametrize("factor", [1e-6, 3e-3, 7.0, 1e4])
@pytest.mark.parametrize("case", CASES)
def test_scaled_inputs_scale_the_outputs(case, factor):
    crossbar, vector = _case(case, (40, 40))
    batch = np.outer([1.0, -0.5], vector)
    engine = NodalEngine()
    plain = _solved(engine, crossbar, batch)
    engine.load(crossbar)
    scaled = engine.currents(factor * batch) / factor
    assert np.abs(scaled - plain).max() <= 1e-12 * np.abs(plain).max()


@pytest.mark.parametrize("law", [None, Selected(i_s=1e-9, v_s=0.1)])
def test_nothing_in_gives_exactly_nothing(law):
    crossbar, vector = _case("bad", (20, 20), **({} if law is None else {"law": law}))
    engine = NodalEngine()
    assert not _solved(engine, crossbar, 0 * vector).any()
    if law is None:
        engine.transfer()
        assert not engine.currents(0 * vector).any()


def test_many_vectors_are_the_vectors_one_by_one():
    for case in CASES:
        crossbar, _ = _case(case, (90, 70), r_source=3.0, r_sense=1.0)
        batch = np.random.default_rng(7).uniform(-1, 1, (45, 90))
        engine = NodalEngine()
        # 45 x 6300 values are enough for the compiled sweeps.
        at_once = _solved(engine, crossbar, batch)
        assert engine.residual <= 1e-9
        for vector, wanted in zip(batch[:4], at_once, strict=False):
            alone = _solved(engine, crossbar, vector)
            assert np.abs(alone - wanted).max() <= 1e-10 * np.abs(alone).max()


def test_strong_currents_along_the_lines_are_solved():
    # Driven against each other, most of the current goes from driver to driver.
    crossbar, _ = _case("bad", (64, 64))
    vector = np.where(np.arange(64) % 2, 1.0, -1.0)
    engine = NodalEngine()
    found = _solved(engine, crossbar, vector)
    voltages = engine.node_voltages(vector)
    cells = crossbar.conductance * (voltages.word - voltages.bit)
    assert np.abs(cells.sum(axis=0) - found).max() <= 1e-9 * np.abs(found).max()


def test_selector_batches_are_the_vectors_one_by_one():
    crossbar, vector = _case("hard", (12, 9), law=Selected(i_s=1e-8, v_s=0.1))
    engine = NodalEngine()
    batch = np.array([vector, -vector, 0.5 * vector])
    at_once = _solved(engine, crossbar, batch)
    np.testing.assert_allclose(at_once[1], -at_once[0], rtol=1e-12)
    np.testing.assert_array_equal(at_once[2], engine.currents(0.5 * vector))
