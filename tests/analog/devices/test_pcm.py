"""The published statistics of PCM; a window of 25 uS, conductances in units of 1 uS."""

import re

import numpy as np
import pytest

from ohmloom_analog.ageing import drifted
from ohmloom_analog.devices.pcm import (
    drift_exponent,
    drift_exponent_sample,
    flicker_amplitude,
    pcm_at_temperature,
    read_noise_sigma,
)

CELLS = 100_000
HOUR, DAY, YEAR = 3600.0, 86400.0, 365 * 86400.0


@pytest.mark.parametrize(
    ("share", "mean", "spread"),
    [(0.1, 0.0601, 0.0229), (0.5, 0.049, 0.008), (1.0, 0.049, 0.008), (0.0, 0.1, 0.045)],
)
def test_drift_exponents_are_the_published_ones(share, mean, spread):
    found = drift_exponent(share * 25, 25.0)
    np.testing.assert_allclose(found, [mean, spread], atol=5e-5)


def test_sampled_exponents_have_that_mean_and_spread():
    mean, spread = 0.0601, 0.02288
    drawn = drift_exponent_sample(np.full(CELLS, 2.5), 25.0, np.random.default_rng(1))
    # The sign is dropped of the one draw in 230 that is negative, which takes 6e-5 off the mean.
    assert abs(drawn.mean() - mean) < 3 * spread / np.sqrt(CELLS) + 1e-4
    assert abs(drawn.std() - spread) < 3 * spread / np.sqrt(2 * CELLS) + 2e-4
    assert drawn.min() >= 0


@pytest.mark.parametrize(
    ("age", "expected"), [(0.0, 0.920), (HOUR, 0.8125), (DAY, 0.7425), (YEAR, 0.616)]
)
def test_read_noise_of_a_full_cell_is_the_published_one(age, expected):
    now = float(drifted(25.0, age, 0.049))
    assert float(read_noise_sigma(25.0, now, age, 25.0)) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(("share", "percent"), [(0.5, 7.0), (1.0, 4.5)])
def test_relative_read_noise_after_a_day(share, percent):
    cell = 25 * share
    assert 100 * float(read_noise_sigma(cell, cell, DAY, 25.0)) / cell == pytest.approx(
        percent, abs=0.05
    )


def test_read_noise_of_an_empty_cell_is_nothing_and_its_amplitude_is_limited():
    assert float(read_noise_sigma(0.0, 0.0, DAY, 25.0)) == 0.0
    np.testing.assert_allclose(flicker_amplitude([0.0, 1e-9, 25.0], 25.0), [0.2, 0.2, 0.0088])


def test_mean_of_drifted_cells_over_a_year():
    """E[t^-nu] of a normal nu is exp(-m ln t + s^2 (ln t)^2 / 2)."""
    log = np.log(1 + YEAR / 20)
    exponents = drift_exponent_sample(np.full(CELLS, 25.0), 25.0, np.random.default_rng(2))
    cells = drifted(25.0, YEAR, exponents)
    expected = 25 * np.exp(-0.049 * log + (0.008 * log) ** 2 / 2)
    deviation = expected * np.sqrt(np.expm1((0.008 * log) ** 2))
    assert abs(cells.mean() - expected) < 3 * deviation / np.sqrt(CELLS)


def test_amorphous_part_conducts_more_when_it_is_hot():
    """R = 40 kohm + 960 kohm exp(0.25 eV / k (1/350 - 1/300)) = 40 + 960 * 0.251204 kohm."""
    found = pcm_at_temperature([1e-6, 25e-6, 0.0], 350.0, 25e-6)
    np.testing.assert_allclose(found, [1 / 281.156e3, 25e-6, 0.0], rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: drift_exponent([-1e-6], 25e-6),
            "conductance must be finite and at least 0 S, not -1e-06",
        ),
        (
            lambda: drift_exponent([1e-6], 0.0),
            "g_max must be finite and above 0 S, not 0.0",
        ),
        (
            lambda: read_noise_sigma(1e-6, 1e-6, -1.0, 25e-6),
            "age must be finite and at least 0 s, not -1.0",
        ),
        (
            lambda: read_noise_sigma(1e-6, 1e-6, 0.0, 25e-6, duration=0.0),
            "duration of a read must be above 0 and at most 10 s, not 0.0",
        ),
        (
            lambda: pcm_at_temperature([26e-6], 300.0, 25e-6),
            "conductance must be from 0 to 2.5e-05 S, not 2.6e-05",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
