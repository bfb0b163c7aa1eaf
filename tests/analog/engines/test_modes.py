import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.modes import slow_modes
from ohmloom_analog.engines.rough import Rough
from ohmloom_analog.engines.sweeps import Sweeps

SHAPE = (12, 14)


def _sweeps(wire):
    cells = np.random.default_rng(0).uniform(1e-5, 1e-3, SHAPE)
    return Sweeps(Crossbar(cells, r_word=wire, r_bit=2 * wire))


def _modes(sweeps):
    return slow_modes(
        Rough(sweeps.conductance, sweeps.word_coefficients(), sweeps.bit_coefficients())
    )


def _eigenvalues(sweeps):
    # What a sweep makes of every single voltage is its matrix; in LAPACK's lines.
    g, count = sweeps.conductance, SHAPE[0] * SHAPE[1]
    unit = np.eye(count).reshape(count, *SHAPE)
    swept = sweeps.bit(g * sweeps.word(g * unit))
    return np.sort(np.linalg.eigvals(swept.reshape(count, count)).real)[::-1]


@pytest.mark.parametrize("wire", [5.0, 50.0])
def test_gains_are_those_of_the_largest_eigenvalues(wire):
    sweeps = _sweeps(wire)
    growth, modes = _eigenvalues(sweeps), _modes(sweeps)
    gain = np.sort(modes.gain)[::-1]
    np.testing.assert_allclose(gain[:2], (growth / (1 - growth))[:2], rtol=0.01)
    # What the rest is said to be is an estimate; unequal wires are where it is worst.
    assert growth[6] / 1.6 <= modes.slowest <= 1.6 * growth[6]


def test_modes_are_of_unit_energy_and_independent():
    modes = _modes(_sweeps(50.0))
    products = modes.fields.reshape(-1, 6).T @ modes.currents.reshape(-1, 6)
    np.testing.assert_allclose(products, np.eye(6), atol=1e-3)


@pytest.mark.parametrize("wire", [0.0, 1e-3])
def test_where_nothing_is_slow_there_are_no_modes(wire):
    sweeps = _sweeps(wire)
    modes = _modes(sweeps)
    assert modes.gain.size == 0
    assert modes.fields.shape == (*SHAPE, 0)
    assert _eigenvalues(sweeps)[0] <= modes.slowest * (1 + 1e-5)
