import re

import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar


def test_lists_are_taken():
    crossbar = Crossbar([[1, 2, 3], [4, 5, 6]], r_word=1)
    assert crossbar.conductance.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert (crossbar.rows, crossbar.lines) == (2, 3)
    assert (crossbar.r_word, crossbar.r_bit) == (1.0, 0.0)


def test_conductances_are_copied_and_read_only():
    given = np.ones((2, 2))
    crossbar = Crossbar(given)
    given[0, 0] = 7
    assert crossbar.conductance[0, 0] == 1
    with pytest.raises(ValueError, match=r"^assignment destination is read-only$"):
        crossbar.conductance[0, 0] = 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_single_rows_and_lines_are_good(shape):
    assert Crossbar(np.zeros(shape)).conductance.shape == shape


@pytest.mark.parametrize(
    ("value", "shown"),
    [(float("nan"), "nan"), (float("inf"), "inf"), (-1e-6, "-1e-06"), (-np.inf, "-inf")],
)
def test_impossible_conductance_is_refused_with_its_place(value, shown):
    cells = np.ones((3, 4))
    cells[2, 1] = value
    message = f"conductance[2, 1] must be finite and at least 0 S, not {shown}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Crossbar(cells)


@pytest.mark.parametrize("shape", [(), (3,), (0, 3), (3, 0), (2, 2, 2)])
def test_what_is_no_matrix_is_refused(shape):
    message = f"conductance must be a matrix of at least one row and one line, not {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Crossbar(np.ones(shape))


def test_ragged_rows_are_refused():
    with pytest.raises(ValueError, match=r"^conductance must have rows of equal length$"):
        Crossbar([[1, 2], [3]])


@pytest.mark.parametrize(("cells", "kind"), [([[1j]], "complex128"), ([["a"]], "<U1")])
def test_what_are_no_real_numbers_is_refused(cells, kind):
    with pytest.raises(ValueError, match=f"^conductance must be real numbers, not {kind}$"):
        Crossbar(cells)


@pytest.mark.parametrize("name", ["r_word", "r_bit", "r_source", "r_sense"])
@pytest.mark.parametrize(("value", "shown"), [(-1, "-1.0"), (np.nan, "nan"), (np.inf, "inf")])
def test_impossible_resistance_is_refused_by_name(name, value, shown):
    message = f"{name} must be finite and at least 0 ohm, not {shown}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Crossbar([[1.0]], **{name: value})


@pytest.mark.parametrize("name", ["c_word", "c_bit"])
@pytest.mark.parametrize(("value", "shown"), [(-1, "-1.0"), (np.nan, "nan"), (np.inf, "inf")])
def test_impossible_capacitance_is_refused_by_name(name, value, shown):
    message = f"{name} must be finite and at least 0 F, not {shown}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Crossbar([[1.0]], **{name: value})


def test_capacitances_change_sides_with_their_lines():
    turned = Crossbar([[1.0]], c_word=1e-15, c_bit=2e-15).reciprocal()
    assert (turned.c_word, turned.c_bit) == (2e-15, 1e-15)
