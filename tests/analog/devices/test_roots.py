"""Roots of many functions at once."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.devices.roots import root_between
from ohmloom_analog.errors import EngineError


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5))
def test_roots_of_an_exponential_are_logarithms(exponents):
    wanted = np.exp(np.array(exponents))
    found = root_between(
        lambda x: np.exp(x) - wanted, np.full(wanted.shape, -60.0), np.full(wanted.shape, 70.0)
    )
    np.testing.assert_allclose(found, exponents, rtol=1e-12, atol=1e-12)


def test_bracket_may_begin_at_its_root_and_may_be_empty():
    found = root_between(lambda x: x, np.array([0.0, 0.0, -1.0]), np.array([2.0, 0.0, 0.0]))
    assert found[1] == 0
    np.testing.assert_allclose(found, 0.0, atol=2e-14)


def test_step_is_found_where_it_is():
    found = root_between(lambda x: np.where(x < 0.7, -1.0, 1.0), np.zeros(1), np.ones(1))
    assert found[0] == pytest.approx(0.7, rel=1e-13)


def test_value_at_an_end_that_is_no_number_is_refused():
    message = "values at the ends of a bracket must be finite"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        root_between(lambda x: np.where(x > 0, np.inf, -1.0), np.zeros(1), np.ones(1))
