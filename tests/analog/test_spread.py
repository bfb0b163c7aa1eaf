import re

import numpy as np
import pytest

from ohmloom_analog.spread import lognormal, sigma_of_state, without_window

CELLS = 100_000


def test_median_spread_and_mean_are_those_of_a_lognormal():
    drawn = lognormal(np.full(CELLS, 20e-6), 0.4, np.random.default_rng(1))
    logs = np.log(drawn / 20e-6)
    assert abs(logs.mean()) < 3 * 0.4 / np.sqrt(CELLS)
    assert abs(logs.std() - 0.4) < 3 * 0.4 / np.sqrt(2 * CELLS)
    # The mean of a lognormal is above its median by exp(sigma^2 / 2) = 1.08329.
    error = 20e-6 * 1.08329 * np.sqrt(np.expm1(0.16)) / np.sqrt(CELLS)
    assert abs(drawn.mean() - 20e-6 * 1.08329) < 3 * error


def test_cell_without_conductance_and_cell_without_spread_stay():
    drawn = lognormal([0.0, 1e-6], [0.4, 0.0], np.random.default_rng(0))
    assert drawn.tolist() == [0.0, 1e-6]


def test_draws_do_not_depend_on_the_amount_of_spread():
    small, large = (
        np.log(lognormal(np.ones(100), sigma, np.random.default_rng(5))) / sigma
        for sigma in (0.01, 0.5)
    )
    np.testing.assert_allclose(small, large, rtol=1e-10)


@pytest.mark.parametrize("sigma", [5.0, -0.1, np.nan])
def test_spread_that_is_no_fraction_is_refused(sigma):
    message = f"spread (a fraction, not a percentage) must be from 0 to 2, not {sigma!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        lognormal([1e-6], sigma, np.random.default_rng(0))


def test_sigma_goes_from_that_of_hrs_to_that_of_lrs():
    found = sigma_of_state([0.0, 0.0, 50e-6, 100e-6, 120e-6], 0.0, 100e-6, 0.4, 0.1)
    np.testing.assert_allclose(found, [0.4, 0.4, 0.25, 0.1, 0.1], rtol=1e-12)


def test_window_that_is_none_is_refused():
    message = "g_min must be from 0 to below g_max = 1e-06 S, not 1e-06"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        sigma_of_state([1e-6], 1e-6, 1e-6, 0.4, 0.1)


def test_cells_without_a_window_are_found():
    lost = without_window([1e-6, 1e-6, 2e-6, 0.0, 0.0, np.nan], [2e-6, 1e-6, 1e-6, 1e-6, 0.0, 1e-6])
    assert lost.tolist() == [False, True, True, False, True, True]
    assert without_window([1e-6], [1.5e-6], ratio=2.0).tolist() == [True]
