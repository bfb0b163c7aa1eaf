import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.nodal import NodalEngine


def _loaded(crossbar):
    engine = NodalEngine()
    engine.load(crossbar)
    return engine


def _agree(found, wanted, tolerance=1e-12):
    scale = np.abs(wanted).max()
    assert np.abs(found - wanted).max() <= tolerance * scale


def test_one_cell_is_a_series_circuit():
    crossbar = Crossbar([[1e-4]], r_word=1.0, r_bit=2.0, r_source=50.0, r_sense=10.0)
    np.testing.assert_allclose(_loaded(crossbar).currents([1.0]), [1 / 10063], rtol=1e-14)


def test_one_row_is_a_ladder():
    # Two 1 kohm cells on a line with 100 ohm segments, each with 10 ohm below:
    # right branch 100 + 1010 = 1110 beside 1010, in all 100 + 1110 * 1010 / 2120.
    crossbar = Crossbar([[1e-3, 1e-3]], r_word=100.0, r_bit=10.0)
    total = 1 / (100 + 1110 * 1010 / 2120)
    wanted = [total * 1110 / 2120, total * 1010 / 2120]
    np.testing.assert_allclose(_loaded(crossbar).currents([1.0]), wanted, rtol=1e-14)


def test_one_line_divides_by_hand():
    # Node a at the first cell, b at the second, 1 mS cells, 1 kohm segments, only row 0 driven:
    # (1 - a) = (a - b) and (a - b) - b = b, so b = a / 3, a = 3/5 and the output is b / 1 kohm.
    crossbar = Crossbar([[1e-3], [1e-3]], r_bit=1000.0)
    np.testing.assert_allclose(_loaded(crossbar).currents([1.0, 0.0]), [0.2e-3], rtol=1e-14)


def test_published_example_is_reproduced():
    # The README example of badcrossbar, 0.5 ohm a segment.
    resistance = [[345, 903, 755, 257, 646], [652, 401, 508, 166, 454], [442, 874, 190, 244, 635]]
    engine = _loaded(Crossbar(1 / np.array(resistance), r_word=0.5, r_bit=0.5))
    wanted = [0.0115850254, 0.0091906416, 0.0151156812, 0.0258332082, 0.0098117929]
    np.testing.assert_allclose(engine.currents([1.5, 2.3, 1.7]), wanted, rtol=0, atol=5.1e-11)
    voltages = engine.node_voltages([2.6, 1.1, 3.3])
    device = (voltages.word - voltages.bit)[0, 3] / 257
    assert device == pytest.approx(0.00985620, abs=5e-9)


@pytest.mark.parametrize("present", list(itertools.product([False, True], repeat=4)))
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 4), (4, 2)])
def test_every_combination_of_absent_resistances_is_exact(exact_currents, shape, present):
    values = [
        value if there else 0.0
        for value, there in zip((3.0, 500.0, 50.0, 1000.0), present, strict=True)
    ]
    rng = np.random.default_rng(5)
    cells = 10 ** rng.uniform(-6, -3, shape)
    cells[rng.random(shape) < 0.2] = 0.0
    cells[0, 0] = 1e-4
    crossbar = Crossbar(
        cells, r_word=values[0], r_bit=values[1], r_source=values[2], r_sense=values[3]
    )
    engine = _loaded(crossbar)
    # Asked often enough, the engine goes over to its transfer matrix.
    for _ in range(6):
        vector = rng.uniform(-1, 1, shape[0])
        _agree(engine.currents(vector), np.array(exact_currents(crossbar, vector)))


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    wires=st.tuples(*[st.one_of(st.just(0.0), st.floats(1e-6, 1e5))] * 4),
)
def test_random_crossbars_are_exact(exact_currents, data, shape, wires):
    size = st.one_of(st.just(0.0), st.floats(1e-9, 1e-2))
    cells = data.draw(hnp.arrays(np.float64, shape, elements=size))
    vector = data.draw(hnp.arrays(np.float64, shape[0], elements=st.floats(0, 2, width=16)))
    r_word, r_bit, r_source, r_sense = wires
    crossbar = Crossbar(cells, r_word=r_word, r_bit=r_bit, r_source=r_source, r_sense=r_sense)
    # Where most of the current goes from driver to driver, little of it is output.
    _agree(_loaded(crossbar).currents(vector), np.array(exact_currents(crossbar, vector)), 1e-9)


def test_without_wires_it_is_ideal():
    rng = np.random.default_rng(1)
    cells, vector = 10 ** rng.uniform(-6, -4, (20, 30)), rng.uniform(-1, 1, 20)
    _agree(_loaded(Crossbar(cells)).currents(vector), vector @ cells)


@pytest.mark.parametrize("shape", [(12, 30), (30, 12), (16, 16)])
def test_transfer_matrix_and_single_solves_agree(shape):
    rng = np.random.default_rng(2)
    crossbar = Crossbar(
        10 ** rng.uniform(-6, -4, shape), r_word=5.0, r_bit=20.0, r_source=50.0, r_sense=100.0
    )
    batch = rng.uniform(-1, 1, (100, shape[0]))
    at_once = _loaded(crossbar).currents(batch)
    for vector, wanted in zip(batch[:5], at_once, strict=False):
        _agree(_loaded(crossbar).currents(vector), wanted)


def test_large_batch_is_solved_in_parts():
    rng = np.random.default_rng(3)
    crossbar = Crossbar(10 ** rng.uniform(-6, -4, (130, 130)), r_word=0.1, r_bit=0.2)
    batch = rng.uniform(0, 1, (129, 130))
    at_once = _loaded(crossbar).currents(batch)
    _agree(at_once[128], _loaded(crossbar).currents(batch[128]))


def test_node_voltages_obey_the_current_law(exact_currents):
    rng = np.random.default_rng(4)
    crossbar = Crossbar(
        10 ** rng.uniform(-4, -3, (3, 4)), r_word=3.0, r_bit=7.0, r_source=50.0, r_sense=10.0
    )
    vector = rng.uniform(0, 1, 3)
    voltages = _loaded(crossbar).node_voltages(vector)
    cell = crossbar.conductance * (voltages.word - voltages.bit)
    outputs = np.array(exact_currents(crossbar, vector))
    _agree(cell.sum(axis=0), outputs)
    # The last node of each bit line stands r_bit + r_sense above the ground.
    np.testing.assert_allclose(voltages.bit[-1], outputs * 17.0, rtol=1e-12)
    drop = vector - voltages.word[:, 0]
    np.testing.assert_allclose(drop, cell.sum(axis=1) * 53.0, rtol=1e-9)
    between = voltages.word[:, :-1] - voltages.word[:, 1:]
    carried = cell[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    np.testing.assert_allclose(between, carried * 3.0, rtol=1e-9)
