import re

import numpy as np
import pytest

from ohmloom_analog.faults import P_STUCK_HRS, P_STUCK_LRS, broken_lines, stuck_cells

CELLS = 100_000


def test_faults_come_as_often_as_they_should_and_never_both():
    low, high = stuck_cells((100, 1000), P_STUCK_HRS, P_STUCK_LRS, np.random.default_rng(1))
    for found, p in ((low.mean(), 0.0904), (high.mean(), 0.0175)):
        assert abs(found - p) < 3 * np.sqrt(p * (1 - p) / CELLS)
    assert not (low & high).any()


def test_higher_probability_only_adds_faults():
    few = stuck_cells((CELLS,), 0.01, 0.02, np.random.default_rng(2))
    many = stuck_cells((CELLS,), 0.05, 0.06, np.random.default_rng(2))
    for before, after in zip(few, many, strict=True):
        assert (after | ~before).all()
        assert after.sum() > before.sum()


def test_extremes_are_exact():
    none = stuck_cells((CELLS,), 0.0, 0.0, np.random.default_rng(3))
    assert not none[0].any()
    assert not none[1].any()
    low, high = stuck_cells((CELLS,), 0.3, 0.7, np.random.default_rng(3))
    assert (low ^ high).all()


def test_broken_lines_come_as_often_as_they_should():
    found = broken_lines(CELLS, 0.02, np.random.default_rng(4)).mean()
    assert abs(found - 0.02) < 3 * np.sqrt(0.02 * 0.98 / CELLS)
    assert not broken_lines(100, 0.0, np.random.default_rng(4)).any()


@pytest.mark.parametrize(
    ("p_hrs", "p_lrs", "message"),
    [
        (1.5, 0.0, "p_stuck_hrs must be from 0 to 1, not 1.5"),
        (0.0, -0.1, "p_stuck_lrs must be from 0 to 1, not -0.1"),
        (0.75, 0.5, "p_stuck_hrs and p_stuck_lrs must be at most 1 together, not 1.25"),
    ],
)
def test_probabilities_that_are_none_are_refused(p_hrs, p_lrs, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        stuck_cells((2,), p_hrs, p_lrs, np.random.default_rng(0))
