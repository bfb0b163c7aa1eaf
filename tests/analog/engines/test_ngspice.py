import gc
import itertools

import numpy as np
import pytest

from ohmloom_analog.array_spec import CellSpec
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines.ngspice import NgspiceEngine
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.memory_law import MemoryCells


def _crossbar(shape, seed=0, **wires):
    rng = np.random.default_rng(seed)
    wires = wires or {"r_word": 1.0, "r_bit": 2.0, "r_source": 50.0, "r_sense": 10.0}
    return Crossbar(10 ** rng.uniform(-6, -4, shape), **wires)


def _difference(found, wanted):
    return np.abs(found - wanted).max() / np.abs(wanted).max()


def _loaded(kind, crossbar):
    engine = kind()
    engine.load(crossbar)
    return engine


@pytest.mark.parametrize(("size", "vectors"), [(16, 20), (32, 1)])
def test_nodal_and_ngspice_agree(size, vectors):
    crossbar = _crossbar((size, size))
    batch = np.random.default_rng(1).uniform(0, 0.2, (vectors, size))
    spice = _loaded(NgspiceEngine, crossbar).currents(batch)
    assert _difference(_loaded(NodalEngine, crossbar).currents(batch), spice) < 1e-9


def test_voltages_at_the_cells_agree():
    crossbar = _crossbar((6, 9))
    vector = np.random.default_rng(2).uniform(-1, 1, 6)
    nodal = _loaded(NodalEngine, crossbar).node_voltages(vector)
    spice = _loaded(NgspiceEngine, crossbar).node_voltages(vector)
    np.testing.assert_allclose(nodal.word, spice.word, rtol=0, atol=1e-12)
    np.testing.assert_allclose(nodal.bit, spice.bit, rtol=0, atol=1e-12)


@pytest.mark.parametrize("present", list(itertools.product([False, True], repeat=4)))
def test_absent_resistances_agree_with_exact_fractions(exact_currents, present):
    names = ("r_word", "r_bit", "r_source", "r_sense")
    wires = {
        name: value if there else 0.0
        for name, value, there in zip(names, (3.0, 7.0, 50.0, 10.0), present, strict=True)
    }
    crossbar = _crossbar((3, 4), **wires)
    vector = [0.5, -1e-5, 0.125]
    spice = _loaded(NgspiceEngine, crossbar).currents(vector)
    assert _difference(spice, np.array(exact_currents(crossbar, vector))) < 1e-12


@pytest.mark.parametrize("resistance", [1e-12, 1e-3, 1e6])
def test_small_and_large_wires_are_taken_as_they_are(exact_currents, resistance):
    crossbar = _crossbar((3, 3), r_word=resistance, r_bit=resistance)
    vector = [0.5, 1.0, 0.25]
    spice = _loaded(NgspiceEngine, crossbar).currents(vector)
    assert _difference(spice, np.array(exact_currents(crossbar, vector))) < 1e-11


def test_engines_that_take_turns_keep_their_circuits():
    crossbars = [_crossbar((4, 5), seed) for seed in range(4)]
    engines = [_loaded(NgspiceEngine, crossbar) for crossbar in crossbars]
    rng = np.random.default_rng(3)
    for turn in range(40):
        chosen = int(rng.integers(4))
        if turn % 10 == 9:
            crossbars[chosen] = _crossbar((4, 5), seed=100 + turn)
            engines[chosen].load(crossbars[chosen])
            gc.collect()
        vector = rng.uniform(-1, 1, 4)
        wanted = _loaded(NodalEngine, crossbars[chosen]).currents(vector)
        assert _difference(engines[chosen].currents(vector), wanted) < 1e-11


def test_voltage_that_returns_to_its_value_is_set_again():
    engine = _loaded(NgspiceEngine, Crossbar([[1e-3], [1e-3]]))
    found = [engine.currents(v)[0] for v in ([1, 0], [0, 1], [0, 0], [1, 0], [1, 1])]
    np.testing.assert_allclose(found, [1e-3, 1e-3, 0, 1e-3, 2e-3], rtol=1e-14)


@pytest.mark.parametrize("access", ["1r", "1t1r"])
@pytest.mark.parametrize("name", ["skywater", "stanford", "vteam", "yakopcic", "mtj", "pcm"])
def test_cells_of_a_device_agree_with_newton(name, access):
    memory = device(name)
    low, high = memory.window(0.2)
    rng = np.random.default_rng(4)
    x = rng.integers(0, 2, (12, 9)) if name == "mtj" else rng.uniform(0, 1, (12, 9))
    state = memory.from_normalised(np.asarray(x, dtype=float))
    # Some conduct more than their device, as junctions of another area do.
    conductance = memory.current(0.2, state) / 0.2 * rng.choice([1.0, 1.3], x.shape)
    cell = CellSpec(
        device=name, access=access, r_access=0.5 / high, g_min=low, g_max=high, levels=2
    )
    crossbar = Crossbar(
        conductance,
        r_word=0.3,
        r_bit=0.9,
        r_source=50.0,
        r_sense=10.0,
        law=MemoryCells.of(cell, state, conductance, 0.2),
    )
    batch = rng.uniform(0, 0.2, (3, 12))
    nodal, spice = (_loaded(kind, crossbar) for kind in (NodalEngine, NgspiceEngine))
    assert _difference(nodal.currents(batch), spice.currents(batch)) < 1e-6
