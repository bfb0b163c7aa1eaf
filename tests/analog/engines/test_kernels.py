"""The compiled sweeps against the same lines solved by LAPACK."""

import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import kernels
from ohmloom_analog.engines.sweeps import Sweeps


def _sweeps(shape, rng):
    crossbar = Crossbar(rng.uniform(1e-6, 1e-3, shape), r_word=30.0, r_bit=20.0, r_source=5.0)
    return Sweeps(crossbar)


def _apart(values):
    """Turn (R, L, 8) into (n, R, L), as the other way of solving has it."""
    return values.transpose(2, 0, 1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (6, 1), (7, 11)])
def test_sweep_is_the_word_lines_and_then_the_bit_lines(shape):
    rng = np.random.default_rng(0)
    sweeps, (rows, lines) = _sweeps(shape, rng), shape
    voltages = rng.uniform(-1, 1, (rows, 8))
    x, t = rng.uniform(-1, 1, (rows, lines, 8)), np.full((rows, lines, 8), np.nan)
    kernels.down(
        sweeps.conductance, *sweeps.word_coefficients(), sweeps.bit_coefficients()[0],
        voltages, x, t,
    )  # fmt: skip
    currents = rng.uniform(-1, 1, (*shape, 3)).astype(np.float32)
    lack = np.empty(x.shape, np.float32)
    misfit, shares = np.empty(8), np.empty((3, 8), np.float32)
    kernels.project(
        sweeps.conductance, *sweeps.bit_coefficients(), currents, x, t,
        np.empty((lines, 8)), lack, misfit, shares,
    )  # fmt: skip
    g, plain = sweeps.conductance, _apart(x)
    drivers = voltages.T
    word = sweeps.word(g * plain) + sweeps.driven(drivers)
    change = sweeps.bit(g * word) - plain
    np.testing.assert_allclose(_apart(lack), change, rtol=1e-6, atol=1e-6)
    wanted = (g * np.abs(change)).sum(axis=(1, 2))
    np.testing.assert_allclose(misfit, wanted, rtol=1e-12)
    products = np.einsum("nij,ijm->mn", change, currents)
    np.testing.assert_allclose(shares, products, rtol=1e-4, atol=1e-4)


def test_next_iterate_mixes_the_last_two_with_what_a_sweep_adds():
    rng = np.random.default_rng(1)
    sweeps, shape = _sweeps((5, 6), rng), (5, 6, 8)
    f, h = (one.astype(np.float32) for one in sweeps.bit_coefficients())
    lack, x, y, norton = rng.uniform(-1, 1, (4, *shape)).astype(np.float32)
    row = np.empty((6, 8), np.float32)
    swept = np.zeros(shape)
    for i in range(5):
        # From the driven end, at the last row, x = f x + h s.
        k = 4 - i
        above = swept[k + 1] if i else 0.0
        swept[k] = f[k][:, None] * above + h[k][:, None] * norton[k].astype(float)
    wanted = x + 0.25 * (x - y) + 1.5 * (swept + lack - x)
    kernels.accelerate(f, h, lack, x, y, norton, np.float32(0.25), np.float32(1.5), row)
    np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-5)


def test_start_is_what_lacks_and_the_modes():
    rng = np.random.default_rng(2)
    lack = rng.uniform(-1, 1, (3, 4, 8)).astype(np.float32)
    fields = rng.uniform(-1, 1, (3, 4, 2)).astype(np.float32)
    shares = rng.uniform(-1, 1, (2, 8)).astype(np.float32)
    x = np.empty_like(lack)
    kernels.begin(fields, shares, lack, x)
    wanted = lack + np.einsum("ijm,mk->ijk", fields, shares)
    np.testing.assert_allclose(x, wanted, atol=1e-6)
    held = rng.uniform(-1, 1, x.shape)
    total = held + x
    kernels.add(held, x)
    np.testing.assert_array_equal(held, total)
