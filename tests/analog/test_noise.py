import re

import numpy as np
import pytest

from ohmloom_analog.noise import (
    bandwidth_of_integration,
    flicker,
    flicker_sigma,
    johnson,
    johnson_sigma,
    shot,
    shot_sigma,
)

CELLS = 100_000


def test_thermal_noise_of_100_microsiemens_in_a_megahertz():
    assert float(johnson_sigma(100e-6, 1e6, 300.0)) == pytest.approx(1.287e-9, rel=5e-4)


def test_thermal_noise_voltage_of_the_textbook():
    """1 kohm in 1 Hz at 290 K: 4.00 nV."""
    volts = float(johnson_sigma(1e-3, 1.0, 290.0)) * 1e3
    assert volts == pytest.approx(4.0e-9, rel=1e-3)


@pytest.mark.parametrize("current", [20e-6, -20e-6])
def test_shot_noise_of_20_microampere_in_a_megahertz(current):
    assert float(shot_sigma(current, 1e6)) == pytest.approx(2.53e-9, rel=1e-3)


def test_noise_of_parallel_cells_adds_in_variance():
    cells = np.array([1e-6, 20e-6, 300e-6])
    alone = np.sqrt((johnson_sigma(cells, 1e6, 300.0) ** 2).sum())
    assert float(johnson_sigma(cells.sum(), 1e6, 300.0)) == pytest.approx(float(alone), rel=1e-12)


def test_flicker_noise_grows_with_the_decades_that_are_seen():
    # Six decades are ln 1e6 = 13.8155, whose root is 3.71693.
    sigma = flicker_sigma([10e-6, 0.0], 0.01, 1.0, 1e6)
    np.testing.assert_allclose(sigma, [3.71693e-7, 0.0], rtol=1e-5)


@pytest.mark.parametrize(
    ("drawn", "sigma"),
    [
        (lambda rng: johnson(np.full(CELLS, 100e-6), 1e6, 300.0, rng), 1.28716e-9),
        (lambda rng: shot(np.full(CELLS, 20e-6), 1e6, rng), 2.53154e-9),
        (lambda rng: flicker(np.full(CELLS, 1e-5), 0.01, 1.0, 1e6, rng) - 1e-5, 3.71693e-7),
    ],
)
def test_draws_have_the_deviation_of_the_formula(drawn, sigma):
    values = drawn(np.random.default_rng(6))
    assert abs(values.mean()) < 3 * sigma / np.sqrt(CELLS)
    assert abs(values.std() - sigma) < 3 * sigma / np.sqrt(2 * CELLS)


def test_cell_without_current_has_no_shot_noise():
    assert shot(np.zeros(5), 1e6, np.random.default_rng(0)).tolist() == [0.0] * 5


def test_reads_with_flicker_noise_are_never_negative():
    reads = flicker(np.full(1000, 1e-6), 1.0, 1.0, 1e9, np.random.default_rng(0))
    assert reads.min() == 0.0


def test_bandwidth_of_an_integrator():
    assert bandwidth_of_integration(1e-6) == pytest.approx(5e5, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: johnson_sigma([-1e-6], 1e6, 300.0),
            "conductance must be finite and at least 0 S, not -1e-06",
        ),
        (
            lambda: johnson_sigma([1e-6], 1e6, -3.0),
            "temperature must be finite and at least 0 K, not -3.0",
        ),
        (lambda: shot_sigma([np.nan], 1e6), "current must be finite, not nan"),
        (
            lambda: shot_sigma([1e-6], -1.0),
            "bandwidth must be finite and at least 0 Hz, not -1.0",
        ),
        (
            lambda: flicker_sigma([1e-6], 0.1, 0.0, 1.0),
            "f_low and f_high must rise from above 0 Hz, not 0.0 and 1.0",
        ),
        (
            lambda: flicker_sigma([1e-6], 5, 1.0, 2.0),
            "flicker amplitude must be from 0 to 1, not 5.0",
        ),
        (
            lambda: bandwidth_of_integration(0.0),
            "duration of an integration must be finite and above 0 s, not 0.0",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
