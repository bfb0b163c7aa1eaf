import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.chebyshev import Chebyshev
from ohmloom_analog.engines.gradient import solved
from ohmloom_analog.engines.solution import LIMIT
from ohmloom_analog.engines.sweeps import Sweeps

WIRES = {"easy": 0.1, "hard": 2.0, "bad": 100.0}


def _crossbar(shape, wire, **more):
    cells = np.random.default_rng(0).uniform(1e-6, 1e-4, shape)
    return Crossbar(cells, r_word=wire, r_bit=2 * wire, r_source=3.0, **more)


@pytest.mark.parametrize("case", WIRES)
@pytest.mark.parametrize(("shape", "vectors"), [((40, 30), 8), ((9, 60), 41), ((33, 3), 100)])
def test_batch_is_what_conjugate_gradients_give(case, shape, vectors):
    crossbar = _crossbar(shape, WIRES[case])
    voltages = np.random.default_rng(1).uniform(-1, 1, (vectors, shape[0]))
    found, errors = Chebyshev(Sweeps(crossbar)).currents(voltages)
    wanted = solved(Sweeps(crossbar), voltages).currents
    scale = np.abs(wanted).max(axis=1)
    assert (errors <= LIMIT).all()
    assert (np.abs(found - wanted).max(axis=1) <= 1e-10 * scale).all()


def test_stated_error_is_a_bound_where_the_iteration_is_cut_short(monkeypatch):
    crossbar = _crossbar((24, 24), WIRES["bad"])
    voltages = np.random.default_rng(2).uniform(0, 1, (16, 24))
    wanted = solved(Sweeps(crossbar), voltages).currents
    monkeypatch.setattr("ohmloom_analog.engines.chebyshev._PROGRESS", 0.0)
    found, errors = Chebyshev(Sweeps(crossbar)).currents(voltages)
    apart = np.abs(found - wanted).max(axis=1) / np.abs(wanted).max(axis=1)
    assert (errors > 0).all()
    assert (apart <= errors + 1e-12).all()


@pytest.mark.parametrize("factor", [1e-6, 3e-3, 7.0, 1e4])
@pytest.mark.parametrize("case", WIRES)
def test_scaled_inputs_scale_the_outputs(case, factor):
    solver = Chebyshev(Sweeps(_crossbar((48, 40), WIRES[case])))
    voltages = np.random.default_rng(3).uniform(0, 1, (24, 48))
    plain = solver.currents(voltages)[0]
    scaled = solver.currents(factor * voltages)[0] / factor
    assert np.abs(scaled - plain).max() <= 1e-12 * np.abs(plain).max()


def test_vectors_of_nothing_give_exactly_nothing():
    voltages = np.zeros((9, 20))
    voltages[4] = 1.0
    found, errors = Chebyshev(Sweeps(_crossbar((20, 20), 2.0))).currents(voltages)
    still = np.arange(9) != 4
    assert not found[still].any()
    assert not errors[still].any()
    assert found[4].all()


def test_batch_of_none_is_empty():
    found, errors = Chebyshev(Sweeps(_crossbar((8, 5), 1.0))).currents(np.empty((0, 8)))
    assert found.shape == (0, 5)
    assert errors.shape == (0,)
