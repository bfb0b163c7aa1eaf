import numpy as np
import pytest

from ohmloom_sim.bench.problems import CASES, problem


@pytest.mark.parametrize("case", CASES)
def test_cells_and_voltages_are_within_their_ranges(case):
    given = problem(case, 20, 3, np.random.default_rng(0))
    assert given.conductance.shape == (20, 20)
    assert given.voltages.shape == (3, 20)
    assert CASES[case].smallest <= given.conductance.min()
    assert given.conductance.max() <= CASES[case].largest
    assert given.segment == CASES[case].segment


def test_same_seed_gives_the_same_problem():
    one, other = (problem("bad", 6, 2, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one.conductance, other.conductance)
    np.testing.assert_array_equal(one.voltages, other.voltages)
