"""Integration of one state, against closed forms."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.devices.integrate import advance, advance_evenly
from ohmloom_analog.errors import EngineError


def bounds(cells, low=0.0, high=1.0):
    return np.full(cells, low), np.full(cells, high)


def test_relaxation_is_exponential():
    speeds = np.array([1e-3, 1.0, 1e3, 1e12])
    found = advance(lambda x, which: speeds[which] * (0.3 - x), np.full(4, 0.9), 0.7, *bounds(4))
    np.testing.assert_allclose(found, 0.3 + 0.6 * np.exp(-0.7 * speeds), rtol=1e-6)


def test_runaway_keeps_its_time():
    """dx/dt = exp(30 x) reaches x after (exp(-30 x0) - exp(-30 x))/30."""
    start, end = np.array([0.0, 0.3]), np.array([0.8, 0.9])
    for cell in range(2):
        width = (np.exp(-30 * start[cell]) - np.exp(-30 * end[cell])) / 30
        before = width * (1 - 1e-9)
        found = advance(lambda x, which: np.exp(30 * x), start[cell : cell + 1], before, *bounds(1))
        # What is left of the time is compared, for the end of a runaway is steeper than a float.
        left = (np.exp(-30 * found[0]) - np.exp(-30 * end[cell])) / 30
        assert abs(left) < 1e-5 * width


def test_slowing_down_is_logarithmic():
    """dx/dt = -exp(30 (x - 1)) falls as a logarithm of time, over many decades."""
    for width in (1e-3, 1.0, 1e6):
        found = advance(lambda x, which: -np.exp(30 * (x - 1)), np.ones(1), width, *bounds(1))
        assert found[0] == pytest.approx(1 - np.log1p(30 * width) / 30, rel=1e-5)


def test_cells_stop_at_their_own_ends_and_rest_where_there_is_no_room():
    low, high = np.array([0.0, 0.2, 0.5]), np.array([0.6, 1.0, 0.5])
    seen = []

    def rate(x, which):
        seen.append((x.copy(), which))
        return np.array([1.0, -1.0, 1.0])[which]

    found = advance(rate, np.full(3, 0.5), 10.0, low, high)
    assert found.tolist() == [0.6, 0.2, 0.5]
    for x, which in seen:
        assert (x >= low[which]).all()
        assert (x <= high[which]).all()
        assert 2 not in which


def test_even_rate_is_exact():
    found = advance_evenly(np.array([0.25, -0.5, 9.0]), np.full(3, 0.5), 0.5, *bounds(3))
    assert found.tolist() == [0.625, 0.25, 1.0]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(1e-3, 1e3))
def test_each_cell_goes_as_if_it_were_alone(starts, width):
    def rate(x, which):
        return 3 * x * (1 - x)

    x = np.array(starts)
    together = advance(rate, x, width, *bounds(x.size))
    alone = [advance(rate, x[i : i + 1], width, *bounds(1))[0] for i in range(x.size)]
    assert together.tolist() == alone


def test_rate_that_is_no_number_is_refused():
    message = "rate of cell 1 must be a finite number, not nan"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        advance(lambda x, which: np.where(which == 1, np.nan, 1.0), np.zeros(2), 1.0, *bounds(2))


def test_states_that_do_not_come_to_the_end_are_refused(monkeypatch):
    monkeypatch.setattr("ohmloom_analog.devices.integrate._MOST_STEPS", 5)
    message = "the state of cell 0 must come to the end of 1 s within 5 steps"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        advance(lambda x, which: 2 + np.cos(9 * x), np.zeros(1), 1.0, *bounds(1))
