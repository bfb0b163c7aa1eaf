import re

import numpy as np
import pytest

from ohmloom_analog.cells import Accessed, Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.errors import EngineError


def _loaded(cells, **more):
    engine = NodalEngine()
    engine.load(Crossbar(cells, r_word=2.0, r_bit=3.0, r_source=5.0, **more))
    return engine


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("more", [{}, {"law": Accessed(r_access=3e3)}, {"cut_word": [(3, 2)]}])
def test_changed_cell_is_a_crossbar_loaded_anew(kept, more):
    rng = np.random.default_rng(0)
    cells, vector = rng.uniform(1e-6, 1e-3, (12, 9)), rng.uniform(0, 1, 12)
    engine = _loaded(cells, **more)
    if kept:
        engine.transfer()
    else:
        engine.currents(vector)
    engine.update(3, 4, 7e-4)
    changed = cells.copy()
    changed[3, 4] = 7e-4
    wanted = _loaded(changed, **more).currents(vector)
    np.testing.assert_allclose(engine.currents(vector), wanted, rtol=1e-10)
    np.testing.assert_allclose(
        engine.node_voltages(vector).word,
        _loaded(changed, **more).node_voltages(vector).word,
        atol=1e-9,
    )


def test_error_stays_bounded_over_a_thousand_updates():
    rng = np.random.default_rng(1)
    cells = rng.uniform(1e-6, 1e-3, (16, 16))
    engine = _loaded(cells)
    engine.transfer()
    for _ in range(1000):
        row, line = (int(k) for k in rng.integers(0, 16, 2))
        cells[row, line] = 0.0 if rng.random() < 0.1 else rng.uniform(1e-6, 1e-3)
        engine.update(row, line, cells[row, line])
    wanted = _loaded(cells).transfer()
    assert np.abs(engine.transfer() - wanted).max() <= 1e-10 * wanted.max()


def test_selectors_are_updated_too():
    law = Selected(i_s=1e-8, v_s=0.1)
    cells = np.full((4, 3), 1e-4)
    engine = _loaded(cells, law=law)
    engine.update(1, 2, 5e-5)
    cells[1, 2] = 5e-5
    vector = np.array([0.1, 0.5, 1.0, 0.3])
    np.testing.assert_array_equal(engine.currents(vector), _loaded(cells, law=law).currents(vector))


def test_cell_outside_is_refused():
    message = "the cell must be one of 2 x 3, not (2, 0)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _loaded(np.ones((2, 3))).update(2, 0, 1.0)


def test_impossible_conductance_is_refused_and_changes_nothing():
    engine = _loaded(np.full((2, 3), 1e-4))
    before = engine.transfer().copy()
    message = "conductance[1, 0] must be finite and at least 0 S, not -1.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.update(1, 0, -1.0)
    np.testing.assert_array_equal(engine.transfer(), before)


def test_selectors_have_no_map():
    message = "nodal: the cells must be linear to have a map from voltages to currents"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        _loaded(np.ones((2, 2)), law=Selected(i_s=1e-9, v_s=0.1)).transfer()


@pytest.mark.parametrize("vector", [[np.nan, 0.0], [0.0, np.inf]])
def test_voltages_that_are_no_numbers_are_refused_with_a_map_too(vector):
    engine = _loaded(np.full((2, 2), 1e-4))
    engine.transfer()
    place, value = next((k, v) for k, v in enumerate(vector) if not np.isfinite(v))
    message = f"voltages[{place}] must be finite, not {value!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.currents(np.array(vector))
