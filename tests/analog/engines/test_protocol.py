import re

import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import ENGINE_NAMES, make_engine
from ohmloom_analog.engines.protocol import checked_currents
from ohmloom_analog.errors import EngineError


@pytest.fixture(params=ENGINE_NAMES)
def engine(request):
    engine = make_engine(request.param)
    engine.load(Crossbar([[1e-6, 2e-6, 3e-6], [4e-6, 5e-6, 6e-6]], r_word=1.0, r_bit=2.0))
    return engine


def test_shape_of_currents_follows_that_of_voltages(engine):
    assert engine.currents([0.1, 0.2]).shape == (3,)
    assert engine.currents([[0.1, 0.2]]).shape == (1, 3)
    assert engine.currents(np.zeros((5, 2))).shape == (5, 3)
    assert engine.currents(np.zeros((0, 2))).shape == (0, 3)


def test_batch_equals_its_vectors(engine):
    batch = np.array([[0.1, -0.2], [0.0, 0.0], [1.0, 0.5]])
    one_by_one = np.array([engine.currents(vector) for vector in batch])
    np.testing.assert_allclose(engine.currents(batch), one_by_one, rtol=1e-12, atol=0)


def test_no_voltage_gives_no_current(engine):
    assert engine.currents([0, 0]).tolist() == [0.0, 0.0, 0.0]


def test_node_voltages_have_one_entry_a_cell(engine):
    voltages = engine.node_voltages([0.1, 0.2])
    assert voltages.word.shape == voltages.bit.shape == (2, 3)


@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (2, 1), (1, 1, 2)])
def test_wrong_number_of_voltages_is_refused(engine, shape):
    message = f"voltages must have the shape (2,) or (n, 2), not {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.currents(np.zeros(shape))


def test_node_voltages_take_one_vector(engine):
    message = "voltages must have the shape (2,), not (1, 2)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.node_voltages([[0.1, 0.2]])


@pytest.mark.parametrize(
    ("voltages", "message"),
    [
        ([0.0, np.nan], "voltages[1] must be finite, not nan"),
        ([[0.0, 0.0], [-np.inf, 0.0]], "voltages[1, 0] must be finite, not -inf"),
        ([0.0, 1j], "voltages must be real numbers, not complex128"),
    ],
)
def test_voltage_that_is_no_number_is_refused(engine, voltages, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.currents(voltages)


@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_engine_without_crossbar_refuses(name):
    message = f"{name}: a crossbar must be loaded before it is solved"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        make_engine(name).currents([0.0])


def test_later_crossbar_replaces_the_earlier(engine):
    engine.currents([1.0, 1.0])
    engine.load(Crossbar([[5e-6]]))
    np.testing.assert_allclose(engine.currents([2.0]), [1e-5], rtol=1e-12)


def test_current_that_is_no_number_is_an_error():
    message = "nodal: the current of line 1 must be a finite number, not nan"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        checked_currents(np.array([[0.0, np.nan]]), "nodal")
