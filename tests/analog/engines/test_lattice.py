import itertools

import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.lattice import Lattice
from ohmloom_analog.engines.solution import require_exact
from ohmloom_analog.errors import EngineError

EXTREMES = (1e-15, 1e-9, 1e-3, 1.0, 1e6, 1e9)


@pytest.mark.parametrize(("r_word", "r_bit"), list(itertools.product(EXTREMES, repeat=2)))
def test_extreme_wires_are_exact(exact_currents, r_word, r_bit):
    rng = np.random.default_rng(0)
    crossbar = Crossbar(
        10 ** rng.uniform(-6, -3, (3, 4)), r_word=r_word, r_bit=r_bit, r_source=50.0
    )
    vector = rng.uniform(0, 1, 3)
    wanted = np.array(exact_currents(crossbar, vector))
    found = Lattice(crossbar).solve(vector[np.newaxis]).currents[0]
    assert np.abs(found - wanted).max() <= 1e-9 * np.abs(wanted).max()


@pytest.mark.parametrize("r_word", EXTREMES)
@pytest.mark.parametrize("r_source", [1e-15, 1e9, 1e15])
def test_extreme_drivers_are_exact_or_refused(exact_currents, r_word, r_source):
    rng = np.random.default_rng(0)
    crossbar = Crossbar(
        10 ** rng.uniform(-6, -3, (3, 4)), r_word=r_word, r_bit=1.0, r_source=r_source
    )
    vector = rng.uniform(0, 1, 3)
    wanted = np.array(exact_currents(crossbar, vector))
    lattice = Lattice(crossbar)
    try:
        found = require_exact(lattice.solve(vector[np.newaxis]), "nodal").currents[0]
    except EngineError:
        refused = True
    else:
        refused = False
        assert np.abs(found - wanted).max() <= 1e-9 * np.abs(wanted).max()
    assert not refused or r_source >= 1e9


def test_currents_that_would_be_wrong_are_refused():
    # A driver of 1 Gohm drowns in segments of 1 pohm.
    crossbar = Crossbar(np.full((8, 8), 1e-5), r_word=1e-12, r_bit=1.0, r_source=1e9)
    with pytest.raises(EngineError, match=r"^nodal: .*too far apart$"):
        require_exact(Lattice(crossbar).solve(np.ones((1, 8))), "nodal")


def test_crossbar_without_cells_carries_nothing():
    crossbar = Crossbar(np.zeros((3, 2)), r_word=1.0, r_bit=1.0)
    solution = Lattice(crossbar).solve(np.array([[0.5, 1.0, 2.0]]))
    assert solution.currents.tolist() == [[0.0, 0.0]]
    assert solution.word[0].tolist() == [[0.5, 0.5], [1.0, 1.0], [2.0, 2.0]]
    assert not solution.bit.any()
